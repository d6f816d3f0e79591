//! Server-sent events of a server, no larger than what is read of any message.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use reqwest::Response;
use sse_stream::{Sse, SseStream};

use super::incoming::LARGEST_MESSAGE;

/// Events as they come.
pub(super) type Events = BoxStream<'static, Result<Sse, sse_stream::Error>>;

/// The size of an event that was too large for the stream to go on, in bytes; 0 as long as there was none.
#[derive(Debug, Clone, Default)]
pub(super) struct TooLarge(Arc<AtomicUsize>);

impl TooLarge {
    /// The size, if there was such an event.
    pub(super) fn bytes(&self) -> Option<usize> {
        Some(self.0.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }
}

/// An event that is too large.
#[derive(Debug, thiserror::Error)]
#[error("an event is larger than {LARGEST_MESSAGE} bytes")]
struct EventTooLarge;

/// An error of the stream that the events come in.
#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    TooLarge(#[from] EventTooLarge),
}

/// The events of an answer. They end with an error when one is too large.
pub(super) fn events(response: Response) -> (Events, TooLarge) {
    let too_large = TooLarge::default();
    let noted = too_large.clone();
    let mut size = EventSize::default();
    let bytes = response.bytes_stream().map_err(StreamError::from);
    let bytes = bytes.and_then(move |chunk| {
        let bytes = size.after(&chunk);
        let fits = bytes <= LARGEST_MESSAGE;
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

/// The size so far of the event that is on its way.
#[derive(Default)]
struct EventSize {
    bytes: usize,
    at_line_start: bool,
}

impl EventSize {
    /// The largest size of an event in what has come, once this has come, too. An empty line ends an event.
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
