//! The file `.env` in the working directory: environment variables for the `env_vars` of recipes.
//!
//! It never changes the environment of the process, and its values are never shown.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

/// The name of the file.
const NAME: &str = ".env";

/// A file `.env` that is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvironmentFileError {
    /// It cannot be read, or is not UTF-8 text.
    #[error("cannot read {NAME}")]
    Unreadable(#[source] io::Error),
    /// A line of it is no assignment. What stands there may be a secret.
    #[error("{NAME}: line {line}: not of the form NAME=VALUE")]
    Syntax {
        /// Which line, from 1.
        line: usize,
    },
}

/// The variables in the file `.env`; `None` where there is no such file.
pub(crate) fn read() -> Result<Option<HashMap<String, String>>, EnvironmentFileError> {
    // A folder of that name is someone else's business.
    if !Path::new(NAME).is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(NAME).map_err(EnvironmentFileError::Unreadable)?;
    parse(text.strip_prefix('\u{feff}').unwrap_or(&text)).map(Some)
}

fn parse(text: &str) -> Result<HashMap<String, String>, EnvironmentFileError> {
    dotenvy::from_read_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| match error {
            dotenvy::Error::LineParse(line, _) => EnvironmentFileError::Syntax {
                line: line_number(text, &line),
            },
            dotenvy::Error::Io(error) => EnvironmentFileError::Unreadable(error),
            // Only other ways to read have other errors.
            _ => EnvironmentFileError::Syntax { line: 1 },
        })
}

/// Which line of the text begins with `wrong`, which may be several.
fn line_number(text: &str, wrong: &str) -> usize {
    let offset = text.find(wrong).unwrap_or(0);
    text[..offset].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read_with_quotes_and_comments() {
        let variables = parse("# c\nA=1\nexport B='x y'\n\nC=\"a\\nb\" # c\n").unwrap();
        assert_eq!(
            (&*variables["A"], &*variables["B"], &*variables["C"]),
            ("1", "x y", "a\nb")
        );
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number_and_not_shown() {
        let error = parse("A=1\n\nsk-secret value\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            ".env: line 3: not of the form NAME=VALUE"
        );
        let error = parse("A=1\nKEY='sk-secret\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            ".env: line 2: not of the form NAME=VALUE"
        );
    }
}
