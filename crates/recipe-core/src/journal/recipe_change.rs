//! Changes of a recipe since a run started, by its steps.

use std::fmt;

use super::fingerprint::Fingerprint;

/// A step of a recipe, as a journal tells it from the one that stood there before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecipeStep {
    /// Its type.
    pub step_type: String,
    /// What it is.
    pub fingerprint: Fingerprint,
}

impl RecipeStep {
    /// A step of this type and content.
    pub fn new(step_type: impl Into<String>, fingerprint: Fingerprint) -> Self {
        Self {
            step_type: step_type.into(),
            fingerprint,
        }
    }
}

/// How a recipe differs from what it was when the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecipeChange {
    /// The steps that are others now, with their index.
    pub steps: Vec<(usize, StepChange)>,
}

/// What became of a step of a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepChange {
    /// There was none.
    Added {
        /// Its type.
        step_type: String,
    },
    /// It was another one.
    Changed {
        /// Its type now.
        step_type: String,
    },
    /// It is there no more.
    Removed {
        /// Its type then.
        step_type: String,
    },
}

impl RecipeChange {
    /// From the steps that a recipe had to those that it has.
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
        /// How many steps are named.
        const SHOWN: usize = 5;
        if self.steps.is_empty() {
            return f
                .write_str("its text has changed since the run began, though none of its steps");
        }
        for (position, (index, change)) in self.steps.iter().take(SHOWN).enumerate() {
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
            1 => f.write_str(" has changed since the run began"),
            ..=SHOWN => f.write_str(" have changed since the run began"),
            more => write!(
                f,
                " and {} more have changed since the run began",
                more - SHOWN
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
    fn what_has_changed_in_a_recipe_is_told_by_its_steps() {
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
        its text has changed since the run began, though none of its steps
        step 1 (c) has changed since the run began
        step 1 (b, removed) has changed since the run began
        step 0 (b), step 1 (c, new) have changed since the run began
        step 0 (g), step 1 (f), step 2 (e), step 3 (c), step 4 (b) and 2 more have changed since the run began
        ");
    }
}
