//! Templates: Liquid, rendered over a context without copying it (docs/design.md §5).
//!
//! A template is parsed once per process, in a bounded cache; rendering borrows the context.

mod cache;
mod compare;
mod condition;
mod cycles;
mod dates;
mod error;
mod expression;
mod filtered;
mod filters;
mod limits;
mod names;
mod node;
mod number;
mod printing;
mod rendering;
mod scope;
mod strip_html;
mod syntax;
mod tags;
mod template_value;
mod value;
mod variables;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::schema_settings::TEMPLATE_MARK;

pub use error::TemplateError;
pub use filters::filter_names;
pub use limits::Limit;
pub use names::TemplateName;
pub use printing::spaced_json;
pub use tags::tag_names;
pub use template_value::TemplateValue;
pub use variables::Variables;

use names::Names;
use node::Block;
use rendering::{Output, Rendering, Stop};

/// A parsed Liquid template.
///
/// ```
/// use recipe_core::template::Template;
/// use serde_json::json;
///
/// let template = Template::parse("Hello {{ user.name | default: 'you' }}{{ user.title }}")?;
/// let variables = json!({"user": {"name": "Ada"}});
/// assert_eq!(template.render(variables.as_object().unwrap())?, "Hello Ada");
/// # Ok::<_, recipe_core::template::TemplateError>(())
/// ```
#[derive(Clone)]
pub struct Template {
    text: Arc<str>,
    /// `None` if the text has no tags.
    parsed: Option<Arc<Block>>,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// If the template is invalid; the error has line and column.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if !Self::has_tags(text) {
            return Ok(Self {
                text: text.into(),
                parsed: None,
            });
        }
        let (text, parsed) = cache::parsed(text)?;
        Ok(Self {
            text,
            parsed: Some(parsed),
        })
    }

    /// Whether a string has anything in it that rendering replaces.
    pub fn has_tags(text: &str) -> bool {
        text.contains("{{") || text.contains("{%")
    }

    /// Source of the template.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the template has no tags and so renders to itself.
    pub fn is_plain(&self) -> bool {
        self.parsed.is_none()
    }

    /// Returns the names that the template reads and does not set itself, each once.
    pub fn names(&self) -> Vec<TemplateName> {
        let mut names = Names::default();
        if let Some(parsed) = &self.parsed {
            parsed.visit_names(&mut names);
        }
        names.into_read()
    }

    /// Renders the template.
    ///
    /// # Errors
    /// If a filter or a tag fails, or rendering exceeds a [`Limit`].
    pub fn render(&self, variables: &dyn Variables) -> Result<String, TemplateError> {
        let Some(parsed) = &self.parsed else {
            return Ok(self.text.to_string());
        };
        let mut output = Output::default();
        let rendered = parsed.render_all(&mut Rendering::new(variables), &mut output);
        let (offset, message) = match rendered {
            Ok(()) => return Ok(output.into_text()),
            Err(Stop::Limit(limit)) => {
                return Err(TemplateError::LimitExceeded {
                    template: self.text.to_string(),
                    limit,
                });
            }
            Err(Stop::Failed { offset, message }) => (offset, message),
            Err(Stop::Jump(jump)) => (jump.offset, format!("unexpected `{jump}` outside a loop")),
        };
        let (line, column) = syntax::line_and_column(&self.text, offset);
        Err(TemplateError::Render {
            template: self.text.to_string(),
            line,
            column,
            message,
        })
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.text).finish()
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", (TEMPLATE_MARK): true})
    }
}
