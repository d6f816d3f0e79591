//! Output streams of programs: reported line by line, kept for artifacts, ends kept for messages.

use std::borrow::Cow;
use std::collections::VecDeque;

use recipe_core::Scope;
use recipe_core::event::OutputStream;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::error::ProcessError;

/// Maximum size of captured output, in bytes.
const MAX_CAPTURE: usize = 16 << 20;

/// Maximum length of an observed line, in bytes.
const MAX_LINE: usize = 8 << 10;

/// Number of lines kept for messages, and the maximum length of each, in bytes.
const LAST_LINES: usize = 3;
const MAX_LAST_LINE: usize = 160;

/// Output of a program to one stream so far.
pub(super) struct OutputReader {
    stream: OutputStream,
    /// All output, if it is captured.
    captured: Option<Vec<u8>>,
    /// The current line; of a very long one the start.
    line: Vec<u8>,
    /// Kept of standard error only.
    last_lines: VecDeque<String>,
}

/// Whether output is kept after observers have received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "output is kept or not")]
pub enum Capture {
    /// It is kept.
    Keep,
    /// It is dropped.
    Drop,
}

impl OutputReader {
    pub(super) fn new(stream: OutputStream, capture: Capture) -> Self {
        Self {
            stream,
            captured: (capture == Capture::Keep).then(Vec::new),
            line: Vec::new(),
            last_lines: VecDeque::new(),
        }
    }

    /// Reads a stream to its end. Output read so far stays when the future is dropped.
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

    /// Reports a last line without a line break.
    pub(super) fn end(&mut self, scope: &Scope) {
        if !self.line.is_empty() {
            self.end_line(scope);
        }
    }

    /// Returns the last lines of standard error that are not blank, joined to one line.
    pub(super) fn last_lines(&self) -> String {
        let lines: Vec<&str> = self.last_lines.iter().map(String::as_str).collect();
        lines.join(" / ")
    }

    /// Returns captured output as text. Invalid UTF-8 is replaced, with a warning.
    pub(super) fn into_text(self, scope: &Scope) -> String {
        String::from_utf8(self.captured.unwrap_or_default()).unwrap_or_else(|error| {
            scope.warn(&format!(
                "invalid UTF-8 in {} at byte {}: replaced with `\u{fffd}`",
                self.stream,
                error.utf8_error().valid_up_to()
            ));
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        })
    }

    fn take(&mut self, bytes: &[u8], scope: &Scope) -> Result<(), ProcessError> {
        if let Some(captured) = &mut self.captured {
            if captured.len() + bytes.len() > MAX_CAPTURE {
                return Err(ProcessError::TooMuchOutput {
                    stream: self.stream,
                    limit: MAX_CAPTURE,
                });
            }
            captured.extend_from_slice(bytes);
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (part, is_whole) = match part.strip_suffix(b"\n") {
                Some(part) => (part, true),
                None => (part, false),
            };
            // Longer than the reported line, so that a secret at the cut is masked whole.
            let room = 2 * MAX_LINE - self.line.len();
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            if is_whole {
                self.end_line(scope);
            }
        }
        Ok(())
    }

    fn end_line(&mut self, scope: &Scope) {
        let text = String::from_utf8_lossy(&self.line);
        let line = shortened(text.trim_end_matches('\r'), MAX_LINE, scope);
        scope.output(self.stream, &line);
        if self.stream == OutputStream::Stderr {
            let line = shortened(line.trim(), MAX_LAST_LINE, scope);
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

/// Returns the start of a text; one that has to be cut is masked first.
fn shortened<'t>(text: &'t str, max_length: usize, scope: &Scope) -> Cow<'t, str> {
    if text.len() <= max_length {
        return Cow::Borrowed(text);
    }
    let masked = scope.mask(text);
    Cow::Owned(format!(
        "{}…",
        &masked[..masked.floor_char_boundary(max_length)]
    ))
}
