//! The steps of this crate, with models that answer from a script and servers of tools that are scripts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cache;
mod llm_generate;
#[cfg(all(unix, feature = "mcp"))]
mod mcp;
#[cfg(all(unix, feature = "mcp"))]
mod old_server;
mod schemas;
mod scripted;
#[cfg(all(unix, feature = "mcp"))]
mod tool_server;
#[cfg(all(unix, feature = "mcp"))]
mod tools;
