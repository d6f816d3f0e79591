//! Where a walk is.

use recipe_core::registry::{OutlineList, OutlineStep};

/// The field with the steps that run if a step fails.
pub(super) const ON_ERROR: &str = "on_error";

/// Where a list of steps stands, or a step.
pub(super) struct Place {
    /// As a run spells it.
    pub(super) path: String,
    pub(super) depth: usize,
}

/// Steps that run one after the other.
pub(super) struct List<'s> {
    pub(super) steps: &'s [OutlineStep],
    pub(super) noun: &'static str,
    /// The field of a step that they stand in; `None` for those of a recipe.
    pub(super) field: Option<&'s str>,
}

impl Place {
    /// A step of this list.
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

    /// What stands in this step.
    pub(super) fn inside(&self) -> Self {
        Self {
            path: self.path.clone(),
            depth: self.depth + 1,
        }
    }

    /// The recipe that this step calls.
    pub(super) fn recipe(&self, path: &str) -> Self {
        Self {
            path: format!("{}/{path}", self.path),
            depth: self.depth + 1,
        }
    }
}

impl<'s> List<'s> {
    /// Steps inside a step.
    pub(super) fn of(list: &'s OutlineList) -> Self {
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
