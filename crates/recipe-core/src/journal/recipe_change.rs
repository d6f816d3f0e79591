//! Changed steps of a recipe since a run started.

use std::fmt;

use super::fingerprint::Fingerprint;

/// A step of a recipe, as journals compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecipeStep {
    /// Type.
    pub step_type: String,
    /// Hash of the step.
    pub fingerprint: Fingerprint,
}

impl RecipeStep {
    /// Creates a step.
    pub fn new(step_type: impl Into<String>, fingerprint: Fingerprint) -> Self {
        Self {
            step_type: step_type.into(),
            fingerprint,
        }
    }
}

/// Changes of a recipe since the run started.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecipeChange {
    /// Changed steps, by index.
    pub steps: Vec<(usize, StepChange)>,
}

/// Change of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepChange {
    /// The step is new.
    Added {
        /// Type.
        step_type: String,
    },
    /// The step has changed.
    Changed {
        /// Current type.
        step_type: String,
    },
    /// The step was removed.
    Removed {
        /// Former type.
        step_type: String,
    },
}

impl RecipeChange {
    /// Compares the former and the current steps of a recipe.
    pub fn between(before: &[RecipeStep], after: &[RecipeStep]) -> Self {
        let longer = before.len().max(after.len());
        let steps = (0..longer).filter_map(|index| {
            let change = match (before.get(index), after.get(index)) {
                (None, Some(step)) => StepChange::Added {
                    step_type: step.step_type.clone(),
                },
                (Some(old), Some(step)) if old != step => StepChange::Changed {
                    step_type: step.step_type.clone(),
                },
                (Some(step), None) => StepChange::Removed {
                    step_type: step.step_type.clone(),
                },
                _ => return None,
            };
            Some((index, change))
        });
        Self {
            steps: steps.collect(),
        }
    }
}

impl fmt::Display for RecipeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Maximum number of named steps.
        const MAX_SHOWN: usize = 5;
        if self.steps.is_empty() {
            return f.write_str("text has changed since the run started, but no steps have");
        }
        for (position, (index, change)) in self.steps.iter().take(MAX_SHOWN).enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            match change {
                StepChange::Added { step_type } => {
                    write!(f, "{comma}step {index} ({step_type}, new)")
                }
                StepChange::Changed { step_type } => write!(f, "{comma}step {index} ({step_type})"),
                StepChange::Removed { step_type } => {
                    write!(f, "{comma}step {index} ({step_type}, removed)")
                }
            }?;
        }
        match self.steps.len() {
            1 => f.write_str(" has changed since the run started"),
            ..=MAX_SHOWN => f.write_str(" have changed since the run started"),
            more => write!(
                f,
                " and {} more have changed since the run started",
                more - MAX_SHOWN
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(types: &str) -> Vec<RecipeStep> {
        let types = types.split_whitespace();
        let steps = types.map(|step_type| RecipeStep {
            step_type: step_type.to_owned(),
            fingerprint: Fingerprint::from_text(step_type),
        });
        steps.collect()
    }

    #[test]
    fn a_change_of_a_recipe_names_its_steps() {
        let change =
            |before, after| RecipeChange::between(&steps(before), &steps(after)).to_string();
        let changes = [
            change("a b", "a b"),
            change("a b", "a c"),
            change("a b", "a"),
            change("a", "b c"),
            change("a b c d e f g", "g f e c b a"),
        ];
        insta::assert_snapshot!(changes.join("\n"), @"
        text has changed since the run started, but no steps have
        step 1 (c) has changed since the run started
        step 1 (b, removed) has changed since the run started
        step 0 (b), step 1 (c, new) have changed since the run started
        step 0 (g), step 1 (f), step 2 (e), step 3 (c), step 4 (b) and 2 more have changed since the run started
        ");
    }
}
