//! Errors with all their sources on one line.

use std::error::Error;
use std::fmt;

/// Returns an error and all its sources on one line, outermost first, joined with `: `.
///
/// ```
/// # use recipe_core::{chain, StepError};
/// let error = StepError::item("1", StepError::Cancelled);
/// assert_eq!(chain(&error).to_string(), "item 1: cancelled");
/// ```
pub fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl fmt::Display + 'e {
    Chain(error)
}

struct Chain<'e>(&'e (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
