//! The templates that were parsed in this process, so that none is parsed twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use liquid_core::runtime::Template;

use super::error::TemplateError;
use super::parse::parse;

/// How much text is remembered, in bytes. Templates that are made up at run time must not fill the memory.
const REMEMBERED: usize = 16 << 20;

#[derive(Default)]
struct Cache {
    templates: HashMap<Arc<str>, Arc<Template>>,
    bytes: usize,
}

/// The template that a text is, parsed at most once while it is remembered.
pub(super) fn parsed(text: &str) -> Result<(Arc<str>, Arc<Template>), TemplateError> {
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
    let template = Arc::new(parse(text)?);
    let text: Arc<str> = text.into();
    let mut cache = lock();
    cache.bytes += text.len();
    if cache.bytes > REMEMBERED {
        cache.templates.clear();
        cache.bytes = text.len();
    }
    cache.templates.insert(text.clone(), template.clone());
    Ok((text, template))
}
