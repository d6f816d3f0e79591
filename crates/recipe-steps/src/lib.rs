//! The built-in steps of `recipe`, one module each.
//!
//! [`registry`] returns all of them, to run as they are or to add your own. A step's module starts
//! with its configuration, whose doc comments editors show, followed by its implementation.
//!
//! ```
//! use recipe_core::{Context, Executor, RecipeSource};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let recipe = RecipeSource::json(
//!     "greeting",
//!     r#"[{"type": "set_context", "key": "greeting", "value": "Hello {{ name }}"}]"#,
//! );
//! let mut context = Context::new();
//! context.set("name", "Ada");
//! Executor::new(recipe_steps::registry()).run(recipe, &mut context).await?;
//! assert_eq!(context.get("greeting").unwrap(), "Hello Ada");
//! # Ok::<_, recipe_core::RunError>(())
//! # }).unwrap();
//! ```

mod command;
mod conditional;
mod data_path;
mod docpack;
mod execute_recipe;
mod failed_entries;
mod file;
mod forms;
mod r#loop;
mod parallel;
mod program_settings;
mod read_file;
mod read_files;
mod schedule;
mod set_context;
mod shell;
mod wait;
mod write_file;
mod write_files;

pub use command::{Command, CommandConfig};
pub use conditional::{
    ConditionError, Conditional, ConditionalConfig, ExpressionError, ExpressionProblem,
    check_condition, evaluate_condition,
};
pub use docpack::{
    DocpackCreate, DocpackCreateConfig, DocpackError, DocpackExtract, DocpackExtractConfig,
    EntryError,
};
pub use execute_recipe::{ExecuteRecipe, ExecuteRecipeConfig, OverrideError, render_override};
pub use failed_entries::artifacts_set_for;
pub use file::{FileError, NumberError};
pub use r#loop::{Collection, Items, Loop, LoopConfig, LoopError};
pub use parallel::{Parallel, ParallelConfig};
pub use read_file::{ReadFile, ReadFileConfig};
pub use read_files::{MergeMode, Paths, ReadFiles, ReadFilesConfig};
use recipe_core::Registry;
use recipe_core::registry::DuplicateStepType;
pub use set_context::{IfExists, SetContext, SetContextConfig, SetContextError};
pub use shell::{Shell, ShellConfig};
pub use wait::{Wait, WaitConfig};
pub use write_file::{WriteFile, WriteFileConfig};
pub use write_files::{FileEntry, WriteFiles, WriteFilesConfig, WriteFilesError};

/// Returns a registry of the built-in step types.
#[expect(clippy::missing_panics_doc, reason = "their names are unique")]
pub fn registry() -> Registry {
    let mut registry = Registry::new();
    register(&mut registry).expect("the names of built-in types are unique");
    registry
}

fn register(registry: &mut Registry) -> Result<(), DuplicateStepType> {
    registry
        .register::<ExecuteRecipe>()?
        .register::<Parallel>()?
        .register::<Loop>()?
        .register::<Conditional>()?
        .register::<SetContext>()?
        .register::<ReadFile>()?
        .register::<ReadFiles>()?
        .register::<WriteFile>()?
        .register::<WriteFiles>()?
        .register::<DocpackCreate>()?
        .register::<DocpackExtract>()?
        .register::<Wait>()?
        .register::<Command>()?
        .register::<Shell>()?;
    Ok(())
}

/// Compiles the Rust code in the README of the repository.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct RepositoryReadme;

/// Compiles the Rust code in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
