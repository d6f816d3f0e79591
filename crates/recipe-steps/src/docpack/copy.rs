//! Copying into and out of archives, with a size limit and cancellation.

use std::io::{self, Read, Write};

use recipe_core::CancellationToken;

/// Remaining bytes to copy, and the cancellation.
pub(super) struct Allowance {
    pub(super) bytes: u64,
    pub(super) cancellation: CancellationToken,
}

/// Error of a copy.
#[derive(Debug)]
pub(super) enum CopyError {
    Read(io::Error),
    Write(io::Error),
    TooLarge,
    Cancelled,
}

impl Allowance {
    /// Copies all bytes of `from` and subtracts them from the allowance.
    pub(super) fn copy(
        &mut self,
        from: &mut impl Read,
        to: &mut impl Write,
    ) -> Result<(), CopyError> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            if self.cancellation.is_cancelled() {
                return Err(CopyError::Cancelled);
            }
            let count = match from.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(CopyError::Read(error)),
            };
            self.bytes = match self.bytes.checked_sub(count as u64) {
                Some(left) => left,
                None => return Err(CopyError::TooLarge),
            };
            to.write_all(&buffer[..count]).map_err(CopyError::Write)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_ends_at_the_allowance_or_when_cancelled() {
        let cancellation = CancellationToken::new();
        let mut allowance = Allowance {
            bytes: 1_000_000,
            cancellation: cancellation.clone(),
        };
        let mut copy = |from: &mut dyn Read, to: &mut Vec<u8>| {
            let mut from = from;
            allowance.copy(&mut from, to)
        };
        let mut copied = Vec::new();
        assert!(copy(&mut &b"abc"[..], &mut copied).is_ok());
        let endless = copy(&mut io::repeat(0), &mut copied);
        assert!(matches!(endless, Err(CopyError::TooLarge)));
        assert!(copied.len() <= 1_000_000);
        cancellation.cancel();
        let cancelled = copy(&mut &b"abc"[..], &mut copied);
        assert!(matches!(cancelled, Err(CopyError::Cancelled)));
    }
}
