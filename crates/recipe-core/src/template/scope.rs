//! Variables of a loop iteration: its item, and `forloop` or `tablerowloop`.

use std::sync::Arc;

use super::value::{Object, Value};

/// Variables of a loop iteration.
pub(super) struct Scope<'v> {
    /// Name of the loop variable.
    pub(super) name: &'v str,
    pub(super) item: Value<'v>,
    pub(super) index: usize,
    pub(super) length: usize,
    pub(super) kind: LoopKind<'v>,
}

pub(super) enum LoopKind<'v> {
    /// Title of the loop, `item-list`.
    For(&'v str),
    Table(Cell),
}

/// Position of an item in a table, from 0.
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

    /// Value of `forloop` or `tablerowloop`; `parent` is that of the enclosing loop.
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

/// Returns the loop object of the innermost loop; `loops` are ordered outermost first.
pub(super) fn loop_value<'v>(loops: &[Scope<'v>]) -> Option<Value<'v>> {
    loops
        .iter()
        .fold(None, |parent, scope| Some(scope.loop_value(parent)))
}
