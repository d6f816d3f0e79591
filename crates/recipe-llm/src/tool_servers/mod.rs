//! Tool servers of the Model Context Protocol (MCP): their configuration, connections and calls.
//!
//! A connection is a task that the run waits for. It owns the server's process, or the session with
//! a remote server, and cleans up whatever happens to the step.

#[cfg(feature = "mcp")]
mod client;
mod config;
#[cfg(feature = "mcp")]
mod connection;
#[cfg(feature = "mcp")]
mod envelope;
#[cfg(feature = "mcp")]
mod error;
#[cfg(feature = "mcp")]
mod events;
#[cfg(feature = "mcp")]
mod handshake;
#[cfg(feature = "mcp")]
mod incoming;
#[cfg(feature = "mcp")]
mod legacy_http;
#[cfg(not(feature = "mcp"))]
mod no_toolbox;
#[cfg(feature = "mcp")]
mod server;
#[cfg(feature = "mcp")]
mod standard_io;
#[cfg(feature = "mcp")]
mod streamable_http;
#[cfg(feature = "mcp")]
mod target;
#[cfg(feature = "mcp")]
mod tool_list;
#[cfg(feature = "mcp")]
mod tool_result;
#[cfg(feature = "mcp")]
mod toolbox;

pub use config::{ServerReference, ServerTransport, Shared, ToolServer};
#[cfg(feature = "mcp")]
pub use error::{RequestError, ToolServerError};
#[cfg(not(feature = "mcp"))]
pub(crate) use no_toolbox::Toolbox;
#[cfg(feature = "mcp")]
pub(crate) use server::Server;
#[cfg(feature = "mcp")]
pub(crate) use toolbox::Toolbox;
