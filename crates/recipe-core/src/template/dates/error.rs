//! Errors of parsing dates.

/// Error of parsing a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::template) enum ReadError {
    /// The string contains something else, or the day does not exist.
    #[error("invalid date")]
    NotADate,
    /// The string has the form of a date but exceeds the limits of one.
    #[error("date out of range: expected a year from 1 to 9999")]
    OutOfRange,
}
