//! The step types of this program.

use recipe_core::Registry;

#[cfg(feature = "llm")]
use crate::state_folder::state_folder;

/// All step types: the built-in ones, and those that the program is built with.
pub(crate) fn registry() -> Registry {
    let mut registry = recipe_steps::registry();
    #[cfg(feature = "llm")]
    {
        recipe_llm::register(&mut registry).expect("the types have names of their own");
        if let Some(folder) = state_folder() {
            let answers = recipe_llm::AnswerCache::in_folder(folder.join("answers"));
            registry.provide(std::sync::Arc::new(answers));
        }
    }
    registry
}
