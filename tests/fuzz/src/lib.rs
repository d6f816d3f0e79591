//! Fuzz targets: functions that take any bytes and panic if a property does not hold.
//!
//! `fuzz/` calls them with input from cargo-fuzz, `tests/changed_seeds.rs` with reproducible random
//! changes of seeds. Each target documents the meaning of its bytes.

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

/// Function that is fuzzed.
pub type Target = fn(&[u8]);

/// All targets, by the name of their seeds.
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
