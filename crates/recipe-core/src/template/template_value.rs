//! JSON values whose strings are templates.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Template, TemplateError, Variables};
use crate::schema_settings::TEMPLATE_MARK;

/// A JSON value in which each string is a template; object keys are not.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateValue {
    source: Value,
    node: Node,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// A value without templates.
    Plain(Value),
    Text(Template),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl TemplateValue {
    /// Parses the strings of a value as templates.
    ///
    /// # Errors
    /// If a template is invalid; returns the first error.
    pub fn parse(source: Value) -> Result<Self, TemplateError> {
        let node = Node::parse(&source)?;
        Ok(Self { source, node })
    }

    /// Renders the templates.
    ///
    /// # Errors
    /// If a template fails; returns the first error.
    pub fn render(&self, variables: &dyn Variables) -> Result<Value, TemplateError> {
        self.node.render(variables)
    }

    /// Source of the value.
    pub fn source(&self) -> &Value {
        &self.source
    }
}

impl Node {
    fn parse(value: &Value) -> Result<Self, TemplateError> {
        let node = match value {
            Value::String(text) => match Template::parse(text)? {
                template if template.is_plain() => return Ok(Self::Plain(value.clone())),
                template => Self::Text(template),
            },
            Value::Array(list) => {
                Self::List(list.iter().map(Self::parse).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => Self::Object(
                map.iter()
                    .map(|(name, value)| Ok((name.clone(), Self::parse(value)?)))
                    .collect::<Result<_, TemplateError>>()?,
            ),
            scalar => Self::Plain(scalar.clone()),
        };
        let is_plain = match &node {
            Self::List(list) => list.iter().all(Self::is_plain),
            Self::Object(map) => map.iter().all(|(_, node)| node.is_plain()),
            _ => false,
        };
        Ok(if is_plain {
            Self::Plain(value.clone())
        } else {
            node
        })
    }

    fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    fn render(&self, variables: &dyn Variables) -> Result<Value, TemplateError> {
        match self {
            Self::Plain(value) => Ok(value.clone()),
            Self::Text(template) => Ok(Value::String(template.render(variables)?)),
            Self::List(list) => list.iter().map(|node| node.render(variables)).collect(),
            Self::Object(map) => map
                .iter()
                .map(|(name, node)| Ok((name.clone(), node.render(variables)?)))
                .collect(),
        }
    }
}

impl<'de> Deserialize<'de> for TemplateValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for TemplateValue {
    fn schema_name() -> Cow<'static, str> {
        "TemplateValue".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({(TEMPLATE_MARK): true})
    }
}
