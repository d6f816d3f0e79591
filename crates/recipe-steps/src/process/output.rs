//! What a program prints to one stream: told line by line, kept for an artifact, and the last of it for messages.

use std::borrow::Cow;
use std::collections::VecDeque;

use recipe_core::Scope;
use recipe_core::event::OutputStream;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::error::ProcessError;

/// The most that is kept of a stream, in bytes: 16 MiB.
const LARGEST_CAPTURE: usize = 16 << 20;

/// The most that is told of a line, in bytes.
const LONGEST_LINE: usize = 8 << 10;

/// How many lines are remembered for messages, and the most of each, in bytes.
const LAST_LINES: usize = 3;
const LONGEST_LAST_LINE: usize = 160;

/// What a program has printed to one stream so far.
pub(super) struct Output {
    stream: OutputStream,
    /// All of it, where it is to become an artifact.
    captured: Option<Vec<u8>>,
    /// The line that has begun; of a very long one the beginning.
    line: Vec<u8>,
    /// Of standard error only.
    last_lines: VecDeque<String>,
}

/// What becomes of the output beside being told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capture {
    /// It is kept.
    Keep,
    /// Nothing.
    Drop,
}

impl Output {
    pub(super) fn new(stream: OutputStream, capture: Capture) -> Self {
        Self {
            stream,
            captured: (capture == Capture::Keep).then(Vec::new),
            line: Vec::new(),
            last_lines: VecDeque::new(),
        }
    }

    /// Reads a stream to its end. What was read stays when the future is dropped.
    pub(super) async fn read(
        &mut self,
        source: &mut (impl AsyncRead + Unpin),
        scope: &Scope,
    ) -> Result<(), ProcessError> {
        let mut buffer = vec![0; 16 << 10];
        loop {
            let read = source.read(&mut buffer).await;
            let stream = self.stream;
            let length = read.map_err(|source| ProcessError::Read { stream, source })?;
            if length == 0 {
                return Ok(());
            }
            self.take(&buffer[..length], scope)?;
        }
    }

    /// Tells the last line, if it has no end.
    pub(super) fn end(&mut self, scope: &Scope) {
        if !self.line.is_empty() {
            self.end_line(scope);
        }
    }

    /// The last lines of standard error that are not blank, on one line.
    pub(super) fn last_lines(&self) -> String {
        let lines: Vec<&str> = self.last_lines.iter().map(String::as_str).collect();
        lines.join(" / ")
    }

    /// All of it as text, if it was kept. What is not UTF-8 in it is replaced, with a warning.
    pub(super) fn into_text(self, scope: &Scope) -> String {
        String::from_utf8(self.captured.unwrap_or_default()).unwrap_or_else(|error| {
            scope.warn(&format!(
                "{} is not UTF-8 text, `\u{fffd}` stands for what is not, the first wrong byte is number {}",
                self.stream,
                error.utf8_error().valid_up_to()
            ));
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        })
    }

    fn take(&mut self, bytes: &[u8], scope: &Scope) -> Result<(), ProcessError> {
        if let Some(captured) = &mut self.captured {
            if captured.len() + bytes.len() > LARGEST_CAPTURE {
                return Err(ProcessError::TooMuchOutput {
                    stream: self.stream,
                    limit: LARGEST_CAPTURE,
                });
            }
            captured.extend_from_slice(bytes);
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (part, is_whole) = match part.strip_suffix(b"\n") {
                Some(part) => (part, true),
                None => (part, false),
            };
            // More than is told, so that a secret which would be cut is whole when it is masked.
            let room = 2 * LONGEST_LINE - self.line.len();
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            if is_whole {
                self.end_line(scope);
            }
        }
        Ok(())
    }

    fn end_line(&mut self, scope: &Scope) {
        let text = String::from_utf8_lossy(&self.line);
        let line = shortened(text.trim_end_matches('\r'), LONGEST_LINE, scope);
        scope.output(self.stream, &line);
        if self.stream == OutputStream::Stderr {
            let line = shortened(line.trim(), LONGEST_LAST_LINE, scope);
            remember(&line, &mut self.last_lines);
        }
        self.line.clear();
    }
}

fn remember(line: &str, last_lines: &mut VecDeque<String>) {
    if line.is_empty() {
        return;
    }
    if last_lines.len() == LAST_LINES {
        last_lines.pop_front();
    }
    last_lines.push_back(line.to_owned());
}

/// The beginning of a text, masked where it is cut.
fn shortened<'t>(text: &'t str, longest: usize, scope: &Scope) -> Cow<'t, str> {
    if text.len() <= longest {
        return Cow::Borrowed(text);
    }
    let masked = scope.mask(text);
    Cow::Owned(format!(
        "{}…",
        &masked[..masked.floor_char_boundary(longest)]
    ))
}
