//! State of one rendering: variables, state of tags, and resource usage.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use super::cycles::Cycles;
use super::limits::{Limit, MAX_BYTES, MAX_ITERATIONS};
use super::scope::{Scope, loop_value};
use super::value::Value;
use super::variables::Variables;

/// Reason for leaving the current block.
#[derive(Debug)]
pub(super) enum Stop {
    /// A filter or a tag failed on its input.
    Failed { offset: usize, message: String },
    /// A limit was exceeded.
    Limit(Limit),
    /// `break` or `continue`.
    Jump(Jump),
}

impl Stop {
    pub(super) fn failed(offset: usize, message: impl fmt::Display) -> Self {
        Self::Failed {
            offset,
            message: message.to_string(),
        }
    }
}

/// Effect of a `break` or `continue`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupt {
    Break,
    Continue,
}

/// A `break` or `continue` with its byte offset in the template.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jump {
    pub(super) interrupt: Interrupt,
    pub(super) offset: usize,
}

impl fmt::Display for Jump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.interrupt {
            Interrupt::Break => "{% break %}",
            Interrupt::Continue => "{% continue %}",
        })
    }
}

/// State of a rendering. A name that does not exist, at any depth, is undefined.
pub(super) struct Rendering<'v> {
    variables: &'v dyn Variables,
    scopes: Vec<Scope<'v>>,
    assigned: HashMap<&'v str, Value<'v>>,
    counters: HashMap<&'v str, i64>,
    /// End of each loop, by its title; `offset: continue` starts there.
    loop_ends: HashMap<String, usize>,
    pub(super) cycles: Cycles,
    /// Text that the last `ifchanged` printed.
    pub(super) last_printed: Option<String>,
    iterations: u64,
    bytes: u64,
}

impl<'v> Rendering<'v> {
    pub(super) fn new(variables: &'v dyn Variables) -> Self {
        Self {
            variables,
            scopes: Vec::new(),
            assigned: HashMap::new(),
            counters: HashMap::new(),
            loop_ends: HashMap::new(),
            cycles: Cycles::default(),
            last_printed: None,
            iterations: 0,
            bytes: 0,
        }
    }

    /// Looks up a name: loop variables, assigned ones, the context, counters, in this order.
    pub(super) fn get(&self, name: &str) -> Option<Value<'v>> {
        for (index, scope) in self.scopes.iter().enumerate().rev() {
            if scope.name == name {
                return Some(scope.item.clone());
            }
            if scope.loop_name() == name {
                return loop_value(&self.scopes[..=index]);
            }
        }
        if let Some(value) = self.assigned.get(name) {
            return Some(value.clone());
        }
        if let Some(value) = self.variables.get(name) {
            return Some(Value::from_json(value));
        }
        self.counters.get(name).copied().map(Value::integer)
    }

    pub(super) fn assign(&mut self, name: &'v str, value: Value<'v>) {
        self.assigned.insert(name, value);
    }

    /// Adds to a counter, which starts at 0. Returns its values before and after.
    pub(super) fn count(&mut self, name: &'v str, by: i64) -> (i64, i64) {
        let counter = self.counters.entry(name).or_default();
        let before = *counter;
        *counter = counter.saturating_add(by);
        (before, *counter)
    }

    /// Renders with the variables of a loop iteration.
    pub(super) fn in_scope<T>(
        &mut self,
        scope: Scope<'v>,
        render: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.scopes.push(scope);
        let rendered = render(self);
        self.scopes.pop();
        rendered
    }

    pub(super) fn loop_end(&self, name: &str) -> usize {
        self.loop_ends.get(name).copied().unwrap_or(0)
    }

    pub(super) fn set_loop_end(&mut self, name: &str, end: usize) {
        match self.loop_ends.get_mut(name) {
            Some(known) => *known = end,
            None => {
                self.loop_ends.insert(name.to_owned(), end);
            }
        }
    }

    /// Counts one loop iteration.
    ///
    /// # Errors
    /// If there were too many.
    pub(super) fn count_iteration(&mut self) -> Result<(), Stop> {
        self.iterations += 1;
        match self.iterations > MAX_ITERATIONS {
            true => Err(Stop::Limit(Limit::Iterations(MAX_ITERATIONS))),
            false => Ok(()),
        }
    }

    /// Counts bytes that were printed or created.
    ///
    /// # Errors
    /// If there were too many.
    pub(super) fn count_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        match self.bytes > MAX_BYTES {
            true => Err(Stop::Limit(Limit::Output(MAX_BYTES))),
            false => Ok(()),
        }
    }

    pub(super) fn print(&mut self, output: &mut Output, text: &str) -> Result<(), Stop> {
        self.count_bytes(text.len())?;
        output.push(text);
        Ok(())
    }

    /// Prints a value as `{{ … }}` does.
    pub(super) fn print_value(
        &mut self,
        output: &mut Output,
        value: &Value<'_>,
    ) -> Result<(), Stop> {
        if let Value::Text(text) = value {
            return self.print(output, text.as_str());
        }
        let before = output.text.len();
        write!(output.text, "{value}").expect("writing into a String does not fail");
        let printed = output.text.len() - before;
        if output.is_discarded {
            output.text.clear();
        }
        self.count_bytes(printed)
    }
}

/// Output buffer.
#[derive(Default)]
pub(super) struct Output {
    text: String,
    is_discarded: bool,
}

impl Output {
    /// Output that is thrown away.
    pub(super) fn discarded() -> Self {
        Self {
            is_discarded: true,
            ..Self::default()
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn push(&mut self, text: &str) {
        if !self.is_discarded {
            self.text.push_str(text);
        }
    }
}
