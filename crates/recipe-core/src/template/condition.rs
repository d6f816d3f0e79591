//! Conditions of `if`, `unless` and `elsif`: comparisons joined by `and` and `or`.
//!
//! `contains` binds tighter than the comparison operators, those tighter than `and` and `or`.
//! Operators of the same precedence group to the right: `a and b or c` is `a and (b or c)`.

use std::cmp::Ordering;

use super::compare::{compare, equal, equal_items};
use super::expression::{Expression, Path};
use super::number::Number;
use super::printing;
use super::rendering::{Rendering, Stop};
use super::syntax::{Arguments, Symbol, SyntaxError, TokenKind};
use super::value::Value;

/// Comparisons, each with the operator that follows it.
#[derive(Debug)]
pub(super) struct Condition {
    first: Vec<(Comparison, LogicalOperator)>,
    last: Comparison,
}

#[derive(Debug, Clone, Copy)]
enum LogicalOperator {
    And,
    Or,
}

/// Operands with comparison operators between them; the last comparison is evaluated first.
#[derive(Debug)]
struct Comparison {
    left: Operand,
    rest: Vec<(Operator, Operand)>,
}

/// A value, optionally with `contains` and the values to search for.
#[derive(Debug)]
struct Operand {
    value: Expression,
    contained: Vec<Expression>,
    offset: usize,
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, SyntaxError> {
        let mut first = Vec::new();
        loop {
            let comparison = Comparison::parse(arguments)?;
            let join = match arguments.peek() {
                None => {
                    return Ok(Self {
                        first,
                        last: comparison,
                    });
                }
                Some(TokenKind::Word("and")) => LogicalOperator::And,
                Some(TokenKind::Word("or")) => LogicalOperator::Or,
                Some(TokenKind::Symbol(Symbol::Assign)) => {
                    return Err(arguments.expected("a comparison operator such as `==`"));
                }
                Some(TokenKind::Symbol(Symbol::Pipe)) => {
                    return Err(SyntaxError::new(
                        arguments.offset(),
                        "filters are not allowed in a condition, assign the value first",
                    ));
                }
                _ => {
                    return Err(
                        arguments.expected("`and`, `or`, a comparison operator or end of tag")
                    );
                }
            };
            arguments.take();
            first.push((comparison, join));
        }
    }

    pub(super) fn holds(&self, rendering: &Rendering<'_>) -> Result<bool, Stop> {
        for (comparison, join) in &self.first {
            match (comparison.evaluate(rendering)?.is_truthy(), join) {
                (false, LogicalOperator::And) => return Ok(false),
                (true, LogicalOperator::Or) => return Ok(true),
                _ => {}
            }
        }
        Ok(self.last.evaluate(rendering)?.is_truthy())
    }

    pub(super) fn visit_paths<'e>(&'e self, visit: &mut dyn FnMut(&'e Path)) {
        let comparisons = self.first.iter().map(|(comparison, _)| comparison);
        for comparison in comparisons.chain([&self.last]) {
            let rest = comparison.rest.iter().map(|(_, operand)| operand);
            for operand in [&comparison.left].into_iter().chain(rest) {
                operand.value.visit_paths(visit);
                for value in &operand.contained {
                    value.visit_paths(visit);
                }
            }
        }
    }
}

impl Comparison {
    fn parse(arguments: &mut Arguments<'_>) -> Result<Self, SyntaxError> {
        let left = Operand::parse(arguments)?;
        let mut rest = Vec::new();
        while let Some(operator) = Operator::take(arguments) {
            rest.push((operator, Operand::parse(arguments)?));
        }
        Ok(Self { left, rest })
    }

    fn evaluate<'v>(&'v self, rendering: &Rendering<'v>) -> Result<Value<'v>, Stop> {
        let Some(((operator, last), before)) = self.rest.split_last() else {
            return self.left.evaluate(rendering);
        };
        let (mut operator, mut right) = (*operator, last.evaluate(rendering)?);
        for (next, operand) in before.iter().rev() {
            let left = operand.evaluate(rendering)?;
            right = Value::Bool(operator.holds(&left, &right, operand.offset)?);
            operator = *next;
        }
        let left = self.left.evaluate(rendering)?;
        operator
            .holds(&left, &right, self.left.offset)
            .map(Value::Bool)
    }
}

impl Operand {
    fn parse(arguments: &mut Arguments<'_>) -> Result<Self, SyntaxError> {
        let offset = arguments.offset();
        if arguments.peek() == Some(TokenKind::Word("not")) {
            return Err(SyntaxError::new(
                offset,
                "`not` is not supported, use `unless` or compare with `== false`",
            ));
        }
        let value = arguments.expect_value()?;
        let mut contained = Vec::new();
        while arguments.take_if(TokenKind::Word("contains")) {
            contained.push(arguments.expect_value()?);
        }
        Ok(Self {
            value,
            contained,
            offset,
        })
    }

    fn evaluate<'v>(&'v self, rendering: &Rendering<'v>) -> Result<Value<'v>, Stop> {
        let Some((last, before)) = self.contained.split_last() else {
            return Ok(self.value.evaluate(rendering));
        };
        let mut right = last.evaluate(rendering);
        for value in before.iter().rev() {
            right = Value::Bool(contains(&value.evaluate(rendering), &right, self.offset)?);
        }
        contains(&self.value.evaluate(rendering), &right, self.offset).map(Value::Bool)
    }
}

impl Operator {
    fn take(arguments: &mut Arguments<'_>) -> Option<Self> {
        let Some(TokenKind::Symbol(symbol)) = arguments.peek() else {
            return None;
        };
        let operator = match symbol {
            Symbol::Equal => Self::Equal,
            Symbol::NotEqual => Self::NotEqual,
            Symbol::Less => Self::Less,
            Symbol::LessOrEqual => Self::LessOrEqual,
            Symbol::Greater => Self::Greater,
            Symbol::GreaterOrEqual => Self::GreaterOrEqual,
            _ => return None,
        };
        arguments.take();
        Some(operator)
    }

    fn holds(self, left: &Value<'_>, right: &Value<'_>, offset: usize) -> Result<bool, Stop> {
        let orders = |left, right| match compare(left, right) {
            Ok(order) => Ok(order == Some(Ordering::Less)),
            Err(unordered) => Err(Stop::failed(offset, unordered)),
        };
        match self {
            Self::Equal => Ok(equal(left, right)),
            Self::NotEqual => Ok(!equal(left, right)),
            Self::Less => orders(left, right),
            Self::Greater => orders(right, left),
            Self::LessOrEqual => Ok(is_at_most(left, right)),
            Self::GreaterOrEqual => Ok(is_at_most(right, left)),
        }
    }
}

/// Whether `left <= right`. Kinds without an order can only be equal; null and booleans never are.
fn is_at_most(left: &Value<'_>, right: &Value<'_>) -> bool {
    if matches!(left, Value::Bool(_)) || matches!(right, Value::Bool(_)) {
        return false;
    }
    match compare(left, right) {
        Ok(order) => order.is_some_and(Ordering::is_le),
        Err(_) => equal(left, right),
    }
}

fn contains(left: &Value<'_>, right: &Value<'_>, offset: usize) -> Result<bool, Stop> {
    if !left.is_truthy() || !right.is_truthy() {
        return Ok(false);
    }
    match left {
        Value::Text(text) => Ok(text.as_str().contains(&*printing::text(right))),
        Value::List(list) => Ok(list.iter().any(|item| equal_items(&item, right))),
        Value::Range(range) => Ok(match right {
            Value::Number(number) => range.contains(number),
            Value::Bool(truth) => range.contains(&Number::Integer((*truth).into())),
            _ => false,
        }),
        Value::Object(object) => Ok(match right {
            Value::Text(name) => object.get(name.as_str()).is_some(),
            _ => false,
        }),
        other => Err(Stop::failed(
            offset,
            format_args!("{} cannot contain anything", other.kind()),
        )),
    }
}
