//! The state of one rendering: where names are looked up, what tags have set, and how much it may still cost.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};
use std::sync::Arc;

use liquid_core::error::{Error, Result};
use liquid_core::model::{KString, KStringCow, KStringRef, ScalarCow, Value, ValueCow, ValueView};
use liquid_core::runtime::{PartialStore, Registers};
use liquid_core::{Renderable, Runtime};

use super::error::Limit;
use super::model::walk;
use super::names;
use super::view::{Json, Undefined};
use super::{Variables, model};

/// The most rounds that the loops of one rendering may make together.
const MOST_ROUNDS: u64 = 1_000_000;

/// The most bytes that one rendering may print, put into variables and get from filters, together.
const MOST_BYTES: u64 = 1 << 28;

/// One rendering. Names that are nowhere, at any depth, read as nothing.
pub(super) struct Rendering<'v> {
    variables: &'v dyn Variables,
    assigned: RefCell<HashMap<KString, Value>>,
    counters: RefCell<HashMap<KString, Value>>,
    registers: Registers,
}

impl<'v> Rendering<'v> {
    pub(super) fn new(variables: &'v dyn Variables) -> Self {
        Self {
            variables,
            assigned: RefCell::default(),
            counters: RefCell::default(),
            registers: Registers::default(),
        }
    }
}

impl Runtime for Rendering<'_> {
    fn partials(&self) -> &dyn PartialStore {
        &NoPartials
    }

    fn name(&self) -> Option<KStringRef<'_>> {
        None
    }

    fn roots(&self) -> BTreeSet<KStringCow<'_>> {
        BTreeSet::new()
    }

    fn try_get(&self, path: &[ScalarCow<'_>]) -> Option<ValueCow<'_>> {
        let (name, rest) = path.split_first()?;
        let name = name.to_kstr();
        if let Some(value) = self.assigned.borrow().get(name.as_str()) {
            let found = walk(value.as_view(), rest)?;
            return (!found.is_nil()).then(|| ValueCow::Owned(found.into_owned()));
        }
        if let Some(value) = self.variables.get(&names::decode(&name)) {
            return walk(Json::of(value), rest);
        }
        let counters = self.counters.borrow();
        let found = walk(counters.get(name.as_str())?.as_view(), rest)?;
        Some(ValueCow::Owned(found.into_owned()))
    }

    fn get(&self, path: &[ScalarCow<'_>]) -> Result<ValueCow<'_>> {
        Ok(self.try_get(path).unwrap_or(ValueCow::Borrowed(&Undefined)))
    }

    fn set_global(&self, name: KString, value: Value) -> Option<Value> {
        self.assigned.borrow_mut().insert(name, value)
    }

    fn set_index(&self, name: KString, value: Value) -> Option<Value> {
        self.counters.borrow_mut().insert(name, value)
    }

    fn get_index<'a>(&'a self, name: &str) -> Option<ValueCow<'a>> {
        self.counters
            .borrow()
            .get(name)
            .map(|value| ValueCow::Owned(value.clone()))
    }

    fn registers(&self) -> &Registers {
        &self.registers
    }
}

/// One round of a loop: the item under its name, and `forloop`.
pub(super) struct Round<'r> {
    pub(super) parent: &'r dyn Runtime,
    pub(super) name: &'r str,
    pub(super) item: &'r dyn ValueView,
    pub(super) index: usize,
    pub(super) length: usize,
}

impl Round<'_> {
    fn forloop(&self, rest: &[ScalarCow<'_>]) -> Option<ValueCow<'_>> {
        let Some((key, rest)) = rest.split_first() else {
            let entries = [
                "index", "index0", "rindex", "rindex0", "first", "last", "length",
            ];
            let entries = entries
                .into_iter()
                .filter_map(|key| Some((key.to_owned(), self.property(key)?)));
            return Some(ValueCow::Owned(model::object(entries)));
        };
        let key = key.to_kstr();
        if key == "parentloop" {
            let mut path = vec![ScalarCow::new("forloop")];
            path.extend(rest.iter().cloned());
            let found = self.parent.try_get(&path)?;
            return Some(ValueCow::Owned(found.into_owned()));
        }
        rest.is_empty().then_some(())?;
        self.property(&key).map(ValueCow::Owned)
    }

    fn property(&self, key: &str) -> Option<Value> {
        let number = |number: usize| Value::scalar(number as i64);
        Some(match key {
            "index" => number(self.index + 1),
            "index0" => number(self.index),
            "rindex" => number(self.length - self.index),
            "rindex0" => number(self.length - self.index - 1),
            "first" => Value::scalar(self.index == 0),
            "last" => Value::scalar(self.index + 1 == self.length),
            "length" => number(self.length),
            _ => return None,
        })
    }
}

impl Runtime for Round<'_> {
    fn partials(&self) -> &dyn PartialStore {
        self.parent.partials()
    }

    fn name(&self) -> Option<KStringRef<'_>> {
        self.parent.name()
    }

    fn roots(&self) -> BTreeSet<KStringCow<'_>> {
        self.parent.roots()
    }

    fn try_get(&self, path: &[ScalarCow<'_>]) -> Option<ValueCow<'_>> {
        let (name, rest) = path.split_first()?;
        let name = name.to_kstr();
        if name == self.name {
            walk(self.item, rest)
        } else if name == "forloop" {
            self.forloop(rest)
        } else {
            self.parent.try_get(path)
        }
    }

    fn get(&self, path: &[ScalarCow<'_>]) -> Result<ValueCow<'_>> {
        Ok(self.try_get(path).unwrap_or(ValueCow::Borrowed(&Undefined)))
    }

    fn set_global(&self, name: KString, value: Value) -> Option<Value> {
        self.parent.set_global(name, value)
    }

    fn set_index(&self, name: KString, value: Value) -> Option<Value> {
        self.parent.set_index(name, value)
    }

    fn get_index<'a>(&'a self, name: &str) -> Option<ValueCow<'a>> {
        self.parent.get_index(name)
    }

    fn registers(&self) -> &Registers {
        self.parent.registers()
    }
}

/// What a rendering has cost so far.
#[derive(Default)]
struct Cost {
    rounds: u64,
    bytes: u64,
    over: Option<Limit>,
}

/// Counts one round of a loop.
///
/// # Errors
/// When the rendering has made too many.
pub(super) fn spend_round(runtime: &dyn Runtime) -> Result<()> {
    let mut cost = runtime.registers().get_mut::<Cost>();
    cost.rounds += 1;
    if cost.rounds > MOST_ROUNDS {
        cost.over = Some(Limit::Rounds(MOST_ROUNDS));
        return Err(Error::with_msg("too many rounds"));
    }
    Ok(())
}

/// Counts bytes that are printed or made.
///
/// # Errors
/// When the rendering has made too many.
pub(super) fn spend_bytes(runtime: &dyn Runtime, bytes: usize) -> Result<()> {
    let mut cost = runtime.registers().get_mut::<Cost>();
    cost.bytes = cost.bytes.saturating_add(bytes as u64);
    if cost.bytes > MOST_BYTES {
        cost.over = Some(Limit::Output(MOST_BYTES));
        return Err(Error::with_msg("too much output"));
    }
    Ok(())
}

/// Text that counts against what a rendering may cost.
pub(super) struct Output<'r> {
    bytes: Vec<u8>,
    runtime: &'r dyn Runtime,
}

impl<'r> Output<'r> {
    pub(super) fn new(runtime: &'r dyn Runtime) -> Self {
        Self {
            bytes: Vec::new(),
            runtime,
        }
    }

    pub(super) fn into_text(self) -> Result<String> {
        String::from_utf8(self.bytes).map_err(|_| Error::with_msg("the output is not text"))
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        spend_bytes(self.runtime, bytes.len()).map_err(|_| io::Error::other("too much output"))?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The limit that stopped a rendering, if one did.
pub(super) fn limit_reached(runtime: &dyn Runtime) -> Option<Limit> {
    runtime.registers().get_mut::<Cost>().over
}

/// Recipes are whole in themselves: templates include nothing.
#[derive(Debug)]
struct NoPartials;

impl PartialStore for NoPartials {
    fn contains(&self, _: &str) -> bool {
        false
    }

    fn names(&self) -> Vec<&str> {
        Vec::new()
    }

    fn try_get(&self, _: &str) -> Option<Arc<dyn Renderable>> {
        None
    }

    fn get(&self, _: &str) -> Result<Arc<dyn Renderable>> {
        Err(Error::with_msg("templates cannot include others"))
    }
}
