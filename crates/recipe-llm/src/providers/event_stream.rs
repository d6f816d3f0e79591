//! Server-sent events of a streamed response. The crate `sse-stream` fails on unknown fields and
//! lines without a colon, which the standard ignores and servers send, and it drops a last event
//! without an empty line.

use serde::de::DeserializeOwned;

use crate::model::ModelError;

/// Assembles a reply from the events of a stream.
pub(super) trait Assembly: Default {
    type Whole: DeserializeOwned;

    /// Adds the data of an event.
    ///
    /// # Errors
    /// If the event is an error or malformed.
    fn take(&mut self, data: &str) -> Result<Progress, ModelError>;

    /// Returns the reply.
    ///
    /// # Errors
    /// If a part of it is missing.
    fn finish(self) -> Result<Self::Whole, ModelError>;
}

/// Whether more events are expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

/// Splits bytes, received in chunks of any size, into events.
#[derive(Default)]
pub(super) struct Events {
    bytes: Vec<u8>,
    /// Start of the unread bytes.
    start: usize,
    /// Offset up to which line ends have been searched.
    searched: usize,
    data: Option<String>,
}

impl Events {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns the data of the next complete event.
    ///
    /// # Errors
    /// If the data is not UTF-8.
    pub(super) fn next_data(&mut self) -> Result<Option<String>, ModelError> {
        while let Some(length) = self.bytes[self.searched..].iter().position(|b| *b == b'\n') {
            let end = self.searched + length;
            let line = self.start..end;
            (self.start, self.searched) = (end + 1, end + 1);
            let Ok(line) = std::str::from_utf8(&self.bytes[line]) else {
                return Err(ModelError::Malformed("event stream is not UTF-8".into()));
            };
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty()
                && let Some(data) = self.data.take()
            {
                return Ok(Some(data));
            }
            if let Some(("data", value)) = line.split_once(':') {
                let value = value.strip_prefix(' ').unwrap_or(value);
                match &mut self.data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => self.data = Some(value.to_owned()),
                }
            }
        }
        self.searched = self.bytes.len();
        Ok(None)
    }

    /// Ends the last event at the end of the stream.
    pub(super) fn end(&mut self) {
        self.push(b"\n\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<String> {
        let mut events = Events::default();
        let mut all = Vec::new();
        for chunk in chunks {
            events.push(chunk);
            while let Some(data) = events.next_data().unwrap() {
                all.push(data);
            }
        }
        events.end();
        while let Some(data) = events.next_data().unwrap() {
            all.push(data);
        }
        all
    }

    #[test]
    fn events_do_not_depend_on_chunk_boundaries() {
        let stream = "event: a\ndata: {\"ö\": 1}\n\n: comment\n\r\ndata:x\r\ndata: y\r\n\r\nid: 7\n\ndata: end";
        let expected = ["{\"ö\": 1}", "x\ny", "end"];
        assert_eq!(events(&[stream.as_bytes()]), expected);
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(events(&bytes), expected);
        for position in 0..stream.len() {
            let (head, tail) = stream.as_bytes().split_at(position);
            assert_eq!(events(&[head, tail]), expected, "{position}");
        }
    }

    #[test]
    fn invalid_utf_8_is_an_error() {
        let mut events = Events::default();
        events.push(b"data: \xff\n\n");
        assert!(events.next_data().is_err());
    }
}
