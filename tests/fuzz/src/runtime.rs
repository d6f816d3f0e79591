//! Runs recipes.

use std::cell::OnceCell;
use std::future::Future;

use recipe_core::{Context, Executor, RecipeSource, RunError};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// Runs a future to its end on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
    }
    RUNTIME.with(|runtime| {
        let runtime = runtime.get_or_init(|| {
            let mut builder = Builder::new_current_thread();
            builder
                .enable_all()
                .build()
                .expect("a runtime of this thread can be made")
        });
        runtime.block_on(future)
    })
}

/// Runs a recipe with the built-in steps.
pub(crate) fn run(recipe: &Value, context: &mut Context) -> Result<(), RunError> {
    let executor = Executor::new(recipe_steps::registry());
    block_on(executor.run(source(recipe), context)).map(drop)
}

/// Source of a recipe without a file.
pub(crate) fn source(recipe: &Value) -> RecipeSource {
    RecipeSource::json("fuzzed", recipe.to_string())
}
