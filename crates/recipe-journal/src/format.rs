//! Format of the journal's database.

/// The format that this version writes and reads. Any change to the tables, or to what stands in them, makes it another.
pub(crate) const FORMAT: i64 = 2;
