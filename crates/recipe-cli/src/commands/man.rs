//! `recipe man`: the manual page, one for the program and all its commands.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::arguments::Arguments;
use crate::exit_code::ExitCode;
use crate::program_name::program_name;
use crate::terminal::printer::Printer;
use crate::terminal::stdout;

/// Prints the manual page as roff.
pub(crate) fn man() -> ExitCode {
    let page = page().and_then(|page| stdout::print(&page));
    Printer::plain().end(page.map_err(Into::into))
}

fn page() -> io::Result<String> {
    // Every command has --help, which is told once, for the program.
    let name = program_name();
    let mut command = Arguments::command()
        .name(name)
        .disable_help_subcommand(true)
        .subcommand_value_name("COMMAND")
        .mut_subcommands(without_help);
    command.build();
    let mut page = Vec::new();
    let version = command.get_version().unwrap_or_default();
    // The library's own title leaves the empty date out, so that all behind it move.
    writeln!(
        page,
        ".TH {} 1 \"\" \"{name} {version}\" \"User Commands\"",
        name.to_uppercase()
    )?;
    let man = Man::new(command.clone());
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    for command in command.get_subcommands() {
        write_command(command, &mut page)?;
    }
    Ok(with_one_preamble(&String::from_utf8_lossy(&page)))
}

/// The command, and those that it has in turn, without the option that each of them has.
fn without_help(command: Command) -> Command {
    command
        .disable_help_flag(true)
        .mut_subcommands(without_help)
}

/// A section for one command, and one for each that it has in turn.
fn write_command(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let mut heading = Roff::new();
    heading.control("SH", [name.to_uppercase().as_str()]);
    heading.to_writer(page)?;

    let man = Man::new(command.clone());
    let mut parts = Vec::new();
    man.render_synopsis_section(&mut parts)?;
    man.render_description_section(&mut parts)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut parts)?;
    }
    // What are sections in a page of its own are subsections here.
    for line in String::from_utf8_lossy(&parts).lines() {
        match line.strip_prefix(".SH ") {
            Some(name) => writeln!(page, ".SS {name}")?,
            None => writeln!(page, "{line}")?,
        }
    }
    if let Some(notes) = command.get_after_help() {
        notes_as_written(&notes.to_string()).to_writer(page)?;
    }
    for command in command.get_subcommands() {
        write_command(command, page)?;
    }
    Ok(())
}

/// The notes behind a command's help: a line that ends in a colon heads a subsection, an indented one stays a
/// line of its own.
fn notes_as_written(notes: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("PP", []);
    for line in notes.lines() {
        if let Some(example) = line.strip_prefix("  ") {
            roff.text([roman(example)]);
            roff.control("br", []);
        } else if let Some(heading) = line.strip_suffix(':') {
            roff.control("SS", [heading.to_uppercase().as_str()]);
        } else if line.is_empty() {
            roff.control("PP", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    roff
}

/// The page with only the first of the definitions, two lines behind the title, that the library puts before each
/// part.
fn with_one_preamble(page: &str) -> String {
    let is_preamble = |line: &str| line.starts_with(".ie ") || line.starts_with(".el ");
    page.split_inclusive('\n')
        .enumerate()
        .filter(|(number, line)| *number <= 2 || !is_preamble(line))
        .map(|(_, line)| line)
        .collect()
}
