//! Running recipes: the executor, scopes of steps, the stages of a step, concurrent tasks.

mod attempts;
mod durable;
mod environment;
mod execute;
mod executor;
mod group;
mod lifetime;
mod loader;
mod observe;
mod options;
mod panics;
mod position;
mod recipe_folders;
mod record;
mod replay;
mod run_state;
mod running;
mod scope;
mod source;
mod tasks;

pub use environment::Environment;
pub use executor::Executor;
pub use loader::read_recipe_file;
pub use options::Options;
pub use recipe_folders::RecipeFolders;
pub use scope::Scope;
pub use source::RecipeSource;
pub use tasks::{TaskEnd, Tasks};
