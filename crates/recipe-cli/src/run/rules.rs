//! Restrictions on the recipes of a run.

use recipe_core::Registry;
use serde::{Deserialize, Serialize};

use crate::arguments::RunArguments;

/// Restrictions on recipes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Rules {
    /// Unknown fields are errors.
    pub(crate) strict: bool,
    /// Steps that run programs are refused.
    pub(crate) no_commands: bool,
}

impl Rules {
    /// Rules of the arguments.
    pub(crate) fn of(arguments: &RunArguments) -> Self {
        Self {
            strict: arguments.strict,
            no_commands: arguments.no_commands,
        }
    }

    /// Refuses what recipes may not use.
    pub(crate) fn apply(self, mut registry: Registry) -> Registry {
        if self.no_commands {
            let reason = "the run was started with --no-commands";
            registry.refuse_programs(reason);
            #[cfg(feature = "llm")]
            without_programs(&mut registry, reason);
        }
        registry
    }
}

/// Keeps language models and tools from starting programs.
#[cfg(feature = "llm")]
fn without_programs(registry: &mut Registry, reason: &str) {
    use std::sync::Arc;

    use recipe_llm::{Models, NoPrograms};

    registry.add_extension(Arc::new(NoPrograms::new(reason)));
    if let Some(models) = registry.extension::<Models>() {
        registry.add_extension(Arc::new(models.without_commands(reason)));
    }
}
