//! Errors of journals.

use std::error::Error;
use std::fmt;

/// Error of a journal, such as a full disk.
#[derive(Debug)]
pub struct JournalError(Box<dyn Error + Send + Sync>);

impl JournalError {
    /// Wraps an error of the journal's own type.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for JournalError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
