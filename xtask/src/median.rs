//! The figure in the middle, which no single one that is far off moves.

/// The median; of an even number of figures the upper one in the middle. There must be one.
pub(crate) fn median<T: Ord + Copy>(mut figures: Vec<T>) -> T {
    figures.sort_unstable();
    figures[figures.len() / 2]
}
