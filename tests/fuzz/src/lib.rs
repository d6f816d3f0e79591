//! What is fuzzed: functions that take any bytes, and panic where something does not hold.
//!
//! `fuzz/` calls them with what cargo-fuzz makes up, and `tests/changed_seeds.rs` with seeds that are changed at random
//! in the same way each time. Each target says what its bytes mean.

mod answering;
mod condition;
mod docpack;
mod journal;
mod lint;
mod mcp;
mod provider;
mod recipe;
mod rendering;
mod runtime;
mod template;
mod text;

pub use condition::condition;
pub use docpack::docpack;
pub use journal::journal;
pub use lint::lint;
pub use mcp::mcp;
pub use provider::provider;
pub use recipe::recipe;
pub use rendering::rendering;
pub use template::template;

/// A function that is fuzzed.
pub type Target = fn(&[u8]);

/// All targets, by the names of their seeds.
pub const TARGETS: [(&str, Target); 9] = [
    ("condition", condition),
    ("docpack", docpack),
    ("journal", journal),
    ("lint", lint),
    ("mcp", mcp),
    ("provider", provider),
    ("recipe", recipe),
    ("rendering", rendering),
    ("template", template),
];
