//! Expressions: literals, paths and ranges.

use super::number::Number;
use super::rendering::Rendering;
use super::value::{Range, Value};

/// Expression without filters.
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

/// A variable and its members: `a.b[0]`.
#[derive(Debug)]
pub(super) struct Path {
    /// Name of the variable: a string, or an expression in brackets that evaluates to it.
    pub(super) root: Box<Expression>,
    pub(super) members: Vec<Expression>,
    /// Byte offset in the template.
    pub(super) offset: usize,
}

impl Expression {
    /// Parses a keyword literal.
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
                    let number = bound.evaluate(rendering).to_integer();
                    number.map_or(0, |number| number.as_i64_clamped())
                };
                Value::Range(Range::new(bound(&bounds.0), bound(&bounds.1)))
            }
        }
    }

    /// Visits all paths in the expression, nested ones included, in source order.
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

    /// Follows the path; `None` if a member is missing.
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

    /// Name of the variable, if it is a literal.
    pub(super) fn name(&self) -> Option<&str> {
        match &*self.root {
            Expression::Text(name) => Some(name),
            _ => None,
        }
    }
}

/// Formats the expression as python-liquid does in `forloop.name`.
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
