//! End-to-end tests of the program `recipe`: arguments and files in, output and exit code out.
//!
//! One module per use. Output for people is compared in full, as an inline snapshot; temporary
//! paths and times are replaced by placeholders (see [`harness`]).

#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[cfg(feature = "llm")]
mod answer_schemas;
mod bad_documents;
mod bad_numbers;
mod broken_output;
#[cfg(unix)]
mod commands;
mod completions;
mod conditions;
mod context_in;
mod context_json;
mod context_out;
mod depth;
mod dry_run;
#[cfg(unix)]
mod durable;
#[cfg(unix)]
mod durable_faults;
#[cfg(unix)]
mod durable_recipes;
#[cfg(unix)]
mod durable_secrets;
mod env_file;
mod events;
#[cfg(unix)]
mod faults;
mod graph;
mod harness;
mod init;
mod input_rules;
mod inputs;
#[cfg(unix)]
mod interrupts;
mod large_integers;
#[cfg(all(unix, feature = "llm"))]
mod llm;
mod log_files;
mod man;
#[cfg(all(unix, feature = "llm"))]
mod mcp;
#[cfg(all(unix, feature = "llm"))]
mod mcp_http;
#[cfg(all(unix, feature = "llm"))]
mod model_server;
mod progress;
mod prune;
mod report;
mod run;
mod runs;
mod schema;
mod secrets;
mod show;
mod steps;
mod stored;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(all(unix, feature = "llm"))]
mod tools;
mod trace;
mod usage;
mod validate;
mod validate_folders;
mod validate_formats;
mod yaml;
