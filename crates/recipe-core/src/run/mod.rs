//! Running recipes: the executor, what a step sees of its run, and substeps that run side by side.

mod controlled;
mod durable;
mod executor;
mod group;
mod loader;
mod observed;
mod recipe_folders;
mod scope;
mod stack;
mod tasks;

pub use executor::{Environment, Executor, Options, RecipeSource};
pub use loader::read_recipe_file;
pub use recipe_folders::RecipeFolders;
pub use scope::Scope;
pub use tasks::{TaskEnd, Tasks};
