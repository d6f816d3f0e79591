//! The state of one rendering: where names are looked up, and what tags have set.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use liquid_core::error::{Error, Result};
use liquid_core::model::{KString, KStringCow, KStringRef, ScalarCow, Value, ValueCow, ValueView};
use liquid_core::runtime::{PartialStore, Registers};
use liquid_core::{Renderable, Runtime};

use super::model::walk;
use super::names;
use super::view::{Json, Undefined};
use super::{Variables, model};

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

/// One round of a loop: the item under its name, and `forloop`, or `tablerowloop` where it is a cell.
pub(super) struct Round<'r> {
    pub(super) parent: &'r dyn Runtime,
    pub(super) name: &'r str,
    pub(super) item: &'r dyn ValueView,
    pub(super) index: usize,
    pub(super) length: usize,
    pub(super) cell: Option<Cell>,
}

/// Where an item stands in a table, from 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) is_last_in_row: bool,
}

impl Round<'_> {
    fn loop_name(&self) -> &'static str {
        match self.cell {
            None => "forloop",
            Some(_) => "tablerowloop",
        }
    }

    fn of_loop(&self, rest: &[ScalarCow<'_>]) -> Option<ValueCow<'_>> {
        let Some((key, rest)) = rest.split_first() else {
            let entries = [
                "index", "index0", "rindex", "rindex0", "first", "last", "length",
            ];
            let of_cell = ["col", "col0", "col_first", "col_last", "row"];
            let of_cell = of_cell.into_iter().filter(|_| self.cell.is_some());
            let entries = entries
                .into_iter()
                .chain(of_cell)
                .filter_map(|key| Some((key.to_owned(), self.property(key)?)));
            return Some(ValueCow::Owned(model::object(entries)));
        };
        let key = key.to_kstr();
        if key == "parentloop" && self.cell.is_none() {
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
            _ => return self.cell?.property(key),
        })
    }
}

impl Cell {
    fn property(self, key: &str) -> Option<Value> {
        let number = |number: usize| Value::scalar(number as i64);
        Some(match key {
            "col" => number(self.column + 1),
            "col0" => number(self.column),
            "col_first" => Value::scalar(self.column == 0),
            "col_last" => Value::scalar(self.is_last_in_row),
            "row" => number(self.row + 1),
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
        } else if name == self.loop_name() {
            self.of_loop(rest)
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
