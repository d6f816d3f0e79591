//! Bytes as choices: one per byte; once they are used up, always the first option.

/// Choices from bytes.
pub(super) struct Choices<'b> {
    bytes: std::slice::Iter<'b, u8>,
}

impl<'b> Choices<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        let bytes = bytes.iter();
        Self { bytes }
    }

    /// Chooses a number below a non-zero bound; zero once the bytes are used up.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.bytes.next().map_or(0, |byte| usize::from(*byte)) % bound
    }

    /// Chooses an item of a non-empty list.
    pub(super) fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Generates up to a maximum number of items.
    pub(super) fn several<T>(
        &mut self,
        most: usize,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| make(self)).collect()
    }
}
