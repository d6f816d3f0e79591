//! The steps of this crate, with models that answer from a script and servers of tools that are scripts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cache;
#[cfg(all(unix, feature = "mcp"))]
mod http_answers;
mod llm_generate;
#[cfg(all(unix, feature = "mcp"))]
mod mcp;
#[cfg(all(unix, feature = "mcp"))]
mod odd_answers;
#[cfg(all(unix, feature = "mcp"))]
mod old_server;
#[cfg(all(unix, feature = "mcp"))]
mod revisions;
mod schemas;
mod scripted;
#[cfg(all(unix, feature = "mcp"))]
mod shared_servers;
#[cfg(all(unix, feature = "mcp"))]
mod tool_server;
#[cfg(all(unix, feature = "mcp"))]
mod tools;
