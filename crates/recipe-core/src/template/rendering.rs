//! The state of one rendering: the names it knows, what tags remember, and what it has cost.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use super::Variables;
use super::cycles::Cycles;
use super::error::Limit;
use super::scope::{Scope, loop_value};
use super::tags::Jump;
use super::value::Value;

/// The most rounds that the loops of one rendering may make together.
pub(super) const MAX_ROUNDS: u64 = 1_000_000;

/// The most bytes that one rendering may print, put into variables and get from filters, together.
const MAX_BYTES: u64 = 1 << 28;

/// The reason for which a rendering does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// A filter or a tag refused what it was given.
    Failed { offset: usize, message: String },
    /// It cost too much.
    Limit(Limit),
    /// A loop is left, or goes on with its next round.
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

/// A rendering. A name that does not exist, at any depth, is nothing.
pub(super) struct Rendering<'v> {
    variables: &'v dyn Variables,
    scopes: Vec<Scope<'v>>,
    assigned: HashMap<&'v str, Value<'v>>,
    counters: HashMap<&'v str, i64>,
    /// End of each loop, by its name; `offset: continue` goes on from there.
    loop_ends: HashMap<String, usize>,
    pub(super) cycles: Cycles,
    /// Text that the last `ifchanged` printed.
    pub(super) last_printed: Option<String>,
    rounds: u64,
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
            rounds: 0,
            bytes: 0,
        }
    }

    /// The value of a name: of a loop, assigned, of the context, or a counter, in this order.
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
            return Some(Value::of(value));
        }
        self.counters.get(name).copied().map(Value::integer)
    }

    pub(super) fn assign(&mut self, name: &'v str, value: Value<'v>) {
        self.assigned.insert(name, value);
    }

    /// Adds to a counter, which begins at 0, and gives what it was before and what it is now.
    pub(super) fn count(&mut self, name: &'v str, by: i64) -> (i64, i64) {
        let counter = self.counters.entry(name).or_default();
        let before = *counter;
        *counter = counter.saturating_add(by);
        (before, *counter)
    }

    /// Renders with the names of a round.
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

    /// Counts one round of a loop.
    ///
    /// # Errors
    /// When there were too many.
    pub(super) fn spend_round(&mut self) -> Result<(), Stop> {
        self.rounds += 1;
        match self.rounds > MAX_ROUNDS {
            true => Err(Stop::Limit(Limit::Rounds(MAX_ROUNDS))),
            false => Ok(()),
        }
    }

    /// Counts bytes that are printed or made.
    ///
    /// # Errors
    /// When there were too many.
    pub(super) fn spend_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        match self.bytes > MAX_BYTES {
            true => Err(Stop::Limit(Limit::Output(MAX_BYTES))),
            false => Ok(()),
        }
    }

    pub(super) fn print(&mut self, output: &mut Output, text: &str) -> Result<(), Stop> {
        self.spend_bytes(text.len())?;
        output.push(text);
        Ok(())
    }

    /// Prints a value the way `{{ … }}` does.
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
        self.spend_bytes(printed)
    }
}

/// Text that is being printed.
#[derive(Default)]
pub(super) struct Output {
    text: String,
    is_discarded: bool,
}

impl Output {
    /// Output that nobody reads.
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
