//! Tags: those of the core schema are checked, others refused.

use granit_parser::Tag;

use super::error::YamlErrorKind;

/// A tag of the core schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CoreTag {
    /// `!!str`
    Text,
    /// `!!null`
    Null,
    /// `!!bool`
    Boolean,
    /// `!!int`
    Integer,
    /// `!!float`
    Float,
    /// `!!map`
    Object,
    /// `!!seq`
    List,
}

/// Kind of node that a tag belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tagged {
    Scalar,
    List,
    Object,
}

impl CoreTag {
    /// Parses a tag. A lone `!` makes a scalar text.
    pub(super) fn parse(tag: &Tag, tagged: Tagged) -> Result<Self, YamlErrorKind> {
        if tag.parts() == ("", "!") {
            return Ok(match tagged {
                Tagged::Scalar => Self::Text,
                Tagged::List => Self::List,
                Tagged::Object => Self::Object,
            });
        }
        match tag.core_suffix() {
            Some("str") => Ok(Self::Text),
            Some("null") => Ok(Self::Null),
            Some("bool") => Ok(Self::Boolean),
            Some("int") => Ok(Self::Integer),
            Some("float") => Ok(Self::Float),
            Some("map") => Ok(Self::Object),
            Some("seq") => Ok(Self::List),
            _ => Err(YamlErrorKind::UnknownTag {
                tag: tag.original(),
            }),
        }
    }

    /// Returns the error of a tag before a value of another type.
    pub(super) fn wrong(self, found: String) -> YamlErrorKind {
        let name = match self {
            Self::Text => "!!str",
            Self::Null => "!!null",
            Self::Boolean => "!!bool",
            Self::Integer => "!!int",
            Self::Float => "!!float",
            Self::Object => "!!map",
            Self::List => "!!seq",
        };
        YamlErrorKind::WrongTag {
            tag: name.to_owned(),
            found,
        }
    }
}
