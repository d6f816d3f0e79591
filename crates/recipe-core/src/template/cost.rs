//! What one rendering may cost: no template runs for ever or fills the memory.

use std::io::{self, Write};

use liquid_core::Runtime;
use liquid_core::error::{Error, Result};

use super::error::Limit;

/// The most rounds that the loops of one rendering may make together.
const MOST_ROUNDS: u64 = 1_000_000;

/// The most bytes that one rendering may print, put into variables and get from filters, together.
const MOST_BYTES: u64 = 1 << 28;

/// What a rendering has cost so far.
#[derive(Default)]
struct Cost {
    rounds: u64,
    bytes: u64,
    over: Option<Limit>,
}

/// Counts one round of a loop.
///
/// # Errors
/// When the rendering has made too many.
pub(super) fn spend_round(runtime: &dyn Runtime) -> Result<()> {
    let mut cost = runtime.registers().get_mut::<Cost>();
    cost.rounds += 1;
    if cost.rounds > MOST_ROUNDS {
        cost.over = Some(Limit::Rounds(MOST_ROUNDS));
        return Err(Error::with_msg("too many rounds"));
    }
    Ok(())
}

/// Counts bytes that are printed or made.
///
/// # Errors
/// When the rendering has made too many.
pub(super) fn spend_bytes(runtime: &dyn Runtime, bytes: usize) -> Result<()> {
    let mut cost = runtime.registers().get_mut::<Cost>();
    cost.bytes = cost.bytes.saturating_add(bytes as u64);
    if cost.bytes > MOST_BYTES {
        cost.over = Some(Limit::Output(MOST_BYTES));
        return Err(Error::with_msg("too much output"));
    }
    Ok(())
}

/// Text that counts against what a rendering may cost.
pub(super) struct Output<'r> {
    bytes: Vec<u8>,
    runtime: &'r dyn Runtime,
}

impl<'r> Output<'r> {
    pub(super) fn new(runtime: &'r dyn Runtime) -> Self {
        Self {
            bytes: Vec::new(),
            runtime,
        }
    }

    pub(super) fn into_text(self) -> Result<String> {
        String::from_utf8(self.bytes).map_err(|_| Error::with_msg("the output is not text"))
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        spend_bytes(self.runtime, bytes.len()).map_err(|_| io::Error::other("too much output"))?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The limit that stopped a rendering, if one did.
pub(super) fn limit_reached(runtime: &dyn Runtime) -> Option<Limit> {
    runtime.registers().get_mut::<Cost>().over
}
