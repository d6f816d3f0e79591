//! `recipe run --dry-run`: shows the steps of a run without running them.
//!
//! [`walk`] visits the steps in the order of a run and writes them to a [`plan`]; [`knowledge`] has
//! the known artifacts, [`words`] formats steps, and [`called`] reads called recipes.

mod called;
mod knowledge;
mod plan;
mod walk;
mod words;

use std::path::Path;

use recipe_core::error::RecipeError;
use recipe_core::{Context, Options, Registry, RunError};

use crate::arguments::RunArguments;
use crate::commands::dry_run::called::Recipes;
use crate::commands::dry_run::knowledge::Knowledge;
use crate::commands::dry_run::plan::Plan;
use crate::commands::dry_run::walk::Walk;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal::printer::Printer;
use crate::terminal::stdout;

/// Prints the plan of a run with these arguments. If the run is certain to fail, returns its exit
/// code.
pub(crate) fn dry_run(
    arguments: &RunArguments,
    context: &Context,
    options: &Options,
    registry: Registry,
    printer: &Printer,
) -> ExitCode {
    let mut plan = Plan::new(options.secrets.clone());
    let warnings = (!arguments.output.quiet).then_some(printer);
    let recipes = Recipes::new(registry, options, warnings, context.config());
    #[cfg(feature = "llm")]
    let recipes = recipes.with_requests(arguments.show_requests);
    let result = follow(&arguments.recipe, context.clone(), recipes, &mut plan);
    let result = result.map_err(|source| {
        let recipe = arguments.recipe.display().to_string();
        Failure::Run(RunError::new(recipe, source))
    });
    // The plan leads up to the failure, so it comes first.
    let printed = stdout::print(&plan.into_text()).map_err(Failure::from);
    let (printed, result) = (printer.end(printed), printer.end(result));
    printed.max(result)
}

fn follow(
    file: &Path,
    mut context: Context,
    mut recipes: Recipes<'_>,
    plan: &mut Plan,
) -> Result<(), RecipeError> {
    let main = recipes.read(file, &file.display().to_string())?;
    main.recipe.apply_inputs(&mut context)?;
    let mut known = Knowledge::new(context);
    Walk::new(recipes, plan, file).main(&main, &mut known)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::commands::custom_steps::{registry, write};

    #[test]
    fn dry_runs_follow_custom_calls_branches_and_repetitions() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let called = write(
            folder,
            "called.json",
            json!([{"type": "set_context", "key": "a", "value": "{{ b }}"}]),
        );
        let broken = write(folder, "broken.json", json!({"steps": 5}));
        let show = json!({"type": "set_context", "key": "c", "value": "{{ a }}{{ t }}"});
        let steps = json!([
            {"type": "follow", "path": called, "with": {"b": "set"}},
            {"type": "choose", "when": "'{{ a }}' == 'set'", "then": [show], "otherwise": [show]},
            {"type": "every", "over": [1, 2], "thing": "t", "steps": [show]},
            {"type": "save", "path": "broken.json", "folder": folder},
            {"type": "follow", "path": broken},
        ]);
        let file = write(folder, "main.json", steps);
        let options = Options::default();
        let context = Context::new();
        let mut plan = Plan::new(options.secrets.clone());
        let recipes = Recipes::new(registry(), &options, None, context.config());
        follow(&file, context, recipes, &mut plan).unwrap();
        let text = plan.into_text();
        insta::assert_snapshot!(text.replace(&*folder.to_string_lossy(), "FOLDER"), @r##"
        0 follow "FOLDER/called.json", b = "set"
          0 set_context a = "set"
        1 choose "'set' == 'set'": holds
          then[0] set_context c = "set"
          otherwise: 1 step not taken
        2 every each t in a list: 2 items, one at a time
          steps[0] set_context c = "{{ a }}{{ t }}" (known at run time)
        3 save path: "broken.json", folder: "FOLDER"
        4 follow "FOLDER/broken.json"
          not followed, as it is now: line 1, column 10: steps: expected a list, found `5`
        "##);
    }
}
