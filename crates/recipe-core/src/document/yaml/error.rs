//! Mistakes in YAML, in the words of those who write it.

use std::fmt;

use granit_parser::ErrorKind;

use crate::document::Position;

/// A text that is not YAML, or that JSON cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}")]
#[non_exhaustive]
pub struct YamlError {
    /// The place.
    pub position: Position,
    /// What is wrong there.
    pub kind: YamlErrorKind,
}

/// Kind of a mistake in YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum YamlErrorKind {
    /// The text breaks the grammar of YAML.
    #[error("{0}")]
    Syntax(String),
    /// A template stands without quotes where YAML takes its braces for its own.
    #[error("template not quoted: quote the template, or YAML takes its braces for its own")]
    UnquotedTemplate {
        /// The value in quotes, where it ends on its line.
        quoted: Option<String>,
    },
    /// An object has two values under one key.
    #[error("duplicate key: {key}")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A list or an object stands where a key should.
    #[error("a key is text, found {found}")]
    KeyNotText {
        /// Kind of the value found: `a list` or `an object`.
        found: &'static str,
    },
    /// The key `<<` has a value that cannot be merged.
    #[error("the merge key `<<` takes an object or a list of objects")]
    NotMergeable,
    /// An alias repeats something that no anchor before it names.
    #[error("alias references unknown anchor")]
    UnknownAnchor,
    /// An alias stands inside of what it repeats.
    #[error("the alias stands inside of what it repeats")]
    EndlessAlias,
    /// Nothing gives this tag a meaning.
    #[error("unknown tag: {tag}")]
    UnknownTag {
        /// The tag as written.
        tag: String,
    },
    /// A value is not of the type that its tag says.
    #[error("the tag {tag} does not fit {found}")]
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
    /// An infinity, or what is not a number.
    #[error("not a number in JSON: {written}")]
    NotFinite {
        /// The number as written.
        written: String,
    },
    /// Lists and objects are nested too deeply.
    #[error("nested too deeply")]
    TooDeep,
    /// The values that aliases repeat take too much memory.
    #[error("too much in all, counting what aliases repeat")]
    TooMuch,
    /// A second document begins where there may be one only.
    #[error("a second document begins, a recipe is one")]
    SecondDocument,
}

impl YamlErrorKind {
    /// Text to write instead, where it is known.
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

    /// Message of the parser.
    pub(super) fn of_parser(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::RecursionLimitExceeded => Self::TooDeep,
            ErrorKind::UnknownAnchor => Self::UnknownAnchor,
            other => Self::Syntax(other.to_string()),
        }
    }
}

/// Bytes of a number that are shown.
const SHOWN: usize = 60;

/// The beginning of a number that may be as long as a file.
struct Cut<'n>(&'n str);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get(..SHOWN) {
            Some(start) if self.0.len() > SHOWN => write!(f, "{start}…"),
            _ => f.write_str(self.0),
        }
    }
}
