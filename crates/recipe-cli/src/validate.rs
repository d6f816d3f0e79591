//! `recipe validate`: what is wrong with recipes, without running them.

use std::path::Path;

use recipe_core::{KnownSecrets, Recipe, RecipeError, Registry, Severity};

use crate::arguments::ValidateArguments;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::printer::{Look, Printer};

/// Checks each file and prints all that is wrong with it.
pub(crate) fn validate(arguments: &ValidateArguments) -> ExitCode {
    // A field that nothing reads is an error here: a typo is never silent.
    let printer = Printer::new(KnownSecrets::new(), Severity::Warning);
    let registry = recipe_steps::registry();
    let mut worst = ExitCode::Done;
    for file in &arguments.files {
        let code = match check(&registry, file) {
            Ok(()) => {
                if printer.is_terminal() {
                    printer.line("valid", Look::Good, &file.display().to_string());
                }
                ExitCode::Done
            }
            Err(source) => printer.failure(&Failure::Invalid {
                file: file.clone(),
                source,
            }),
        };
        worst = worst.max(code);
    }
    worst
}

fn check(registry: &Registry, file: &Path) -> Result<(), RecipeError> {
    let problems = registry.check(&Recipe::read(file)?);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(RecipeError::Invalid(problems))
    }
}
