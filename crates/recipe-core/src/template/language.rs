//! The language of templates: its tags and filters, put together once per process.

use std::sync::OnceLock;

use liquid_core::Language;

use super::{filters, tags};

pub(super) fn language() -> &'static Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    LANGUAGE.get_or_init(|| {
        let mut language = Language::default();
        tags::register(&mut language);
        filters::register(&mut language);
        language
    })
}
