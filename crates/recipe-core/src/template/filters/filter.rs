//! Filter: its declaration, arguments and errors.

use std::fmt;

use crate::template::compare::Unordered;
use crate::template::limits::MAX_RESULT;
use crate::template::number::ArithmeticError;
use crate::template::printing;
use crate::template::value::Value;

/// Declaration of a filter.
pub(in crate::template) struct Declaration {
    pub(in crate::template) name: &'static str,
    /// Minimum and maximum number of positional arguments.
    pub(in crate::template) arguments: (usize, usize),
    /// Names of named arguments.
    pub(in crate::template) named: &'static [&'static str],
    pub(in crate::template) apply: Apply,
}

type Apply = for<'v> fn(&Value<'v>, &Arguments<'v>) -> Result<Value<'v>, FilterError>;

impl Declaration {
    pub(super) const fn new(name: &'static str, arguments: (usize, usize), apply: Apply) -> Self {
        Self {
            name,
            arguments,
            named: &[],
            apply,
        }
    }

    pub(super) const fn named(mut self, named: &'static [&'static str]) -> Self {
        self.named = named;
        self
    }
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Error of applying a filter.
#[derive(Debug)]
pub(in crate::template) struct FilterError(String);

impl FilterError {
    pub(super) fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ArithmeticError> for FilterError {
    fn from(error: ArithmeticError) -> Self {
        Self::new(error)
    }
}

impl From<Unordered> for FilterError {
    fn from(kinds: Unordered) -> Self {
        Self::new(kinds)
    }
}

/// Evaluated arguments of a filter, without its input.
pub(in crate::template) struct Arguments<'v> {
    pub(in crate::template) positional: Vec<Value<'v>>,
    pub(in crate::template) named: Vec<(&'static str, Value<'v>)>,
}

impl<'v> Arguments<'v> {
    /// Returns an argument if it was given; null counts as given.
    pub(super) fn get(&self, index: usize) -> Option<&Value<'v>> {
        self.positional.get(index)
    }

    /// Returns an argument if it was given and is not null.
    pub(super) fn some(&self, index: usize) -> Option<&Value<'v>> {
        self.get(index).filter(|value| !value.is_nil())
    }

    /// Converts an argument to a string; empty for null.
    pub(super) fn text(&self, index: usize) -> String {
        let argument = self.get(index);
        argument
            .map(|value| printing::text(value).into_owned())
            .unwrap_or_default()
    }

    pub(super) fn named(&self, name: &str) -> Option<&Value<'v>> {
        let (_, value) = self.named.iter().find(|(given, _)| *given == name)?;
        Some(value)
    }

    /// Converts an argument to an integer, or returns the default if it was not given.
    pub(super) fn integer(&self, index: usize, default: i64) -> Result<i64, FilterError> {
        match self.get(index) {
            None => Ok(default),
            Some(Value::Undefined) => Err(not_an_integer(&Value::Undefined)),
            Some(value) => value
                .to_integer()
                .map(|number| number.as_i64_clamped())
                .ok_or_else(|| not_an_integer(value)),
        }
    }
}

pub(super) fn not_an_integer(value: &Value<'_>) -> FilterError {
    FilterError::new(format_args!("expected an integer, found {}", value.kind()))
}

/// Checks the size of a result before it is created.
pub(super) fn check_size(bytes: Option<usize>) -> Result<(), FilterError> {
    match bytes {
        Some(bytes) if bytes <= MAX_RESULT => Ok(()),
        _ => Err(FilterError::new(format_args!(
            "result too large: over {MAX_RESULT} bytes"
        ))),
    }
}
