//! Small types for the rules a step runs under: each parses, validates and documents itself, and every step
//! that has such a field uses the same type.

mod delay;
mod max_concurrency;
mod max_failures;
mod retry;
mod timeout;

pub use delay::Delay;
pub use max_concurrency::MaxConcurrency;
pub use max_failures::MaxFailures;
pub use retry::{Attempts, Backoff, Retry};
pub use timeout::Timeout;

use std::time::Duration;

/// The longest time a recipe may name, in seconds: ten years. More is a slip of the finger, and clocks
/// overflow not far beyond.
pub(crate) const LONGEST_SECONDS: f64 = 315_360_000.0;

/// Seconds as recipes write them; refuses what is no length of time.
fn duration(seconds: f64) -> Result<Duration, String> {
    if seconds > LONGEST_SECONDS {
        return Err(format!(
            "{seconds:?} seconds is too long, the most is {LONGEST_SECONDS}"
        ));
    }
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| format!("{seconds} is not a number of seconds, write 0 or more"))
}
