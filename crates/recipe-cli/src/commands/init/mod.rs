//! `recipe init`: begins a project and says what to try in it.

pub(crate) mod new_project;

use std::path::{MAIN_SEPARATOR, Path};

use recipe_core::Registry;

use self::new_project::{NewFile, NewProjectError};
use crate::arguments::InitArguments;
use crate::commands::schema;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::program_name::program_name;
use crate::terminal::one_line::one_line;
use crate::terminal::printer::{Look, Printer};
use crate::terminal::stdout;

/// Makes the files of a project and lists them.
pub(crate) fn init(arguments: &InitArguments, registry: &Registry) -> ExitCode {
    let printer = Printer::plain();
    let made = new_project::make(&arguments.folder, schema::recipe_schema(registry));
    let files = match made {
        Ok(files) => files,
        Err(error) => {
            let help = help(&error);
            let code = printer.failure(&Failure::NewProject(error));
            if let Some(help) = help {
                printer.line("help:", Look::Plain, help);
            }
            return code;
        }
    };
    printer.end(stdout::print(&report(&arguments.folder, &files)).map_err(Into::into))
}

fn help(error: &NewProjectError) -> Option<&'static str> {
    match error {
        NewProjectError::Existing(_) => {
            Some("nothing was changed; move what is there away, or name another folder")
        }
        _ => None,
    }
}

/// A line for each file, and the command to try next.
fn report(folder: &Path, files: &[NewFile]) -> String {
    let mut report = String::new();
    for file in files {
        let state = if file.was_there { "kept" } else { "made" };
        let path = file.path.display().to_string();
        report.push_str(&format!("{state}  {}\n", one_line(&path)));
    }
    report.push_str(&format!("\nNow try:\n  {}\n", next_command(folder)));
    report
}

fn next_command(folder: &Path) -> String {
    let name = program_name();
    let run = format!("{name} run hello.json --context name=Ada --context-out -");
    if folder == Path::new(".") {
        return run;
    }
    format!("cd {} && {run}", quoted(&folder.display().to_string()))
}

/// A path as one word that a shell takes for a path.
fn quoted(path: &str) -> String {
    let path = match path.starts_with('-') {
        true => format!("./{path}"),
        false => path.to_owned(),
    };
    let is_plain = |c: char| c.is_alphanumeric() || c == MAIN_SEPARATOR || "/._-+:".contains(c);
    if path.chars().all(is_plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_where_a_shell_would_take_them_apart() {
        assert_eq!(quoted("a/b-c.d"), "a/b-c.d");
        assert_eq!(quoted("my project"), "'my project'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("-x"), "./-x");
    }
}
