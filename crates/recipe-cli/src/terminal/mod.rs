//! Output: results to standard output, everything else to standard error by the printer.

pub(crate) mod display;
pub(crate) mod error_lines;
pub(crate) mod one_line;
pub(crate) mod printer;
pub(crate) mod shorten;
pub(crate) mod stdout;
