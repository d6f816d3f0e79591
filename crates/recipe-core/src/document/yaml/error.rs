//! YAML errors, worded for authors.

use std::fmt;

use granit_parser::ErrorKind;

use crate::document::position::Position;

/// A text that is not YAML, or that JSON cannot represent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}")]
#[non_exhaustive]
pub struct YamlError {
    /// Position of the error.
    pub position: Position,
    /// Kind of the error.
    pub kind: YamlErrorKind,
}

/// Kind of a YAML error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum YamlErrorKind {
    /// The text breaks the grammar of YAML.
    #[error("{0}")]
    Syntax(String),
    /// An unquoted template, whose braces YAML takes for its own.
    #[error("unquoted template: YAML takes its braces for its own")]
    UnquotedTemplate {
        /// The quoted value, if it ends on its line.
        quoted: Option<String>,
    },
    /// An object has a duplicate key.
    #[error("duplicate key: {key}")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A list or an object is used as a key.
    #[error("expected text as a key, found {found}")]
    KeyNotText {
        /// Kind of the value found: `a list` or `an object`.
        found: &'static str,
    },
    /// The key `<<` has a value that cannot be merged.
    #[error("expected an object or a list of objects under `<<`")]
    NotMergeable,
    /// No anchor of this name precedes the alias.
    #[error("alias references unknown anchor")]
    UnknownAnchor,
    /// An alias is inside the value that it repeats.
    #[error("alias inside the value that it repeats")]
    EndlessAlias,
    /// The tag is unknown.
    #[error("unknown tag: {tag}")]
    UnknownTag {
        /// The tag as written.
        tag: String,
    },
    /// A value does not have the type of its tag.
    #[error("tag {tag} does not fit {found}")]
    WrongTag {
        /// The tag as written.
        tag: String,
        /// The value.
        found: String,
    },
    /// An integer is beyond 64 bits.
    #[error("integer out of range: {}", Cut(.written))]
    IntegerOutOfRange {
        /// The integer as written.
        written: String,
    },
    /// A number is beyond a double.
    #[error("number out of range: {}", Cut(.written))]
    NumberOutOfRange {
        /// The number as written.
        written: String,
    },
    /// An infinity or NaN.
    #[error("not a number in JSON: {written}")]
    NotFinite {
        /// The number as written.
        written: String,
    },
    /// Lists and objects are nested too deeply.
    #[error("nested too deeply")]
    TooDeep,
    /// Values repeated by aliases take too much memory.
    #[error("too large with its repeated aliases")]
    TooMuch,
    /// A second document begins where only one is allowed.
    #[error("unexpected second document")]
    SecondDocument,
}

impl YamlErrorKind {
    /// Returns text to write instead, if known.
    pub fn suggestion(&self) -> Option<String> {
        match self {
            Self::UnquotedTemplate { quoted } => quoted.clone(),
            Self::IntegerOutOfRange { written }
            | Self::NumberOutOfRange { written }
            | Self::NotFinite { written } => {
                (written.len() <= SHOWN).then(|| format!("\"{written}\""))
            }
            _ => None,
        }
    }

    /// Converts an error of the parser.
    pub(super) fn from_parser(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::RecursionLimitExceeded => Self::TooDeep,
            ErrorKind::UnknownAnchor => Self::UnknownAnchor,
            other => Self::Syntax(other.to_string()),
        }
    }
}

/// Maximum number of bytes shown of a number.
const SHOWN: usize = 60;

/// Shortens a number that may be as long as a file.
struct Cut<'n>(&'n str);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get(..SHOWN) {
            Some(start) if self.0.len() > SHOWN => write!(f, "{start}…"),
            _ => f.write_str(self.0),
        }
    }
}
