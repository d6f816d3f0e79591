//! Outcome of a rendering: a text or an error.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use recipe_core::template::Template;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Text(String),
    Error(String),
    /// Panic, which is always a bug.
    #[serde(skip)]
    Panic,
}

impl Outcome {
    /// Renders a template with our engine.
    pub(crate) fn render(template: &str, data: &Map<String, Value>) -> Self {
        let rendered = catch_unwind(AssertUnwindSafe(|| {
            Template::parse(template)
                .and_then(|template| template.render(data))
                .map_err(|error| error.to_string())
        }));
        match rendered {
            Ok(Ok(text)) => Self::Text(text),
            Ok(Err(error)) => Self::Error(error),
            Err(_) => Self::Panic,
        }
    }

    /// Whether both are the same text or both errors, whatever their messages.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(text), Self::Text(other)) => text == other,
            (Self::Error(_), Self::Error(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Error(error) => {
                let line = error.lines().map(str::trim).collect::<Vec<_>>().join(" ");
                write!(f, "error: {line}")
            }
            Self::Panic => f.write_str("panic"),
        }
    }
}
