//! Errors of expressions.

/// Error of an expression, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpressionError {
    /// What is wrong.
    pub problem: ExpressionProblem,
    /// The character at which it is, counted from 1.
    pub column: usize,
}

impl std::fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.problem {
            // The name says where; of all the work no part is the one.
            ExpressionProblem::UnknownName { .. } | ExpressionProblem::TooMuchWork => {
                write!(f, "{}", self.problem)
            }
            _ => write!(f, "{} (column {})", self.problem, self.column),
        }
    }
}

impl std::error::Error for ExpressionError {}

/// The kinds of mistakes in an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionProblem {
    /// A sign that means something elsewhere.
    #[error("`{sign}` is not an operator here, write `{instead}`")]
    OtherSign {
        /// As it is written.
        sign: String,
        /// The operator that is meant.
        instead: &'static str,
    },
    /// A sign that has no meaning in a condition.
    #[error("`{sign}` cannot stand in a condition")]
    UnknownSign {
        /// The sign.
        sign: char,
    },
    /// A text that does not end.
    #[error("the text has no closing quote")]
    NoClosingQuote,
    /// A backslash in a text with something behind it that Python does not read.
    #[error("`{escape}` is not an escape")]
    BadEscape {
        /// As it is written.
        escape: String,
    },
    /// Digits that are not a number.
    #[error("`{text}` is not a number")]
    BadNumber {
        /// As it is written.
        text: String,
    },
    /// A whole number with more digits than can be kept.
    #[error("the whole number is too large, the most is 38 digits")]
    NumberTooLarge,
    /// Something other than what has to stand there.
    #[error("`{found}` stands where {expected} is expected")]
    Unexpected {
        /// Token found.
        found: String,
        /// Token expected.
        expected: &'static str,
    },
    /// The end, where something has to follow.
    #[error("{expected} is missing at the end")]
    Missing {
        /// Token expected to follow.
        expected: &'static str,
    },
    /// `is not(…)`, which reads as two things.
    #[error("put a space between `not` and `(`, or compare with `!=`")]
    IsNotCall,
    /// A name that means nothing: most likely text without quotes, or an artifact without braces.
    #[error("nothing is called {name}; {}", advice(name))]
    UnknownName {
        /// The name.
        name: String,
    },
    /// A call of something that is not one of the functions.
    #[error("no function is called {name}{}", nearest.as_ref().map(|name| format!(", did you mean {name}?")).unwrap_or_default())]
    UnknownFunction {
        /// The name.
        name: String,
        /// Name that looks like it.
        nearest: Option<&'static str>,
    },
    /// The name of a function without its arguments.
    #[error("{name} is a function, write {name}(…)")]
    NotCalled {
        /// The function.
        name: String,
    },
    /// Too many or too few arguments.
    #[error("{function} takes {takes} in its brackets, not {given}")]
    Arguments {
        /// The function.
        function: &'static str,
        /// Number of arguments it takes.
        takes: usize,
        /// Number of arguments found.
        given: usize,
    },
    /// An operator that has no meaning for what stands beside it.
    #[error("`{operator}` is not defined between {left} and {right}")]
    Kinds {
        /// The operator.
        operator: &'static str,
        /// The kind of what stands before it.
        left: &'static str,
        /// The kind of what stands behind it.
        right: &'static str,
    },
    /// A sign before something that is not a number.
    #[error("`{operator}` is not defined for {kind}")]
    Kind {
        /// The sign.
        operator: &'static str,
        /// The kind of what stands behind it.
        kind: &'static str,
    },
    /// `is` between two values of which neither is `None`, `True` or `False`.
    #[error("`{operator}` compares with None, True and False only, write `{instead}`")]
    Identity {
        /// The operator.
        operator: &'static str,
        /// The one that compares values.
        instead: &'static str,
    },
    /// A key of an object that cannot be one.
    #[error("{kind} cannot be a key of an object")]
    Key {
        /// Its kind.
        kind: &'static str,
    },
    /// Neither a list nor an object has such an element.
    #[error("{container} has no such element")]
    NoElement {
        /// Kind of the value that was searched.
        container: &'static str,
    },
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A result that cannot be given exactly, or not at all.
    #[error("the result of `{operator}` is too large or not a real number")]
    NoResult {
        /// The operator.
        operator: &'static str,
    },
    /// More work than a condition may cause.
    #[error("it is too much work")]
    TooMuchWork,
}

/// The advice for a name that means nothing.
fn advice(name: &str) -> String {
    let lower = name.to_lowercase();
    match ["True", "False", "None"].into_iter().find(|word| {
        lower == word.to_lowercase() || (*word == "None" && ["nil", "null"].contains(&&*lower))
    }) {
        Some(word) => format!("write {word}"),
        None => format!("artifacts are written {{{{ {name} }}}}, text in quotes"),
    }
}
