//! The templates that were parsed in this process, so that none is parsed twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::error::TemplateError;
use super::node::Block;
use super::syntax;

/// How much is remembered, in bytes. Templates that are made up at run time must not fill the memory.
const REMEMBERED: usize = 16 << 20;

/// What a template takes beside its text, and each tag in it, in bytes: about what was measured.
const EACH: usize = 512;

#[derive(Default)]
struct Cache {
    templates: HashMap<Arc<str>, Arc<Block>>,
    bytes: usize,
}

/// The template that a text is, parsed at most once while it is remembered.
pub(super) fn parsed(text: &str) -> Result<(Arc<str>, Arc<Block>), TemplateError> {
    static CACHE: OnceLock<Mutex<Cache>> = OnceLock::new();
    // The cache is whole between any two statements, so a panic elsewhere leaves nothing broken.
    let lock = || {
        CACHE
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    };
    if let Some((text, template)) = lock().templates.get_key_value(text) {
        return Ok((text.clone(), template.clone()));
    }
    let template = Arc::new(syntax::parse(text).map_err(|mistake| mistake.in_template(text))?);
    let text: Arc<str> = text.into();
    let mut cache = lock();
    cache.insert(text.clone(), template.clone());
    Ok((text, template))
}

impl Cache {
    fn insert(&mut self, text: Arc<str>, template: Arc<Block>) {
        let size = size(&text);
        self.bytes += size;
        if self.bytes > REMEMBERED {
            self.templates.clear();
            self.bytes = size;
        }
        self.templates.insert(text, template);
    }
}

/// About how much memory a template takes. Of short ones it is much more than their text.
fn size(text: &str) -> usize {
    let tags = text.matches("{{").count() + text.matches("{%").count();
    // The text stands in the cache and, where it is no tag, in the template.
    2 * text.len() + EACH * (1 + tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_short_templates_not_so_many_are_remembered_that_they_fill_the_memory() {
        let template = Arc::new(syntax::parse("{{ x }}").unwrap());
        let mut cache = Cache::default();
        let mut most = 0;
        for number in 0..50_000 {
            cache.insert(number.to_string().into(), template.clone());
            most = most.max(cache.templates.len());
        }
        assert!((10_000..40_000).contains(&most), "{most}");
    }

    #[test]
    fn a_template_takes_more_with_each_tag() {
        assert!(size("{{ x }}") > size("a text"));
        assert_eq!(size("{{ a }}{% b %}") - size("-- a ---- b --"), 2 * EACH);
    }
}
