//! Limits of rendering.

/// Maximum iterations of all loops of one rendering.
pub(super) const MAX_ITERATIONS: u64 = 1_000_000;

/// Maximum bytes that one rendering prints, assigns and gets from filters, in all.
pub(super) const MAX_BYTES: u64 = 1 << 28;

/// Maximum size of a filter's result in bytes.
pub(super) const MAX_RESULT: usize = 1 << 27;

/// Limits of rendering one template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Iterations of all loops.
    Iterations(u64),
    /// Bytes of output and of values made by filters.
    Output(u64),
}
