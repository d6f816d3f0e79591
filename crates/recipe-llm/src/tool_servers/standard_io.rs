//! Messages over the standard input and output of a server's program, one per line.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::RoleClient;
use rmcp::model::ServerJsonRpcMessage;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader, Empty};

use super::incoming::{Incoming, InvalidResponse, MAX_MESSAGE_BYTES};

/// Number of bytes kept at each end of an oversized line, where its ID usually is.
const KEPT_BYTES: usize = 4 << 10;

/// Transport over a program's input and output.
pub(super) struct StandardIo<R, W: AsyncWrite> {
    output: AsyncRwTransport<RoleClient, Empty, W>,
    lines: Lines<R>,
    incoming: Incoming,
    /// Parsed messages, not yet delivered.
    read: VecDeque<ServerJsonRpcMessage>,
}

impl<R: AsyncRead, W: AsyncWrite + Send + Unpin + 'static> StandardIo<R, W> {
    pub(super) fn new(input: R, output: W, incoming: Incoming) -> Self {
        Self {
            output: AsyncRwTransport::new(tokio::io::empty(), output),
            lines: Lines::new(input),
            incoming,
            read: VecDeque::new(),
        }
    }
}

impl<R, W> Transport<RoleClient> for StandardIo<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        self.incoming.record_sent(&message);
        self.output.send(message)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            if let Some(message) = self.read.pop_front() {
                return Some(message);
            }
            let messages = match self.lines.next().await? {
                Line::Complete(line) => self.incoming.read(line),
                Line::Oversized { ends, bytes } => {
                    let ends = String::from_utf8_lossy(&ends);
                    self.incoming
                        .fail_malformed(&ends, &InvalidResponse::too_large(bytes))
                }
            };
            self.read.extend(messages);
            self.lines.clear();
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.close().await
    }
}

/// Reads lines. A read may be cancelled and continued.
struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    /// End of an oversized line, and its size so far.
    cut: Option<(Vec<u8>, usize)>,
    is_complete: bool,
}

/// A line without its line feed.
#[derive(Debug, PartialEq)]
enum Line<'l> {
    Complete(&'l [u8]),
    /// Oversized; only its beginning and end are kept.
    Oversized {
        ends: Vec<u8>,
        bytes: usize,
    },
}

impl<R: AsyncRead> Lines<R> {
    fn new(input: R) -> Self {
        Self {
            input: BufReader::new(input),
            line: Vec::new(),
            cut: None,
            is_complete: false,
        }
    }
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Returns the next line; `None` at the end of the input or on an error.
    async fn next(&mut self) -> Option<Line<'_>> {
        while !self.is_complete {
            let bytes = self.input.fill_buf().await.ok()?;
            if bytes.is_empty() {
                // The last line may lack a line feed.
                if self.line.is_empty() {
                    return None;
                }
                self.is_complete = true;
                break;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            match &mut self.cut {
                None if self.line.len() + part.len() <= MAX_MESSAGE_BYTES => {
                    self.line.extend_from_slice(part);
                }
                None => {
                    self.cut = Some((part.to_vec(), self.line.len() + part.len()));
                    self.line.truncate(KEPT_BYTES);
                }
                Some((end, size)) => {
                    *size += part.len();
                    end.extend_from_slice(part);
                }
            }
            if let Some((end, _)) = &mut self.cut {
                let excess = end.len().saturating_sub(KEPT_BYTES);
                end.drain(..excess);
            }
            let used = part.len() + usize::from(end.is_some());
            self.is_complete = end.is_some();
            self.input.consume(used);
        }
        Some(match self.cut.take() {
            None => Line::Complete(&self.line),
            Some((end, bytes)) => {
                let mut ends = self.line.clone();
                ends.push(b'\n');
                ends.extend(end);
                Line::Oversized { ends, bytes }
            }
        })
    }

    /// Prepares for the next line.
    fn clear(&mut self) {
        // Frees the memory of a large message.
        self.line = Vec::new();
        self.is_complete = false;
    }
}

/// A transport that survives the SDK's use of it: a server that rejected one handshake can be tried
/// with another.
pub(super) struct Reusable<T>(Arc<Mutex<Option<T>>>);

impl<T> Reusable<T> {
    pub(super) fn new(transport: T) -> Self {
        Self(Arc::new(Mutex::new(Some(transport))))
    }

    /// Lends the transport. `None` while it is lent.
    pub(super) fn lend(&self) -> Option<Lent<T>> {
        let transport = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        transport.map(|transport| Lent {
            transport: Some(transport),
            home: self.0.clone(),
        })
    }
}

/// A borrowed transport, returned on drop.
pub(super) struct Lent<T> {
    transport: Option<T>,
    home: Arc<Mutex<Option<T>>>,
}

impl<T> Lent<T> {
    fn transport(&mut self) -> &mut T {
        let transport = self.transport.as_mut();
        transport.expect("it is taken on drop only")
    }
}

impl<T> Drop for Lent<T> {
    fn drop(&mut self) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = self.transport.take();
    }
}

impl<T: Transport<RoleClient> + 'static> Transport<RoleClient> for Lent<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        self.transport().send(message)
    }

    fn receive(&mut self) -> impl Future<Output = Option<RxJsonRpcMessage<RoleClient>>> + Send {
        self.transport().receive()
    }

    fn close(&mut self) -> impl Future<Output = Result<(), T::Error>> + Send {
        self.transport().close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(input: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(input);
        let mut read = Vec::new();
        while let Some(line) = lines.next().await {
            read.push(match line {
                Line::Complete(line) => String::from_utf8_lossy(line).into_owned(),
                Line::Oversized { ends, bytes } => {
                    format!("{bytes}: {}", String::from_utf8_lossy(&ends))
                }
            });
            lines.clear();
        }
        read
    }

    #[tokio::test]
    async fn lines_end_with_a_line_feed_or_the_input() {
        assert_eq!(lines(b"a\n\nb\r\nc").await, ["a", "", "b\r", "c"]);
        assert_eq!(lines(b"").await, [""; 0]);
    }

    #[tokio::test]
    async fn both_ends_of_an_oversized_line_are_kept() {
        let mut input = b"beginning".to_vec();
        input.resize(MAX_MESSAGE_BYTES, b'x');
        assert_eq!(lines(&input).await[0].len(), MAX_MESSAGE_BYTES);
        input.extend_from_slice(b"the end\nnext");
        let read = lines(&input).await;
        assert!(
            read[0].starts_with("67108871: beginning"),
            "{}",
            &read[0][..30]
        );
        assert!(read[0].ends_with("the end") && read[0].len() < 3 * KEPT_BYTES);
        assert_eq!(read[1], "next");
    }
}
