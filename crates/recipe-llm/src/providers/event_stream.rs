//! Server-sent events, of which an answer is put together.

use serde::de::DeserializeOwned;

use super::http::malformed;
use crate::model::ModelError;

/// Puts something together of the events of a stream.
pub(super) trait Assembly: Default {
    type Whole: DeserializeOwned;

    /// Takes the data of an event.
    ///
    /// # Errors
    /// When the event is an error, or makes no sense.
    fn take(&mut self, data: &str) -> Result<Progress, ModelError>;

    /// The whole, if there is one.
    ///
    /// # Errors
    /// When something of it has not come.
    fn finish(self) -> Result<Self::Whole, ModelError>;
}

/// Whether more events have to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

/// Events out of bytes, which may come cut anywhere.
#[derive(Default)]
pub(super) struct Events {
    bytes: Vec<u8>,
    /// The start of what has not been read.
    start: usize,
    /// The offset up to which the end of a line has been looked for.
    looked: usize,
    data: Option<String>,
}

impl Events {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.looked -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The data of the next event that is whole.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub(super) fn next_data(&mut self) -> Result<Option<String>, ModelError> {
        while let Some(length) = self.bytes[self.looked..].iter().position(|b| *b == b'\n') {
            let end = self.looked + length;
            let line = self.start..end;
            (self.start, self.looked) = (end + 1, end + 1);
            let Ok(line) = std::str::from_utf8(&self.bytes[line]) else {
                return Err(malformed("its stream of events is not UTF-8"));
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
        self.looked = self.bytes.len();
        Ok(None)
    }

    /// Takes the end of the stream for that of its last event.
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
    fn events_are_the_same_wherever_the_bytes_are_cut() {
        let stream = "event: a\ndata: {\"ö\": 1}\n\n: comment\n\r\ndata:x\r\ndata: y\r\n\r\nid: 7\n\ndata: end";
        let expected = ["{\"ö\": 1}", "x\ny", "end"];
        assert_eq!(events(&[stream.as_bytes()]), expected);
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(events(&bytes), expected);
        for place in 0..stream.len() {
            let (head, tail) = stream.as_bytes().split_at(place);
            assert_eq!(events(&[head, tail]), expected, "{place}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_an_error() {
        let mut events = Events::default();
        events.push(b"data: \xff\n\n");
        assert!(events.next_data().is_err());
    }
}
