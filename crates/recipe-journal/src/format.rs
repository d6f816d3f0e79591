//! Format of the journal's database.

/// Format version. Increase it with any change to the tables or their content.
pub(crate) const FORMAT: i64 = 2;
