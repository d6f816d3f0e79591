//! Conditions of `if`, `unless` and `elsif`: comparisons joined by `and` and `or`.

use std::cmp::Ordering;

use liquid_core::error::{Error, Result};
use liquid_core::model::ValueView;
use liquid_core::{Expression, Runtime, TagTokenIter};

use super::expect_value;
use crate::template::model::{Kind, compare, equal, is_truthy, object_get};
use crate::template::printing;

/// Comparisons, and what joins each to the ones behind it: `a and b or c` is `a and (b or c)`.
#[derive(Debug)]
pub(super) struct Condition {
    first: Vec<(Comparison, Join)>,
    last: Comparison,
}

#[derive(Debug, Clone, Copy)]
enum Join {
    And,
    Or,
}

#[derive(Debug)]
struct Comparison {
    left: Expression,
    right: Option<(Operator, Expression)>,
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

impl Condition {
    pub(super) fn parse(tokens: &mut TagTokenIter<'_>) -> Result<Self> {
        let mut first = Vec::new();
        loop {
            let left = expect_value(tokens.expect_next("expected a condition")?)?;
            let Some(token) = tokens.next() else {
                let last = Comparison { left, right: None };
                return Ok(Self { first, last });
            };
            let (right, join) = match Operator::of(token.as_str()) {
                Some(operator) => {
                    let right = expect_value(tokens.expect_next("expected a value")?)?;
                    (Some((operator, right)), tokens.next())
                }
                None => (None, Some(token)),
            };
            let comparison = Comparison { left, right };
            let Some(join) = join else {
                return Ok(Self {
                    first,
                    last: comparison,
                });
            };
            let join = match join.as_str() {
                "and" => Join::And,
                "or" => Join::Or,
                _ => return Err(join.raise_custom_error("expected `and`, `or` or a comparison")),
            };
            first.push((comparison, join));
        }
    }

    pub(super) fn holds(&self, runtime: &dyn Runtime) -> Result<bool> {
        for (comparison, join) in &self.first {
            match (comparison.holds(runtime)?, join) {
                (false, Join::And) => return Ok(false),
                (true, Join::Or) => return Ok(true),
                _ => {}
            }
        }
        self.last.holds(runtime)
    }
}

impl Operator {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "==" => Self::Equal,
            "!=" | "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "contains" => Self::Contains,
            _ => return None,
        })
    }
}

impl Comparison {
    fn holds(&self, runtime: &dyn Runtime) -> Result<bool> {
        let left = self.left.evaluate(runtime)?;
        let left = left.as_view();
        let Some((operator, right)) = &self.right else {
            return Ok(is_truthy(left));
        };
        let right = right.evaluate(runtime)?;
        let right = right.as_view();
        match operator {
            Operator::Equal => Ok(equal(left, right)),
            Operator::NotEqual => Ok(!equal(left, right)),
            Operator::Less => is_ordered(left, right, |o| o == Ordering::Less),
            Operator::LessOrEqual => is_ordered(left, right, |o| o != Ordering::Greater),
            Operator::Greater => is_ordered(left, right, |o| o == Ordering::Greater),
            Operator::GreaterOrEqual => is_ordered(left, right, |o| o != Ordering::Less),
            Operator::Contains => contains(left, right),
        }
    }
}

fn is_ordered(
    left: &dyn ValueView,
    right: &dyn ValueView,
    holds: impl Fn(Ordering) -> bool,
) -> Result<bool> {
    match compare(left, right) {
        Ok(order) => Ok(order.is_some_and(holds)),
        // `<=` and `>=` ask whether the two are equal, too, which all values can be.
        Err(_) if holds(Ordering::Equal) => Ok(equal(left, right)),
        Err(unordered) => Err(Error::with_msg(format!(
            "cannot compare {} with {}",
            unordered.0, unordered.1
        ))),
    }
}

fn contains(left: &dyn ValueView, right: &dyn ValueView) -> Result<bool> {
    if !is_truthy(left) || !is_truthy(right) {
        return Ok(false);
    }
    match Kind::of(left) {
        Kind::Text(text) => Ok(text.contains(&*printing::text(right))),
        Kind::List(list) => Ok(list.values().any(|item| equal(item, right))),
        Kind::Object(object) => Ok(match Kind::of(right) {
            Kind::Text(name) => object_get(object, &name).is_some(),
            _ => false,
        }),
        other => Err(Error::with_msg(format!(
            "{} cannot contain anything",
            other.name()
        ))),
    }
}
