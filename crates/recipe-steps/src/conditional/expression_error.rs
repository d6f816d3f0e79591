//! Errors of expressions.

/// Error of an expression with its column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpressionError {
    /// The error.
    pub problem: ExpressionProblem,
    /// Column in characters, from 1.
    pub column: usize,
}

impl std::fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.problem {
            // These have no single column, or the name shows it.
            ExpressionProblem::UnknownName { .. } | ExpressionProblem::TooMuchWork => {
                write!(f, "{}", self.problem)
            }
            _ => write!(f, "{} (column {})", self.problem, self.column),
        }
    }
}

impl std::error::Error for ExpressionError {}

/// Kind of error in an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionProblem {
    /// An operator of another language.
    #[error("unexpected `{found}`, use `{instead}`")]
    WrongOperator {
        /// The operator.
        found: String,
        /// Equivalent operator.
        instead: &'static str,
    },
    /// A character that is not part of the syntax.
    #[error("unexpected `{character}`")]
    UnexpectedCharacter {
        /// The character.
        character: char,
    },
    /// A string without a closing quote.
    #[error("missing closing quote")]
    UnclosedString,
    /// An escape sequence that is not valid in Python.
    #[error("invalid escape `{escape}`")]
    InvalidEscape {
        /// The escape sequence.
        escape: String,
    },
    /// Malformed number.
    #[error("invalid number `{text}`")]
    InvalidNumber {
        /// Source of the number.
        text: String,
    },
    /// An integer beyond 128 bits.
    #[error("integer out of range: over 38 digits")]
    IntegerOutOfRange,
    /// Unexpected token.
    #[error("unexpected `{found}`, expected {expected}")]
    Unexpected {
        /// The token.
        found: String,
        /// Description of the expected token.
        expected: &'static str,
    },
    /// The expression is incomplete.
    #[error("unexpected end of condition, expected {expected}")]
    UnexpectedEnd {
        /// Description of the expected token.
        expected: &'static str,
    },
    /// `is not(…)`, which is ambiguous.
    #[error("ambiguous `is not(`: add a space before `(`, or use `!=`")]
    IsNotCall,
    /// Unknown name: most likely a string without quotes, or an artifact without braces.
    #[error("unknown name {name}: {}", advice(name))]
    UnknownName {
        /// The name.
        name: String,
    },
    /// Unknown function.
    #[error("unknown function: {name}{}", nearest.as_ref().map(|name| format!(", did you mean {name}?")).unwrap_or_default())]
    UnknownFunction {
        /// The name.
        name: String,
        /// Most similar function.
        nearest: Option<&'static str>,
    },
    /// A function name without arguments.
    #[error("missing arguments of {name}(…)")]
    NotCalled {
        /// The function.
        name: String,
    },
    /// Wrong number of arguments.
    #[error("{function}(…): expected {expected} argument{}, found {given}", if *.expected == 1 { "" } else { "s" })]
    Arguments {
        /// The function.
        function: &'static str,
        /// Expected number of arguments.
        expected: usize,
        /// Actual number of arguments.
        given: usize,
    },
    /// Operands of kinds that the operator does not support.
    #[error("`{operator}` is not supported between {left} and {right}")]
    UnsupportedOperands {
        /// The operator.
        operator: &'static str,
        /// Kind of the left operand.
        left: &'static str,
        /// Kind of the right operand.
        right: &'static str,
    },
    /// Operand of a kind that the unary operator does not support.
    #[error("`{operator}` is not supported for {kind}")]
    UnsupportedOperand {
        /// The operator.
        operator: &'static str,
        /// Kind of the operand.
        kind: &'static str,
    },
    /// `is` without `None`, `True` or `False`.
    #[error("`{operator}` only compares with None, True and False, use `{instead}`")]
    Identity {
        /// The operator.
        operator: &'static str,
        /// Operator that compares values.
        instead: &'static str,
    },
    /// A value that cannot be the key of an object.
    #[error("{kind} cannot be a key of an object")]
    InvalidKey {
        /// Kind of the value.
        kind: &'static str,
    },
    /// Subscript without an element.
    #[error("element not found in {container}")]
    ElementNotFound {
        /// Kind of the container.
        container: &'static str,
    },
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A result that is not representable.
    #[error("result of `{operator}` is too large or not a real number")]
    ResultOutOfRange {
        /// The operator.
        operator: &'static str,
    },
    /// Evaluation exceeds the work limit.
    #[error("too expensive to evaluate")]
    TooMuchWork,
}

/// Advice for an unknown name.
fn advice(name: &str) -> String {
    let lower = name.to_lowercase();
    match ["True", "False", "None"].into_iter().find(|word| {
        lower == word.to_lowercase() || (*word == "None" && ["nil", "null"].contains(&&*lower))
    }) {
        Some(word) => format!("use {word}"),
        None => format!("write artifacts as {{{{ {name} }}}} and strings in quotes"),
    }
}

/// Shortens source text for a message to `max` characters.
pub(super) fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
