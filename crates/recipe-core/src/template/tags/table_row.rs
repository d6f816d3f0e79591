//! `tablerow`: renders an HTML table cell for each item, in rows of `cols` cells.

use super::items::Items;
use crate::template::names::Names;
use crate::template::node::{Block, Node, Render};
use crate::template::rendering::{Interrupt, Output, Rendering, Stop};
use crate::template::scope::{Cell, LoopKind, Scope};
use crate::template::syntax::{Parser, SyntaxError, Tag};

/// A `tablerow` loop.
#[derive(Debug)]
pub(super) struct TableRow {
    items: Items,
    body: Block,
}

impl TableRow {
    pub(super) fn parse<'t>(
        tag: Tag<'t>,
        parser: &mut Parser<'_, 't>,
    ) -> Result<Node, SyntaxError> {
        let items = Items::parse(tag, Some("cols"))?;
        let (body, _) = parser.content(tag, &["endtablerow"])?;
        Ok(Node::from_tag(Self { items, body }))
    }

    fn columns<'v>(&'v self, rendering: &Rendering<'v>) -> Option<usize> {
        let columns = self.items.columns.as_ref()?.evaluate(rendering);
        let columns = usize::try_from(columns.to_integer()?.as_i64_clamped()).ok()?;
        (columns > 0).then_some(columns)
    }
}

impl Render for TableRow {
    fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let columns = self.columns(rendering);
        let cells = self.items.for_each(rendering, &mut |rendering, item| {
            // Without `cols`, all cells are in one row.
            let in_row = columns.unwrap_or(item.length);
            let cell = Cell {
                row: item.index / in_row,
                column: item.index % in_row,
                is_last_in_row: item.index % in_row + 1 == in_row,
            };
            let (index, length) = (item.index, item.length);
            if index == 0 {
                rendering.print(output, "<tr class=\"row1\">\n")?;
            }
            rendering.print(output, &format!("<td class=\"col{}\">", cell.column + 1))?;
            let scope = Scope {
                name: &self.items.name,
                item: item.value,
                index,
                length,
                kind: LoopKind::Table(cell),
            };
            let rendered =
                rendering.in_scope(scope, |rendering| self.body.render(rendering, output));
            let then = match rendered {
                Err(Stop::Jump(jump)) => jump.interrupt,
                rendered => rendered.map(|()| Interrupt::Continue)?,
            };
            rendering.print(output, "</td>")?;
            if cell.is_last_in_row && index + 1 < length {
                let row = format!("</tr>\n<tr class=\"row{}\">", cell.row + 2);
                rendering.print(output, &row)?;
            }
            Ok(then)
        })?;
        match cells {
            0 => Ok(()),
            _ => rendering.print(output, "</tr>\n"),
        }
    }

    fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        self.items.visit_names(names);
        self.body.visit_names(names);
    }
}
