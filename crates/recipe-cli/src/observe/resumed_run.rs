//! For tests: a run that is resumed, as observers see it.

use std::sync::Arc;

use recipe_core::journal::{
    ContextChange, Finished, Journal, JournalError, JournalFuture, LoadedRecipe, RecipeChange,
    StepEnd, StepKey, StepOutcome,
};
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Context, Event, Executor, Observer, Options, RecipeSource, StepPath};
use serde_json::json;

/// Step 0 and substep 0 of step 1 were done before.
const RECIPE: &str = r#"[
    {"type": "set_context", "name": "first", "config": {"key": "a", "value": "1"}},
    {"type": "parallel", "substeps": [
        {"type": "set_context", "key": "b", "value": "2"},
        {"type": "set_context", "key": "c", "value": "3"}
    ]}
]"#;

/// Resumes a run that an earlier process had begun, and has it observed.
pub(crate) fn observe(observer: Arc<dyn Observer>) {
    let mut options = Options::default();
    options.observers.push(observer);
    let executor = Executor::with_options(recipe_steps::registry(), options);
    let recipe = RecipeSource::json("main.json", RECIPE.to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let mut context = Context::new();
    let run = executor.run_durable(recipe, &mut context, Arc::new(Earlier));
    runtime.block_on(run).unwrap();
}

/// What the earlier process noted.
struct Earlier;

impl Observer for Earlier {
    fn observe(&self, _: &Event<'_>) {}
}

impl Journal for Earlier {
    fn run_started(&self, _: &KnownSecrets) -> Result<(), JournalError> {
        Ok(())
    }

    fn finished(&self, place: StepKey<'_>, _: &Context) -> Result<Option<Finished>, JournalError> {
        let (name, value) = match place.path.to_string().as_str() {
            "0" => ("a", "1"),
            "1.substeps[0]" => ("b", "2"),
            _ => return Ok(None),
        };
        let mut change = ContextChange::default();
        let value = Some(Arc::new(json!(value)));
        change.artifacts.push((name.into(), value));
        Ok(Some(Finished::new(StepOutcome::Done, change)))
    }

    fn record<'j>(&'j self, _: StepEnd<'_>) -> JournalFuture<'j> {
        Box::pin(async { Ok(()) })
    }

    fn forget_below(&self, _: &StepPath) {}

    fn recipe_loaded(&self, _: LoadedRecipe<'_>) -> Result<Option<RecipeChange>, JournalError> {
        Ok(None)
    }

    fn flush(&self) -> JournalFuture<'_> {
        Box::pin(async { Ok(()) })
    }
}
