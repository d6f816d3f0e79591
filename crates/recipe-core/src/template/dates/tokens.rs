//! Tokenizer of dates: words, numbers and signs.

use std::borrow::Cow;

#[derive(Clone, Copy, PartialEq)]
enum Run {
    Word,
    Number,
    /// Words or numbers with dots between them, ending in a word.
    DottedWord,
    /// The same, ending in a number. The first dot may be a comma.
    DottedNumber,
}

/// Splits a string into words, numbers and signs. A run of letters is a word, a run of digits with
/// at most one decimal point or comma a number; white space is one blank each.
pub(super) fn tokenize(text: &str) -> Vec<Cow<'_, str>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let Some(run) = Run::from_char(first) else {
            let (sign, after) = rest.split_at(first.len_utf8());
            tokens.push(Cow::Borrowed(if is_space(first) { " " } else { sign }));
            rest = after;
            continue;
        };
        let (length, run) = run_length(rest, run);
        let (token, after) = rest.split_at(length);
        push_run(token, run, after.is_empty(), &mut tokens);
        rest = after;
    }
    tokens
}

impl Run {
    fn from_char(first: char) -> Option<Self> {
        if first.is_ascii_digit() {
            Some(Self::Number)
        } else if first.is_alphabetic() {
            Some(Self::Word)
        } else {
            None
        }
    }

    /// Extends the run by a character; `None` if the character does not belong to it.
    fn extended(self, so_far: &str, next: char) -> Option<Self> {
        let follows_dot = so_far.ends_with('.');
        match self {
            Self::Word if next.is_alphabetic() => Some(self),
            Self::Word if next == '.' => Some(Self::DottedWord),
            Self::Number if next.is_ascii_digit() => Some(self),
            Self::Number if next == '.' => Some(Self::DottedNumber),
            Self::Number if next == ',' && so_far.len() >= 2 => Some(Self::DottedNumber),
            Self::DottedWord if next == '.' || next.is_alphabetic() => Some(self),
            Self::DottedWord if next.is_ascii_digit() && follows_dot => Some(Self::DottedNumber),
            Self::DottedNumber if next == '.' || next.is_ascii_digit() => Some(self),
            Self::DottedNumber if next.is_alphabetic() && follows_dot => Some(Self::DottedWord),
            _ => None,
        }
    }
}

fn run_length(text: &str, mut run: Run) -> (usize, Run) {
    for (at, next) in text.char_indices().skip(1) {
        match run.extended(&text[..at], next) {
            Some(longer) => run = longer,
            None => return (at, run),
        }
    }
    (text.len(), run)
}

fn push_run<'t>(token: &'t str, run: Run, is_last: bool, tokens: &mut Vec<Cow<'t, str>>) {
    if matches!(run, Run::Word | Run::Number) || !is_compound(token, run, is_last) {
        let is_decimal = run == Run::DottedNumber && !token.contains('.');
        tokens.push(if is_decimal {
            Cow::Owned(token.replace(',', "."))
        } else {
            Cow::Borrowed(token)
        });
        return;
    }
    for part in token.split_inclusive(['.', ',']) {
        let (inside, mark) = match part.strip_suffix(['.', ',']) {
            Some(inside) => (inside, &part[inside.len()..]),
            None => (part, ""),
        };
        let pieces = [inside, mark].into_iter().filter(|piece| !piece.is_empty());
        tokens.extend(pieces.map(Cow::Borrowed));
    }
}

/// Whether the marks in a run separate it, as in `31.12.2024`, rather than being a decimal point.
fn is_compound(token: &str, run: Run, is_last: bool) -> bool {
    // A single letter at the end does not separate a number: `12.a` is one token, `12.am` three.
    let has_words = match token.find(char::is_alphabetic) {
        Some(at) => {
            run != Run::DottedWord || !is_last || at == 0 || token[at..].chars().nth(1).is_some()
        }
        None => false,
    };
    has_words || token.matches('.').count() > 1 || token.ends_with(['.', ','])
}

/// Whether a character is white space in Python.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}
