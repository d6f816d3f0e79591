//! Evaluator of expressions by the rules of Python, with limits on work and memory.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::expression_error::{ExpressionError, ExpressionProblem};
use super::tree::{Arithmetic, Comparison, Function, Ternary, Tree};
use super::value::{Value, unsupported};

/// Maximum work of an expression, in evaluated nodes; data that it creates counts as well.
const MAX_WORK: usize = 100_000;

/// Evaluates an expression to a boolean.
pub(super) fn is_true(tree: &Tree) -> Result<bool, ExpressionError> {
    let mut evaluator = Evaluator {
        work_left: MAX_WORK,
    };
    evaluator.value(tree).map(|value| value.is_true())
}

struct Evaluator {
    work_left: usize,
}

type Evaluated<'t> = Result<Value<'t>, ExpressionError>;

impl Evaluator {
    // Recurses for each level of the tree, so its stack frame is kept small.
    fn value<'t>(&mut self, tree: &'t Tree) -> Evaluated<'t> {
        match tree {
            Tree::None | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => self.literal(tree),
            Tree::List(items) => self.values(items).map(Value::List),
            Tree::Tuple(items) => self.values(items).map(Value::Tuple),
            Tree::Object(entries, column) => self.object(entries, *column),
            Tree::Not(tree) => self.not(tree),
            Tree::And(operands) => self.and_or(operands, false),
            Tree::Or(operands) => self.and_or(operands, true),
            Tree::Comparisons(first, chain) => self.comparisons(first, chain),
            Tree::Unary(sign, tree, column) => self.signed(*sign, tree, *column),
            Tree::Arithmetic(first, chain) => self.chain(first, chain),
            Tree::Subscript(container, index, column) => self.element(container, index, *column),
            Tree::Call(function, arguments) => self.call(*function, arguments),
            Tree::Conditional(choice) => self.choice(choice),
        }
    }

    fn literal<'t>(&mut self, tree: &'t Tree) -> Evaluated<'t> {
        self.work(1).map_err(at_column(1))?;
        Ok(match tree {
            Tree::Bool(holds) => Value::Bool(*holds),
            Tree::Number(number) => Value::Number(*number),
            Tree::Text(text) => Value::Text(Cow::Borrowed(text)),
            _ => Value::None,
        })
    }

    fn not<'t>(&mut self, tree: &'t Tree) -> Evaluated<'t> {
        let holds = self.value(tree)?.is_true();
        Ok(Value::Bool(!holds))
    }

    fn signed<'t>(&mut self, sign: Arithmetic, tree: &'t Tree, column: usize) -> Evaluated<'t> {
        let value = self.value(tree)?;
        signed(sign, &value).map_err(at_column(column))
    }

    fn chain<'t>(
        &mut self,
        first: &'t Tree,
        chain: &'t [(Arithmetic, Tree, usize)],
    ) -> Evaluated<'t> {
        let mut left = self.value(first)?;
        for (operator, right, column) in chain {
            let right = self.value(right)?;
            left = self
                .arithmetic(left, *operator, right)
                .map_err(at_column(*column))?;
        }
        Ok(left)
    }

    fn element<'t>(
        &mut self,
        container: &'t Tree,
        index: &'t Tree,
        column: usize,
    ) -> Evaluated<'t> {
        let container = self.value(container)?;
        let index = self.value(index)?;
        element(container, index).map_err(at_column(column))
    }

    fn values<'t>(&mut self, trees: &'t [Tree]) -> Result<Vec<Value<'t>>, ExpressionError> {
        trees.iter().map(|tree| self.value(tree)).collect()
    }

    fn object<'t>(&mut self, entries: &'t [(Tree, Tree)], column: usize) -> Evaluated<'t> {
        let mut object = BTreeMap::new();
        for (key, value) in entries {
            let key = self.value(key)?.into_key().map_err(at_column(column))?;
            object.insert(key, self.value(value)?);
        }
        Ok(Value::Object(object))
    }

    /// Returns the first operand whose truth is `decides`, or else the last one.
    fn and_or<'t>(&mut self, operands: &'t [Tree], decides: bool) -> Evaluated<'t> {
        let mut value = Value::None;
        for operand in operands {
            value = self.value(operand)?;
            if value.is_true() == decides {
                break;
            }
        }
        Ok(value)
    }

    fn choice<'t>(&mut self, choice: &'t Ternary) -> Evaluated<'t> {
        let condition = self.value(&choice.condition)?;
        self.value(if condition.is_true() {
            &choice.yes
        } else {
            &choice.no
        })
    }

    fn comparisons<'t>(
        &mut self,
        first: &'t Tree,
        chain: &'t [(Comparison, Tree, usize)],
    ) -> Evaluated<'t> {
        let mut left = self.value(first)?;
        for (comparison, right, column) in chain {
            let right = self.value(right)?;
            if !compare(&left, *comparison, &right).map_err(at_column(*column))? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn arithmetic<'t>(
        &mut self,
        left: Value<'t>,
        operator: Arithmetic,
        right: Value<'t>,
    ) -> Result<Value<'t>, ExpressionProblem> {
        if let (Some(a), Some(b)) = (left.number(), right.number()) {
            let number = match operator {
                Arithmetic::Plus => a.plus(b),
                Arithmetic::Minus => a.minus(b),
                Arithmetic::Times => a.times(b),
                Arithmetic::Divide => a.divided_by(b),
                Arithmetic::FloorDivide => a.floor_divided_by(b),
                Arithmetic::Modulo => a.modulo(b),
                Arithmetic::Power => a.power(b),
            };
            return number.map(Value::Number);
        }
        match operator {
            Arithmetic::Plus => self.joined(left, right),
            Arithmetic::Times => match (left.integer(), right.integer()) {
                (None, Some(times)) if left.is_sequence() => self.repeated(left, times),
                (Some(times), None) if right.is_sequence() => self.repeated(right, times),
                _ => Err(unsupported("*", &left, &right)),
            },
            _ => Err(unsupported(operator.symbol(), &left, &right)),
        }
    }

    fn joined<'t>(
        &mut self,
        left: Value<'t>,
        right: Value<'t>,
    ) -> Result<Value<'t>, ExpressionProblem> {
        match (left, right) {
            (Value::Text(left), Value::Text(right)) => {
                self.work(left.len() + right.len())?;
                Ok(Value::Text(left + right))
            }
            (Value::List(mut left), Value::List(right)) => {
                self.work(left.len() + right.len())?;
                left.extend(right);
                Ok(Value::List(left))
            }
            (Value::Tuple(mut left), Value::Tuple(right)) => {
                self.work(left.len() + right.len())?;
                left.extend(right);
                Ok(Value::Tuple(left))
            }
            (left, right) => Err(unsupported("+", &left, &right)),
        }
    }

    fn repeated<'t>(
        &mut self,
        sequence: Value<'t>,
        times: i128,
    ) -> Result<Value<'t>, ExpressionProblem> {
        let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
        self.work(size(&sequence).saturating_mul(times))?;
        Ok(match sequence {
            Value::Text(text) => Value::Text(text.repeat(times).into()),
            Value::List(items) => Value::List(repeat(&items, times)),
            Value::Tuple(items) => Value::Tuple(repeat(&items, times)),
            other => other,
        })
    }

    fn call<'t>(&mut self, function: Function, arguments: &'t [Tree]) -> Evaluated<'t> {
        let arguments = self.values(arguments)?;
        let holds = match (function, &arguments[..]) {
            (Function::And, all) => all.iter().all(Value::is_true),
            (Function::Or, any) => any.iter().any(Value::is_true),
            (Function::Not, all) => !all.iter().all(Value::is_true),
            (Function::FileExists, paths) => paths.iter().all(file_exists),
            (Function::AllFilesExist, [Value::List(paths) | Value::Tuple(paths)]) => {
                paths.iter().all(file_exists)
            }
            (Function::FileIsNewer, [file, than]) => {
                matches!((modified(file), modified(than)), (Some(file), Some(than)) if file > than)
            }
            (Function::AllFilesExist | Function::FileIsNewer, _) => false,
        };
        Ok(Value::Bool(holds))
    }

    fn work(&mut self, amount: usize) -> Result<(), ExpressionProblem> {
        let left = self.work_left.checked_sub(amount);
        self.work_left = left.ok_or(ExpressionProblem::TooMuchWork)?;
        Ok(())
    }
}

/// Adds a column to a problem.
fn at_column(column: usize) -> impl Fn(ExpressionProblem) -> ExpressionError {
    move |problem| ExpressionError { problem, column }
}

fn compare(
    left: &Value<'_>,
    comparison: Comparison,
    right: &Value<'_>,
) -> Result<bool, ExpressionProblem> {
    let order = |operator| left.order(right, operator);
    let identity = |operator, instead| {
        left.is(right)
            .ok_or(ExpressionProblem::Identity { operator, instead })
    };
    Ok(match comparison {
        Comparison::Equal => left.equals(right),
        Comparison::NotEqual => !left.equals(right),
        Comparison::Less => order("<")?.is_some_and(Ordering::is_lt),
        Comparison::LessOrEqual => order("<=")?.is_some_and(Ordering::is_le),
        Comparison::Greater => order(">")?.is_some_and(Ordering::is_gt),
        Comparison::GreaterOrEqual => order(">=")?.is_some_and(Ordering::is_ge),
        Comparison::In => left.is_in(right)?,
        Comparison::NotIn => !left.is_in(right)?,
        Comparison::Is => identity("is", "==")?,
        Comparison::IsNot => !identity("is not", "!=")?,
    })
}

fn signed<'t>(sign: Arithmetic, value: &Value<'t>) -> Result<Value<'t>, ExpressionProblem> {
    let Some(number) = value.number() else {
        return Err(ExpressionProblem::UnsupportedOperand {
            operator: sign.symbol(),
            kind: value.kind(),
        });
    };
    Ok(Value::Number(match sign {
        Arithmetic::Minus => number.negated()?,
        _ => number,
    }))
}

fn element<'t>(container: Value<'t>, index: Value<'t>) -> Result<Value<'t>, ExpressionProblem> {
    let not_found = ExpressionProblem::ElementNotFound {
        container: container.kind(),
    };
    if let Value::Object(mut entries) = container {
        return entries.remove(&index.into_key()?).ok_or(not_found);
    }
    let Some(number) = index.integer() else {
        return Err(unsupported("[…]", &container, &index));
    };
    // A negative index counts from the end.
    let position = |length: usize| {
        let length = length as i128;
        let position = if number < 0 {
            number.saturating_add(length)
        } else {
            number
        };
        usize::try_from(position)
            .ok()
            .filter(|position| (*position as i128) < length)
    };
    match container {
        Value::Text(text) => {
            let position = position(text.chars().count());
            let character = position.and_then(|position| text.chars().nth(position));
            let character = character.ok_or(not_found)?;
            Ok(Value::Text(character.to_string().into()))
        }
        Value::List(mut items) | Value::Tuple(mut items) => {
            let position = position(items.len()).ok_or(not_found)?;
            Ok(items.swap_remove(position))
        }
        other => Err(unsupported("[…]", &other, &index)),
    }
}

/// Estimates the size of a value, in bytes of strings plus number of values.
fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len().max(1),
        Value::List(items) | Value::Tuple(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(entries) => 1 + entries.values().map(|value| 1 + size(value)).sum::<usize>(),
        Value::None | Value::Bool(_) | Value::Number(_) => 1,
    }
}

fn repeat<'t>(items: &[Value<'t>], times: usize) -> Vec<Value<'t>> {
    std::iter::repeat_n(items, times)
        .flatten()
        .cloned()
        .collect()
}

fn file_exists(path: &Value<'_>) -> bool {
    path.text().is_some_and(|path| Path::new(path).exists())
}

/// Returns the modification time of a file; `None` if it does not exist.
fn modified(path: &Value<'_>) -> Option<std::time::SystemTime> {
    fs::metadata(path.text()?).ok()?.modified().ok()
}
