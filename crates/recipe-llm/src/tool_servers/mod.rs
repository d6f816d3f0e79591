//! Servers of tools, by the Model Context Protocol (MCP): how recipes name them, reaching them, calling their tools.
//!
//! A connection is a task that the run waits for: it has a server's process, or the session with a server elsewhere, and
//! puts it in order whatever becomes of the step.

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
mod hello;
#[cfg(feature = "mcp")]
mod incoming;
#[cfg(not(feature = "mcp"))]
mod no_toolbox;
#[cfg(feature = "mcp")]
mod old_http;
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

pub use config::{Reached, ServerReference, Shared, ToolServer};
#[cfg(feature = "mcp")]
pub use error::{RequestError, ToolServerError};
#[cfg(not(feature = "mcp"))]
pub(crate) use no_toolbox::Toolbox;
#[cfg(feature = "mcp")]
pub(crate) use server::Server;
#[cfg(feature = "mcp")]
pub(crate) use toolbox::Toolbox;
