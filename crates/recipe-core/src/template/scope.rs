//! The names of one round of a loop: its item, and its place under `forloop` or `tablerowloop`.

use std::sync::Arc;

use super::value::{Object, Value};

/// A round of a loop.
pub(super) struct Scope<'v> {
    /// The name of the item.
    pub(super) name: &'v str,
    pub(super) item: Value<'v>,
    pub(super) index: usize,
    pub(super) length: usize,
    pub(super) kind: LoopKind<'v>,
}

pub(super) enum LoopKind<'v> {
    /// With the loop as it is written, `item-list`.
    For(&'v str),
    Table(Cell),
}

/// The place of an item in a table, from 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) is_last_in_row: bool,
}

impl<'v> Scope<'v> {
    pub(super) fn loop_name(&self) -> &'static str {
        match self.kind {
            LoopKind::For(_) => "forloop",
            LoopKind::Table(_) => "tablerowloop",
        }
    }

    /// The value under the name of the loop; `parent` is that of the loop around.
    fn loop_value(&self, parent: Option<Value<'v>>) -> Value<'v> {
        let Self { index, length, .. } = *self;
        let mut entries = vec![
            ("length", Value::count(length)),
            ("index", Value::count(index + 1)),
            ("index0", Value::count(index)),
            ("rindex", Value::count(length - index)),
            ("rindex0", Value::count(length - index - 1)),
            ("first", Value::Bool(index == 0)),
            ("last", Value::Bool(index + 1 == length)),
        ];
        match self.kind {
            LoopKind::For(title) => {
                entries.insert(0, ("name", Value::borrowed(title)));
                entries.push(("parentloop", parent.unwrap_or(Value::Undefined)));
            }
            LoopKind::Table(cell) => entries.extend([
                ("col", Value::count(cell.column + 1)),
                ("col0", Value::count(cell.column)),
                ("col_first", Value::Bool(cell.column == 0)),
                ("col_last", Value::Bool(cell.is_last_in_row)),
                ("row", Value::count(cell.row + 1)),
            ]),
        }
        Value::Object(Object::Shared(Arc::new(entries)))
    }
}

/// The value of the innermost of some loops, the outermost first.
pub(super) fn loop_value<'v>(loops: &[Scope<'v>]) -> Option<Value<'v>> {
    loops
        .iter()
        .fold(None, |parent, scope| Some(scope.loop_value(parent)))
}
