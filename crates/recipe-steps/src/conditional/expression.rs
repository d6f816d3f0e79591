//! Conditions after rendering: an expression that can reach a few functions and nothing else.
//!
//! Evaluated by minijinja's expressions, in an environment that is empty but for those functions. Bounded before
//! it is parsed are its length and depth, and while it runs the work and the memory it may cause.

use std::borrow::Cow;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, Expression, UndefinedBehavior};
use recipe_core::StepError;

use super::complexity;
use super::tokens::{Kind, tokens};

/// How much work one expression may cause, in instructions; data it makes counts as well.
const FUEL: u64 = 100_000;

/// The longest expression, in bytes: a list of a thousand paths and more.
const LONGEST: usize = 256 << 10;

/// A condition that is no expression, or cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// Nothing is left after rendering.
    #[error("the condition is empty after rendering, write true, false or an expression")]
    Empty,
    /// It is longer than any condition should be.
    #[error("condition `{expression}` is over {limit} bytes after rendering")]
    TooLong {
        /// The beginning of the condition, rendered.
        expression: String,
        /// The most that is allowed, in bytes.
        limit: usize,
    },
    /// Its parts hold one another, or follow one another, without end.
    #[error(
        "condition `{expression}` is too complex, the most is {operators} operators between two commas and \
         {brackets} brackets in one another"
    )]
    TooComplex {
        /// The beginning of the condition, rendered.
        expression: String,
        /// The most operators.
        operators: usize,
        /// The most brackets.
        brackets: usize,
    },
    /// It is no expression, or names something that does not exist.
    #[error("condition `{expression}` cannot be evaluated: {message}")]
    Invalid {
        /// The condition, rendered; only its beginning if it is long.
        expression: String,
        /// What is wrong with it.
        message: String,
    },
}

impl From<ConditionError> for StepError {
    fn from(error: ConditionError) -> Self {
        StepError::failed(error)
    }
}

/// Whether a rendered condition holds.
pub(super) fn evaluate(text: &str) -> Result<bool, ConditionError> {
    let text = text.trim();
    if let Some(decided) = decided(text)? {
        return Ok(decided);
    }
    let value = compile(text)?
        .eval(())
        .map_err(|error| invalid(text, message(&error)))?;
    match value.is_undefined() {
        // A bare name, most likely text that was rendered without quotes around it.
        true => Err(invalid(
            text,
            "it has no value, text needs quotes".to_owned(),
        )),
        false => Ok(value.is_true()),
    }
}

/// Whether a rendered condition holds; `None` where it asks for files, which may have changed when it is evaluated.
///
/// # Errors
/// When it is empty or no expression, or cannot be evaluated.
pub fn evaluate_condition(text: &str) -> Result<Option<bool>, ConditionError> {
    match asks_for_files(text) {
        true => check_condition(text).map(|()| None),
        false => evaluate(text).map(Some),
    }
}

/// Whether a condition may look at files: nothing else in it can block.
pub(super) fn asks_for_files(text: &str) -> bool {
    text.contains("file")
}

/// Whether a condition that needs no rendering is one at all.
///
/// # Errors
/// When it is empty, no expression, or longer or deeper than a condition may be.
pub fn check_condition(text: &str) -> Result<(), ConditionError> {
    let text = text.trim();
    match decided(text)? {
        Some(_) => Ok(()),
        None => compile(text).map(drop),
    }
}

/// The truth of a condition that is `true` or `false` as it stands.
fn decided(text: &str) -> Result<Option<bool>, ConditionError> {
    if text.is_empty() {
        return Err(ConditionError::Empty);
    }
    Ok(if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    })
}

/// An expression that is short and shallow enough, ready to evaluate.
fn compile(text: &str) -> Result<Expression<'static, 'static>, ConditionError> {
    if text.len() > LONGEST {
        return Err(ConditionError::TooLong {
            expression: beginning(text),
            limit: LONGEST,
        });
    }
    if !complexity::is_bearable(text) {
        return Err(ConditionError::TooComplex {
            expression: beginning(text),
            operators: complexity::MOST_OPERATORS,
            brackets: complexity::MOST_BRACKETS,
        });
    }
    environment()
        .compile_expression_owned(with_call_forms(text).into_owned())
        .map_err(|error| invalid(text, message(&error)))
}

fn invalid(text: &str, message: String) -> ConditionError {
    ConditionError::Invalid {
        expression: beginning(text),
        message,
    }
}

/// The beginning of a condition, for a message.
fn beginning(text: &str) -> String {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

fn message(error: &minijinja::Error) -> String {
    let mut message = match error.detail() {
        Some(detail) => detail.to_owned(),
        None => error.kind().to_string(),
    };
    if let Some(source) = error.source() {
        message = format!("{message}: {source}");
    }
    message
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.add_global("null", Value::from(()));
        environment.add_function("file_exists", file_exists);
        environment.add_function("all_files_exist", all_files_exist);
        environment.add_function("file_is_newer", file_is_newer);
        environment.add_function(AND, |all: Rest<Value>| all.iter().all(Value::is_true));
        environment.add_function(OR, |any: Rest<Value>| any.iter().any(Value::is_true));
        environment
    })
}

fn file_exists(path: Value) -> bool {
    path.as_str().is_some_and(|path| Path::new(path).exists())
}

fn all_files_exist(paths: Value) -> bool {
    paths.kind() == ValueKind::Seq
        && paths
            .try_iter()
            .is_ok_and(|mut paths| paths.all(file_exists))
}

/// Whether the first file was changed after the second; false where one does not exist.
fn file_is_newer(file: Value, than: Value) -> bool {
    let changed = |path: Value| {
        path.as_str()
            .and_then(|path| fs::metadata(path).ok()?.modified().ok())
    };
    matches!((changed(file), changed(than)), (Some(file), Some(than)) if file > than)
}

const AND: &str = "and_";
const OR: &str = "or_";

/// The call forms `and(…)` and `or(…)` as calls of functions. The same words between two operands are left
/// to be operators; `not(…)` is one anyway.
fn with_call_forms(text: &str) -> Cow<'_, str> {
    if !text.contains("and(") && !text.contains("or(") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    // Whether what stands before is an operand, so that a word here is an operator.
    let mut after_operand = false;
    let mut tokens = tokens(text).peekable();
    while let Some(token) = tokens.next() {
        let calls = !after_operand && tokens.peek().is_some_and(|next| next.text == "(");
        out.push_str(match token.text {
            "and" if calls => AND,
            "or" if calls => OR,
            other => other,
        });
        if token.kind != Kind::Space {
            after_operand = matches!(token.kind, Kind::Operand | Kind::Quoted | Kind::Close);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        evaluate(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn expressions_follow_python() {
        for text in [
            "TRUE",
            "1 < 2 and 'a' != 'b'",
            "'b' in ['a', 'b']",
            "'x' not in 'abc'",
            "not false",
            "null == None",
            "2.5 >= 2",
            "(1 == 2) or (3 == 3)",
            "'text'",
            "not []",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in ["False", "0", "''", "1 > 2", "'A' == 'a'"] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn the_call_forms_nest_and_stand_beside_the_operators() {
        assert!(holds("and(true, or(false, 1 < 2), not(false))"));
        assert!(holds("true and(true)"));
        assert!(!holds("not or(true, false)"));
        assert!(holds("'and(' == 'and(' and and(true, true)"));
        assert!(holds("1 == 1 or(false)"));
    }

    #[test]
    fn nothing_else_can_be_reached() {
        for text in [
            "__import__('os').system('touch pwned')",
            "open('x')",
            "unknown",
            "''.__class__",
            "'a'|upper",
            "range(10)",
            "file_exists('a'",
            "1 = 1",
            "{% if true %}",
        ] {
            assert!(evaluate(text).is_err(), "{text}");
        }
        assert_eq!(evaluate("  "), Err(ConditionError::Empty));
    }

    #[test]
    fn no_expression_runs_for_ever_or_overflows() {
        use crate::conditional::complexity::{MOST_BRACKETS, MOST_OPERATORS};
        let chain = |first: &str, part: &str| first.to_owned() + &part.repeat(MOST_OPERATORS);
        let hostile = [
            "(".repeat(100_000),
            "not ".repeat(100_000) + "true",
            format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000)),
            "9".repeat(10_000) + " > 1",
            "10 ** 100000 > 1".to_owned(),
            "'x' * 100000000000 == ''".to_owned(),
            "'x' * 1000000000 == ''".to_owned(),
            "'x' * 99000000 == ''".to_owned(),
            "[1] * 1000000000 == []".to_owned(),
            "(1, 2) * 49000000 == []".to_owned(),
            "1 in [1] * 1000000 * 1000".to_owned(),
            format!("{} == ''", ["('x' * 9000000)"; 200].join(" + ")),
            format!("{} == ''", ["('x' * 9000000)"; 200].join(" ~ ")),
            "-".repeat(100_000) + "1",
            "1".to_owned() + &"+1".repeat(200_000),
            // As deep as is allowed, which must fit on the stack.
            chain("1", "+1"),
            chain("1", " and 1"),
            chain("1", " < 1"),
            chain("1", ".a"),
            chain("1", "[0]"),
            chain("1", "()"),
            chain("1", "|a"),
            chain("1", " is a"),
            chain("[1]", " + [1]"),
            "1 if 0 else ".repeat(MOST_OPERATORS / 2) + "1",
            "1".to_owned() + &" if 0".repeat(MOST_OPERATORS),
            "-".repeat(MOST_OPERATORS) + "1",
            "not ".repeat(MOST_OPERATORS) + "1",
            format!(
                "{}1{}",
                "(".repeat(MOST_BRACKETS),
                ")".repeat(MOST_BRACKETS)
            ),
            format!(
                "{}1{}",
                "[".repeat(MOST_BRACKETS),
                "]".repeat(MOST_BRACKETS)
            ),
            format!(
                "{}1{}",
                "{1:".repeat(MOST_BRACKETS),
                "}".repeat(MOST_BRACKETS)
            ),
            format!(
                "{}1{}",
                "-(".repeat(MOST_BRACKETS),
                ")".repeat(MOST_BRACKETS)
            ),
            "not(".repeat(MOST_BRACKETS),
            // Both at once.
            format!(
                "{}{}1{}",
                "not ".repeat(MOST_OPERATORS - MOST_BRACKETS),
                "(".repeat(MOST_BRACKETS),
                ")".repeat(MOST_BRACKETS)
            ),
        ];
        // A worker thread of the runtime has 2 MiB; most of it may be taken by what is around.
        std::thread::Builder::new()
            .stack_size(768 << 10)
            .spawn(move || {
                for text in &hostile {
                    if let Err(error) = evaluate(text) {
                        assert!(error.to_string().chars().count() < 400, "{error}");
                    }
                }
            })
            .unwrap()
            .join()
            .unwrap();
    }

    #[test]
    fn a_long_list_of_files_is_an_ordinary_condition() {
        let list = "'Cargo.toml', ".repeat(5_000);
        assert!(holds(&format!("all_files_exist([{list}])")));
        assert!(holds(&format!(
            "or({})",
            "file_exists('none'), ".repeat(200) + "1 == 1"
        )));
        assert!(holds(&["file_exists('Cargo.toml')"; 100].join(" and ")));
    }

    #[test]
    fn an_error_shows_the_beginning_of_a_long_condition() {
        let long = format!("x == '{}'", "é".repeat(1_000));
        let message = evaluate(&long).unwrap_err().to_string();
        assert!(message.starts_with("condition `x == 'ééé"), "{message}");
        assert!(message.chars().count() < 200, "{message}");
        let endless = "1".to_owned() + &"+1".repeat(1_000);
        assert!(matches!(
            evaluate(&endless),
            Err(ConditionError::TooComplex { .. })
        ));
        let huge = format!("'{}'", "x".repeat(LONGEST));
        assert!(matches!(
            evaluate(&huge),
            Err(ConditionError::TooLong { .. })
        ));
    }
}
