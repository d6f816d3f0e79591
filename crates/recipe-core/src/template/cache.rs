//! Cache of the templates parsed in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::error::TemplateError;
use super::node::Block;
use super::syntax;
use super::tags::TAGS;

/// Maximum size in bytes, since templates can be generated at run time.
const MAX_BYTES: usize = 16 << 20;

/// Memory per template and per tag, besides the source, in bytes; measured.
const BYTES_PER_TAG: usize = 512;

#[derive(Default)]
struct Cache {
    templates: HashMap<Arc<str>, Arc<Block>>,
    bytes: usize,
}

/// Parses a template, or returns it from the cache.
pub(super) fn parsed(text: &str) -> Result<(Arc<str>, Arc<Block>), TemplateError> {
    static CACHE: OnceLock<Mutex<Cache>> = OnceLock::new();
    // The cache is consistent between any two statements, so a poisoned lock can be used.
    let lock = || {
        CACHE
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    };
    if let Some((text, template)) = lock().templates.get_key_value(text) {
        return Ok((text.clone(), template.clone()));
    }
    let template =
        Arc::new(syntax::parse(text, TAGS).map_err(|error| error.into_template_error(text))?);
    let text: Arc<str> = text.into();
    let mut cache = lock();
    cache.insert(text.clone(), template.clone());
    Ok((text, template))
}

impl Cache {
    fn insert(&mut self, text: Arc<str>, template: Arc<Block>) {
        let size = size(&text);
        self.bytes += size;
        if self.bytes > MAX_BYTES {
            self.templates.clear();
            self.bytes = size;
        }
        self.templates.insert(text, template);
    }
}

/// Estimates the memory of a template. For short ones it is much more than their source.
fn size(text: &str) -> usize {
    let tags = text.matches("{{").count() + text.matches("{%").count();
    // The cache holds the source, and the template its parts outside tags.
    2 * text.len() + BYTES_PER_TAG * (1 + tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_templates_do_not_fill_the_memory() {
        let template = Arc::new(syntax::parse("{{ x }}", TAGS).unwrap());
        let mut cache = Cache::default();
        let mut max = 0;
        for number in 0..50_000 {
            cache.insert(number.to_string().into(), template.clone());
            max = max.max(cache.templates.len());
        }
        assert!((10_000..40_000).contains(&max), "{max}");
    }

    #[test]
    fn a_template_takes_more_with_each_tag() {
        assert!(size("{{ x }}") > size("a text"));
        assert_eq!(
            size("{{ a }}{% b %}") - size("-- a ---- b --"),
            2 * BYTES_PER_TAG
        );
    }
}
