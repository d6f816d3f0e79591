//! Empty program: the cost of starting a process.

fn main() {}
