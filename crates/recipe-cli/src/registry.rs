//! The step types of this program.

use recipe_core::Registry;

/// All step types: the built-in ones, and those that the program is built with.
pub(crate) fn registry() -> Registry {
    with_models(recipe_steps::registry())
}

#[cfg(feature = "llm")]
fn with_models(mut registry: Registry) -> Registry {
    recipe_llm::register(&mut registry).expect("the types have names of their own");
    if let Some(folder) = crate::state_folder::state_folder() {
        let cache = recipe_llm::ResponseCache::in_directory(folder.join("answers"));
        registry.provide(std::sync::Arc::new(cache));
    }
    registry
}

#[cfg(not(feature = "llm"))]
fn with_models(registry: Registry) -> Registry {
    registry
}
