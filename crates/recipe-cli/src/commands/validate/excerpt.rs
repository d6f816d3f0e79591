//! The lines of a text around a span, short enough to be shown and without what could command a terminal.
//!
//! Prompts make lines of thousands of characters usual, so a line is cut to the part around the span.

use std::ops::Range;

/// As much of a line is shown, in characters.
const WIDTH: usize = 100;

/// Of a line that is cut, so much is shown before the span.
const BEFORE: usize = 30;

/// What stands where something is left out.
const CUT: &str = "…";

/// What is shown of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The lines.
    pub(crate) text: String,
    /// What to underline in them.
    pub(crate) span: Range<usize>,
}

impl Excerpt {
    /// The lines that a span touches. It begins in the first one of them.
    pub(crate) fn of(text: &str, span: &Range<usize>) -> Self {
        let start = floor(text, span.start);
        let end = start
            + text[start..floor(text, span.end).max(start)]
                .trim_end()
                .len();
        let first = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let last = text[end..].find('\n').map_or(text.len(), |at| end + at);
        let lines = &text[first..last];
        let (start, end) = (start - first, end - first);

        let mut excerpt = Self {
            text: String::new(),
            span: 0..0,
        };
        let mut at = 0;
        for line in lines.split('\n') {
            if at > 0 {
                excerpt.text.push('\n');
            }
            let here = at..=at + line.len();
            let marks = [start, end].map(|mark| here.contains(&mark).then(|| mark - at));
            excerpt.line(line, marks);
            at = here.end() + 1;
        }
        excerpt
    }

    /// Adds a line, in which the span begins at the first mark and ends at the second, where they are given.
    fn line(&mut self, line: &str, [start, end]: [Option<usize>; 2]) {
        let visible = line.strip_suffix('\r').unwrap_or(line);
        let window = match (start, end) {
            // Nobody needs to see what lies between the ends of a long span.
            (None, None) => 0..floor(visible, WIDTH),
            (Some(mark), _) | (None, Some(mark)) => window(visible, mark.min(visible.len())),
        };
        if window.start > 0 {
            self.text.push_str(CUT);
        }
        let shown = |mark: usize| mark.clamp(window.start, window.end) - window.start;
        let base = self.text.len();
        let part = &visible[window.clone()];
        if let Some(start) = start {
            self.span.start = base + printable(&part[..shown(start)]).len();
        }
        if let Some(end) = end {
            self.span.end = base + printable(&part[..shown(end)]).len();
        }
        self.text.push_str(&printable(part));
        if window.end < visible.len() {
            self.text.push_str(CUT);
        }
    }
}

/// The part of a line to show around a mark.
fn window(line: &str, mark: usize) -> Range<usize> {
    if line.chars().nth(WIDTH).is_none() {
        return 0..line.len();
    }
    let before = line[..mark].char_indices().rev().nth(BEFORE - 1);
    let start = before.map_or(0, |(at, _)| at);
    let behind = line[start..].char_indices().nth(WIDTH);
    start..behind.map_or(line.len(), |(at, _)| start + at)
}

/// The text with characters that command a terminal replaced, except tabs.
fn printable(text: &str) -> String {
    let replaced = text.chars().map(|c| match c {
        '\t' => '\t',
        c if c.is_control() => '\u{fffd}',
        c => c,
    });
    replaced.collect()
}

/// The nearest place at or before `offset` where a character begins.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The excerpt around a part of a text, with the underlined part in brackets.
    fn around(text: &str, part: &str) -> String {
        let start = text.find(part).unwrap();
        let Excerpt { text, span } = Excerpt::of(text, &(start..start + part.len()));
        format!(
            "{}[{}]{}",
            &text[..span.start],
            &text[span.clone()],
            &text[span.end..]
        )
    }

    #[test]
    fn the_lines_of_a_span_are_shown() {
        assert_eq!(around("one\ntwo\nthree", "w"), "t[w]o");
        assert_eq!(around("one\ntwo\nthree", "e\ntwo\nt"), "on[e\ntwo\nt]hree");
        assert_eq!(around("one\r\ntwo\r\n", "wo\r\n"), "t[wo]");
        assert_eq!(around("", ""), "[]");
    }

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        let line = format!("{}mark{}", "ä".repeat(500), "ö".repeat(500));
        let shown = format!("…{}[mark]{}…", "ä".repeat(30), "ö".repeat(66));
        assert_eq!(around(&line, "mark"), shown);
        let long = "é".repeat(500);
        assert_eq!(
            around(&format!("<{long}>"), &long),
            format!("<[{}]…", "é".repeat(99))
        );
    }

    #[test]
    fn control_characters_are_replaced_and_the_span_stays_right() {
        assert_eq!(
            around("\u{1b}[31m\t\u{9b}x\u{7f}", "x"),
            "\u{fffd}[31m\t\u{fffd}[x]\u{fffd}"
        );
    }

    #[test]
    fn a_span_outside_the_text_is_harmless() {
        let excerpt = Excerpt::of("é", &(1..70));
        assert_eq!((excerpt.text.as_str(), excerpt.span), ("é", 0..2));
    }

    proptest! {
        /// Also spans that the linter would not give, and texts that nobody writes.
        #[test]
        fn whatever_is_underlined_can_be_shown(
            text in "(.|[a\\té\u{1b}\r\n]|x{90,110}){0,12}",
            ends in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let ends = [ends.0, ends.1].map(|end| end.index(text.len() + 2));
            let Excerpt { text: shown, span } = Excerpt::of(&text, &(ends[0]..ends[1]));
            prop_assert!(shown.get(span.clone()).is_some(), "{:?} in {:?}", span, shown);
            prop_assert!(shown.lines().all(|line| line.chars().count() <= WIDTH + 2));
            let commands = shown.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t'));
            prop_assert!(!commands, "{:?}", shown);
        }
    }
}
