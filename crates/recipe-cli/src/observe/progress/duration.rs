//! Durations for people.

use std::fmt;
use std::time::Duration;

/// A duration that is over, in the unit that suits it: `7 ms`, `1.20 s`, `2 min 5 s`.
pub(crate) struct Exact(pub(crate) Duration);

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            0 => write!(f, "{} ms", self.0.as_millis()),
            1..60 => write!(f, "{:.2} s", self.0.as_secs_f64()),
            _ => Rough(self.0).fmt(f),
        }
    }
}

/// A duration that goes on, in whole seconds at most: anything finer would flicker.
pub(crate) struct Rough(pub(crate) Duration);

impl fmt::Display for Rough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0..60 => write!(f, "{seconds} s"),
            60..3600 => write!(f, "{} min {} s", seconds / 60, seconds % 60),
            _ => write!(f, "{} h {} min", seconds / 3600, seconds / 60 % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_a_unit_that_suits_them() {
        let durations = [7, 1_204, 59_999, 125_000, 7_500_000].map(Duration::from_millis);
        assert_eq!(
            durations.map(|duration| Exact(duration).to_string()),
            ["7 ms", "1.20 s", "60.00 s", "2 min 5 s", "2 h 5 min"]
        );
        assert_eq!(
            durations.map(|duration| Rough(duration).to_string()),
            ["0 s", "1 s", "59 s", "2 min 5 s", "2 h 5 min"]
        );
    }
}
