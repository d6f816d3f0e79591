//! Rules for running steps. Each type parses, validates and documents itself, and is shared by all
//! steps with such a field.

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

/// Maximum time in a recipe, in seconds: ten years. More is a typing error, and clocks overflow not
/// far beyond.
pub(crate) const MAX_SECONDS: f64 = 315_360_000.0;

/// Converts seconds of a recipe; refuses a value that is not a duration.
fn duration(seconds: f64) -> Result<Duration, String> {
    if seconds > MAX_SECONDS {
        return Err(format!(
            "{seconds:?} seconds exceeds the maximum of {MAX_SECONDS}"
        ));
    }
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| format!("invalid number of seconds: {seconds}, expected 0 or more"))
}
