//! Values as written in templates: literals, paths and ranges.

use super::filters::integer;
use super::number::Number;
use super::rendering::Rendering;
use super::value::{Range, Value};

/// Something that has a value.
#[derive(Debug)]
pub(super) enum Expression {
    Nil,
    Bool(bool),
    Number(Number),
    Text(Box<str>),
    Empty,
    Blank,
    Path(Path),
    Range(Box<(Expression, Expression)>),
}

/// A name, and the members that are asked of its value.
#[derive(Debug)]
pub(super) struct Path {
    /// The name: a text, or an expression in brackets whose value is the name.
    pub(super) root: Box<Expression>,
    pub(super) members: Vec<Expression>,
    /// Byte offset in the template.
    pub(super) offset: usize,
}

impl Expression {
    /// The literal that a word is.
    pub(super) fn literal(word: &str) -> Option<Self> {
        Some(match word {
            "nil" | "null" => Self::Nil,
            "true" => Self::Bool(true),
            "false" => Self::Bool(false),
            "empty" => Self::Empty,
            "blank" => Self::Blank,
            _ => return None,
        })
    }

    pub(super) fn evaluate<'v>(&'v self, rendering: &Rendering<'v>) -> Value<'v> {
        match self {
            Self::Nil => Value::Nil,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::borrowed(text),
            Self::Empty => Value::Empty,
            Self::Blank => Value::Blank,
            Self::Path(path) => path.evaluate(rendering),
            Self::Range(bounds) => {
                let bound = |bound: &'v Self| {
                    let number = integer(&bound.evaluate(rendering));
                    number.map_or(0, |number| number.as_i64_clamped())
                };
                Value::Range(Range::new(bound(&bounds.0), bound(&bounds.1)))
            }
        }
    }

    /// Visits the paths in the expression, those inside paths as well, in the order they are written.
    pub(super) fn visit_paths<'e>(&'e self, visit: &mut dyn FnMut(&'e Path)) {
        match self {
            Self::Path(path) => {
                visit(path);
                path.root.visit_paths(visit);
                for member in &path.members {
                    member.visit_paths(visit);
                }
            }
            Self::Range(bounds) => {
                bounds.0.visit_paths(visit);
                bounds.1.visit_paths(visit);
            }
            _ => {}
        }
    }
}

impl Path {
    fn evaluate<'v>(&'v self, rendering: &Rendering<'v>) -> Value<'v> {
        self.find(rendering).unwrap_or(Value::Undefined)
    }

    /// The value, if there is one at the end of the path.
    fn find<'v>(&'v self, rendering: &Rendering<'v>) -> Option<Value<'v>> {
        let root = self.root.evaluate(rendering);
        let Value::Text(name) = &root else {
            return None;
        };
        let mut value = rendering.get(name.as_str())?;
        for member in &self.members {
            value = match member {
                Expression::Text(name) => value.named(name)?,
                Expression::Number(Number::Integer(index)) => {
                    value.member(&Value::integer(*index))?
                }
                key => value.member(&key.evaluate(rendering))?,
            };
        }
        Some(value)
    }

    /// The name, if it is written out.
    pub(super) fn name(&self) -> Option<&str> {
        match &*self.root {
            Expression::Text(name) => Some(name),
            _ => None,
        }
    }
}

/// A path as Python shows it, which is part of the name of a loop.
impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nil | Self::Empty | Self::Blank => Ok(()),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Range(bounds) => write!(f, "({}..{})", bounds.0, bounds.1),
            Self::Path(path) => {
                match path.name() {
                    Some(name) => write!(f, "{name}")?,
                    None => write!(f, "{}", path.root)?,
                }
                for member in &path.members {
                    match member {
                        Self::Text(name) if is_plain_name(name) => write!(f, ".{name}")?,
                        member => write!(f, "[{member}]")?,
                    }
                }
                Ok(())
            }
        }
    }
}

fn is_plain_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}
