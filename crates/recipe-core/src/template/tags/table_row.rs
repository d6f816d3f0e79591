//! `tablerow`: a cell of an HTML table for each item, in rows of so many.
//!
//! The library's own reads all numbers of a range into memory first, however many, and divides by the number of columns,
//! whatever it is.

use std::io::Write;

use liquid_core::error::Result;
use liquid_core::model::KString;
use liquid_core::runtime::Template;
use liquid_core::{
    BlockReflection, Language, ParseBlock, Renderable, Runtime, TagBlock, TagTokenIter,
};

use super::for_loop::interrupted;
use super::items::{Items, Rendered};
use super::{Named, expect_name, write_error};
use crate::template::filters::integer;
use crate::template::runtime::{Cell, Round};

#[derive(Clone)]
pub(super) struct TableRowBlock;

impl ParseBlock for TableRowBlock {
    fn parse(
        &self,
        mut arguments: TagTokenIter<'_>,
        mut block: TagBlock<'_, '_>,
        options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        let name = expect_name(&mut arguments)?;
        let items = Items::parse(&mut arguments, Some("cols"))?;
        let body = Template::new(block.parse_all(options)?);
        Ok(Box::new(TableRow { name, items, body }))
    }

    fn reflection(&self) -> &dyn BlockReflection {
        &Named {
            start: "tablerow",
            end: "endtablerow",
        }
    }
}

#[derive(Debug)]
struct TableRow {
    name: KString,
    items: Items,
    body: Template,
}

impl Renderable for TableRow {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let columns = self.columns(runtime)?;
        let rendered = self.items.each(runtime, &mut |item| {
            // Without columns, or with a number that is none, all stand in one row.
            let in_row = columns.unwrap_or(item.length);
            let cell = Cell {
                row: item.index / in_row,
                column: item.index % in_row,
                is_last_in_row: item.index % in_row + 1 == in_row,
            };
            let round = Round {
                parent: runtime,
                name: &self.name,
                item: item.value,
                index: item.index,
                length: item.length,
                cell: Some(cell),
            };
            if item.index == 0 {
                writer
                    .write_all(b"<tr class=\"row1\">\n")
                    .map_err(write_error)?;
            }
            write!(writer, "<td class=\"col{}\">", cell.column + 1).map_err(write_error)?;
            self.body.render_to(writer, &round)?;
            let then = interrupted(runtime);
            writer.write_all(b"</td>").map_err(write_error)?;
            if cell.is_last_in_row && item.index + 1 < item.length {
                let row = cell.row + 2;
                write!(writer, "</tr>\n<tr class=\"row{row}\">").map_err(write_error)?;
            }
            Ok(then)
        })?;
        match rendered {
            Rendered::Nothing => Ok(()),
            Rendered::Something => writer.write_all(b"</tr>\n").map_err(write_error),
        }
    }
}

impl TableRow {
    fn columns(&self, runtime: &dyn Runtime) -> Result<Option<usize>> {
        let Some(columns) = &self.items.columns else {
            return Ok(None);
        };
        let value = columns.evaluate(runtime)?;
        let columns = integer(value.as_view()).and_then(|columns| usize::try_from(columns).ok());
        Ok(columns.filter(|columns| *columns > 0))
    }
}
