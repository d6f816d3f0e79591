//! What is wrong, for people: each thing with its lines of the text, what it is about underlined, and what to write
//! instead.

use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Renderer, Snippet, renderer::DecorStyle,
};
use recipe_lint::{Code, Diagnostic, Linted, Severity};

use super::excerpt::Excerpt;
use super::report::Report;
use crate::terminal::one_line::one_line;
use crate::terminal::printer::{Look, Printer};

/// More of one file than this is counted, not shown.
const SHOWN: usize = 20;

/// Prints everything, and how much it is.
pub(crate) fn print(report: &Report, printer: &Printer) {
    let renderer = match printer.has_colour() {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    // Excerpts are cut to a fitting width already.
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(1000);
    for file in report.files() {
        for found in file.diagnostics.iter().take(SHOWN) {
            printer.block(&block(file, found, &renderer));
        }
        let more = file.diagnostics.len().saturating_sub(SHOWN);
        if more > 0 {
            let text = format!("{more} more problems in {}", file.file.display());
            printer.line("note:", Look::Faint, &text);
        }
    }
    summary(report, printer);
}

/// One thing that is wrong, followed by an empty line.
fn block(file: &Linted, found: &Diagnostic, renderer: &Renderer) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = one_line(&found.message);
    let path = found.file.to_string_lossy();
    let origin = Origin::path(one_line(&path));
    let title = level.clone().primary_title(&*message).id(found.code.name());
    let head = Group::with_title(title);
    if found.code == Code::Unreadable {
        return format!("{}\n\n", renderer.render(&[head.element(origin)]));
    }
    // Where a line is cut the library cannot tell the column, so the place stands in a group of its own.
    let place = origin
        .line(found.start.line)
        .char_column(found.start.column);
    let Excerpt { text, span } = Excerpt::of(&file.text, &found.span);
    let snippet = Snippet::source(text).line_start(found.start.line);
    let annotation = AnnotationKind::Primary.span(span);
    let mut body = Group::with_level(level).element(snippet.annotation(annotation));
    if let Some(suggestion) = &found.suggestion {
        let help = format!("did you mean `{suggestion}`?");
        body = body.element(Level::HELP.message(one_line(&help).into_owned()));
    }
    let rendered = renderer.render(&[head.element(place), body]);
    // Behind the message and the place there is an empty line at the end of one group and at the start of the other.
    let lines = rendered.split_inclusive('\n').enumerate();
    let lines: String = lines
        .filter(|(index, _)| *index != 2)
        .map(|(_, line)| line)
        .collect();
    format!("{lines}\n\n")
}

/// The last line. Where all is well only a person is told.
fn summary(report: &Report, printer: &Printer) {
    let files = report.files().len();
    let bad = report
        .files()
        .iter()
        .filter(|file| !file.diagnostics.is_empty());
    let errors = counted(report.count(Severity::Error), "error");
    let warnings = counted(report.count(Severity::Warning), "warning");
    let text = match bad.count() {
        0 if files == 0 => return printer.line("note:", Look::Faint, "no recipes found"),
        0 if !printer.is_terminal() => return,
        0 if files == 1 => "1 file is valid".to_owned(),
        0 => format!("{files} files are valid"),
        bad => {
            let found: Vec<String> = [errors, warnings].into_iter().flatten().collect();
            let of = if files == 1 { "file" } else { "files" };
            format!("{} in {bad} of {files} {of}", found.join(", "))
        }
    };
    printer.block(&format!("{text}\n"));
}

/// How many there are, if there are any.
fn counted(number: usize, noun: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{number} {noun}s")),
    }
}
