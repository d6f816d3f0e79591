//! Writes all sections and a plot: `performance.md` and `performance.svg`.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;

use super::competitors::Competitors;
use super::measure::file_system;
use super::plot;
use super::section::Section;
use super::target;

const PAGE: &str = "performance.md";
const PLOT: &str = "performance.svg";

/// Writes the page to a directory.
pub(super) fn write(
    sections: &[Section],
    competitors: &Competitors,
    folder: &Path,
) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let lines = sections.iter().flat_map(|section| &section.lines);
    let lines: Vec<_> = lines.collect();
    let plot = plot::svg(
        "A parallel of substeps that each call a recipe",
        "substeps",
        "milliseconds",
        &lines,
    );
    let mut page = format!(
        "# Performance

Written by `cargo xtask bench --write-docs`: whole processes of release builds, from start to end. The contenders of a table
ran in turn, and figures are medians of 31 rounds, or of at least 3 if these take more than 40 seconds. Memory is the peak
of a process. Only compare figures within a table, not between runs or machines.

{}
",
        machine(&competitors.folder)
    );
    let targets = sections.iter().flat_map(|section| &section.targets);
    page.push_str(&target::table(targets));
    if let Some(plot) = plot {
        fs::write(folder.join(PLOT), plot)?;
        page.push_str(&format!("\n![Time by the number of substeps]({PLOT})\n"));
    }
    for section in sections {
        page.push('\n');
        page.push_str(&section.markdown());
    }
    let file = folder.join(PAGE);
    fs::write(&file, page)?;
    println!("written to {}", file.display());
    Ok(())
}

/// Describes the machine.
fn machine(folder: &Path) -> String {
    let cores = available_parallelism().map_or(1, usize::from);
    let system = Command::new("uname").args(["-s", "-r", "-m"]).output();
    let system = system.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let mut parts = vec![format!("cores: {cores}")];
    if let Some(processor) = processor() {
        parts.push(format!("processor: {processor}"));
    }
    parts.extend(system.ok().filter(|system| !system.is_empty()));
    parts.extend(file_system(folder).map(|system| format!("file system: {system}")));
    format!("Measured on: {}.", parts.join(", "))
}

/// Model name of the processor, on Linux.
fn processor() -> Option<String> {
    let processors = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = processors
        .lines()
        .find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
