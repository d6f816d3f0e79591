//! See `mcp` in `tests/fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| recipe_fuzz::mcp(bytes));
