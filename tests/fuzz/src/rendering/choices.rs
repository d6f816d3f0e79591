//! Bytes as choices: each byte is one, and when they have run out the first is taken every time.

/// Choices that bytes tell.
pub(super) struct Choices<'b> {
    bytes: std::slice::Iter<'b, u8>,
}

impl<'b> Choices<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        let bytes = bytes.iter();
        Self { bytes }
    }

    /// A number below a bound, which is not zero; zero when the bytes have run out.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.bytes.next().map_or(0, |byte| usize::from(*byte)) % bound
    }

    /// An item of a list that has some.
    pub(super) fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Several of something, at most so many.
    pub(super) fn several<T>(
        &mut self,
        most: usize,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| make(self)).collect()
    }
}
