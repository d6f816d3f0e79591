//! The step types of this program.

use recipe_core::Registry;

/// All step types: the built-in ones, and those that the program is built with.
pub(crate) fn registry() -> Registry {
    let mut registry = recipe_steps::registry();
    #[cfg(feature = "llm")]
    recipe_llm::register(&mut registry).expect("the types have names of their own");
    registry
}
