//! Position of a walk.

use recipe_core::registry::{OutlineList, OutlineStep};

/// The field with the steps that run if a step fails.
pub(super) const ON_ERROR: &str = "on_error";

/// Position of a step or a list of steps.
pub(super) struct Place {
    /// Path of the step, as in a run.
    pub(super) path: String,
    pub(super) depth: usize,
}

/// Steps that run in order.
pub(super) struct List<'s> {
    pub(super) steps: &'s [OutlineStep],
    pub(super) noun: &'static str,
    /// The field that has them; `None` for those of a recipe.
    pub(super) field: Option<&'s str>,
}

impl Place {
    /// Position of a step in this list.
    pub(super) fn step(&self, field: Option<&str>, label: &str) -> Self {
        let separator = match (field, self.path.as_str()) {
            (_, "") => "",
            (Some(_), _) => ".",
            (None, _) => ":",
        };
        Self {
            path: format!("{}{separator}{label}", self.path),
            depth: self.depth,
        }
    }

    /// Position of the substeps of this step.
    pub(super) fn inside(&self) -> Self {
        Self {
            path: self.path.clone(),
            depth: self.depth + 1,
        }
    }

    /// Position of the recipe that this step calls.
    pub(super) fn recipe(&self, path: &str) -> Self {
        Self {
            path: format!("{}/{path}", self.path),
            depth: self.depth + 1,
        }
    }
}

impl<'s> List<'s> {
    /// Creates the list of substeps of a step.
    pub(super) fn from_outline(list: &'s OutlineList) -> Self {
        Self {
            steps: &list.steps,
            noun: match &*list.field {
                "if_true" => "if_true step",
                "if_false" => "if_false step",
                ON_ERROR => "on_error step",
                _ => "step",
            },
            field: Some(&list.field),
        }
    }

    pub(super) fn label(&self, index: usize) -> String {
        match self.field {
            Some(field) => format!("{field}[{index}]"),
            None => index.to_string(),
        }
    }
}
