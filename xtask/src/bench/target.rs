//! Targets of figures.

use std::fmt::{self, Write as _};

/// Figure with its target.
pub(super) struct Target {
    /// Description of the figure.
    pub(super) of: String,
    /// Bound that the figure must meet.
    pub(super) bound: Bound,
    /// Measured figure.
    pub(super) figure: f64,
    /// Unit, with a space before it.
    pub(super) unit: &'static str,
}

/// Upper or lower bound.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_reached(&self) -> bool {
        match self.bound {
            Bound::AtMost(bound) => self.figure <= bound,
            Bound::AtLeast(bound) => self.figure >= bound,
        }
    }
}

/// Formats a row of a table.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, bound) = match self.bound {
            Bound::AtMost(bound) => ('≤', bound),
            Bound::AtLeast(bound) => ('≥', bound),
        };
        let reached = match self.is_reached() {
            true => "reached",
            false => "**not reached**",
        };
        let Self {
            of, figure, unit, ..
        } = self;
        let digits = usize::from(*figure < 100.0) * 2;
        write!(
            f,
            "| {of} | {sign} {bound}{unit} | {figure:.digits$}{unit} | {reached} |"
        )
    }
}

/// Table of targets; empty without targets.
pub(super) fn table<'t>(targets: impl IntoIterator<Item = &'t Target>) -> String {
    let mut table = String::new();
    for target in targets {
        if table.is_empty() {
            table.push_str("\n| target | should be | is | |\n|---|---|---|---|\n");
        }
        let _ = writeln!(table, "{target}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_shows_whether_it_is_reached() {
        let mut target = Target {
            of: "start-up".to_owned(),
            bound: Bound::AtMost(2.0),
            figure: 1.5,
            unit: " ×",
        };
        assert_eq!(
            target.to_string(),
            "| start-up | ≤ 2 × | 1.50 × | reached |"
        );
        target.figure = 2.01;
        assert_eq!(
            target.to_string(),
            "| start-up | ≤ 2 × | 2.01 × | **not reached** |"
        );
        target.bound = Bound::AtLeast(2.0);
        target.figure = 612.3;
        assert_eq!(target.to_string(), "| start-up | ≥ 2 × | 612 × | reached |");
        target.figure = f64::NAN;
        assert!(target.to_string().contains("not reached"));
    }

    #[test]
    fn without_targets_there_is_no_table() {
        assert_eq!(table([]), "");
    }
}
