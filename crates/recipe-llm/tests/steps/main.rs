//! The steps of this crate, with scripted models and tool servers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cache;
#[cfg(all(unix, feature = "mcp"))]
mod http_responses;
#[cfg(all(unix, feature = "mcp"))]
mod invalid_responses;
#[cfg(all(unix, feature = "mcp"))]
mod legacy_http;
mod llm_generate;
#[cfg(all(unix, feature = "mcp"))]
mod mcp;
#[cfg(all(unix, feature = "mcp"))]
mod protocol_versions;
mod schemas;
mod scripted;
#[cfg(all(unix, feature = "mcp"))]
mod shared_servers;
#[cfg(all(unix, feature = "mcp"))]
mod tool_server;
#[cfg(all(unix, feature = "mcp"))]
mod tools;
