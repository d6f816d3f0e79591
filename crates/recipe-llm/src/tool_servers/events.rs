//! Server-sent events of a tool server, with limited size.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use reqwest::Response;
use sse_stream::{Sse, SseStream};

use super::incoming::MAX_MESSAGE_BYTES;

/// Stream of events.
pub(super) type Events = BoxStream<'static, Result<Sse, sse_stream::Error>>;

/// Size in bytes of an event that exceeded the limit; 0 if there is none.
#[derive(Debug, Clone, Default)]
pub(super) struct TooLarge(Arc<AtomicUsize>);

impl TooLarge {
    /// The size of the event, if there is one.
    pub(super) fn bytes(&self) -> Option<usize> {
        Some(self.0.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }
}

/// An event above the size limit.
#[derive(Debug, thiserror::Error)]
#[error("event larger than {MAX_MESSAGE_BYTES} bytes")]
struct EventTooLarge;

/// An error of the underlying stream.
#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    TooLarge(#[from] EventTooLarge),
}

/// The events of a response, ending with an error if one is too large.
pub(super) fn events(response: Response) -> (Events, TooLarge) {
    let too_large = TooLarge::default();
    let noted = too_large.clone();
    let mut size = EventSize::default();
    let bytes = response.bytes_stream().map_err(StreamError::from);
    let bytes = bytes.and_then(move |chunk| {
        let bytes = size.after(&chunk);
        let fits = bytes <= MAX_MESSAGE_BYTES;
        if !fits {
            noted.0.store(bytes, Ordering::Relaxed);
        }
        let checked = fits
            .then_some(chunk)
            .ok_or(StreamError::from(EventTooLarge));
        async move { checked }
    });
    (SseStream::from_bytes_stream(bytes).boxed(), too_large)
}

/// Size of the current event so far.
#[derive(Default)]
struct EventSize {
    bytes: usize,
    at_line_start: bool,
}

impl EventSize {
    /// Adds a chunk and returns the largest event size in it. An empty line ends an event.
    fn after(&mut self, chunk: &[u8]) -> usize {
        let mut largest = 0;
        for byte in chunk {
            self.bytes += 1;
            largest = largest.max(self.bytes);
            match byte {
                b'\n' if self.at_line_start => self.bytes = 0,
                b'\n' => self.at_line_start = true,
                b'\r' => {}
                _ => self.at_line_start = false,
            }
        }
        largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_ends_an_event() {
        let mut size = EventSize::default();
        assert_eq!(size.after(b"data: 1\ndata"), 12);
        assert_eq!(size.after(b": 2\n\nd"), 17);
        assert_eq!(size.after(b"ata\r\n\r\n"), 8);
        assert_eq!(size.after(b"x"), 1);
    }
}
