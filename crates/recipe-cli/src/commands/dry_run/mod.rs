//! `recipe run --dry-run`: what a run would do, without doing any of it.
//!
//! [`walk`] goes through the steps in the order of a run and writes them into a [`plan`]; [`knowledge`] is what is known of
//! the artifacts on the way, [`words`] how a step is written down, [`called`] reads the recipes that recipes call.

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

/// Prints what a run with these arguments would do, and ends as it would where it is certain that it fails.
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
