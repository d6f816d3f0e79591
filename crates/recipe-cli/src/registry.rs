//! The step types of this program.

use recipe_core::Registry;

/// Returns the step types of the program `recipe`: the built-in ones and, with the feature `llm`,
/// those of language models and tools.
pub fn registry() -> Registry {
    with_models(recipe_steps::registry())
}

#[cfg(feature = "llm")]
fn with_models(mut registry: Registry) -> Registry {
    recipe_llm::register(&mut registry).expect("the types have names of their own");
    if let Some(folder) = crate::state_folder::state_folder() {
        let cache = recipe_llm::ResponseCache::in_directory(folder.join("answers"));
        registry.add_extension(std::sync::Arc::new(cache));
    }
    registry
}

/// Other builds run recipes with these steps, so using them is a warning rather than an error.
#[cfg(not(feature = "llm"))]
fn with_models(mut registry: Registry) -> Registry {
    for step_type in ["llm_generate", "mcp"] {
        registry.mark_unavailable(step_type);
    }
    registry
}
