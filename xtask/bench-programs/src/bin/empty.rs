//! The empty program: what it costs to start a process at all.

fn main() {}
