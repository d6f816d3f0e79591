//! Process groups and atomic file writes, for steps of `recipe`.
//!
//! A program runs in its own process group. When it has ended, or has to, the whole group is
//! ended: first with SIGTERM, two seconds later with SIGKILL. A process that leaves the group, such
//! as a daemon, is not followed. If this process itself is killed, its programs live on: the means
//! against that are not safe to use beside threads.
//!
//! [`Process`] runs a program to its end, [`ServerProcess`] one that a step talks to.
//! [`write_whole_file`] and [`write_private_file`] write a file completely or not at all.

mod error;
mod group;
mod process;
mod program;
mod running;
mod server;
mod stream;
mod whole_file;

pub use error::{Exit, ProcessError};
pub use group::ProcessGroup;
pub use process::Process;
pub use program::{Inherited, Program};
pub use running::ProcessOutput;
pub use server::ServerProcess;
pub use stream::Capture;
pub use whole_file::{TEMPORARY_PREFIX, directory_of, write_private_file, write_whole_file};

/// The Rust in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
