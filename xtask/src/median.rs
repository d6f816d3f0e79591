//! Median, which ignores outliers.

/// Returns the median, the upper one of an even number of figures. There must be at least one.
pub(crate) fn median<T: Ord + Copy>(mut figures: Vec<T>) -> T {
    figures.sort_unstable();
    figures[figures.len() / 2]
}
