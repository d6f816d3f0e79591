//! Messages over the standard input and output of a server's program: a line each.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::RoleClient;
use rmcp::model::ServerJsonRpcMessage;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader, Empty};

use super::incoming::{Incoming, LARGEST_MESSAGE, Unreadable};

/// The part of a line that is too long that is kept at each of its ends, in bytes: the id stands there.
const KEPT: usize = 4 << 10;

/// The two ends of a program.
pub(super) struct StandardIo<R, W: AsyncWrite> {
    output: AsyncRwTransport<RoleClient, Empty, W>,
    lines: Lines<R>,
    incoming: Incoming,
    /// Messages that were read and not handed on.
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
        self.incoming.note_sent(&message);
        self.output.send(message)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            if let Some(message) = self.read.pop_front() {
                return Some(message);
            }
            let messages = match self.lines.next().await? {
                Line::Whole(line) => self.incoming.read(line),
                Line::TooLong { ends, bytes } => {
                    let ends = String::from_utf8_lossy(&ends);
                    self.incoming.broken(&ends, &Unreadable::too_large(bytes))
                }
            };
            self.read.extend(messages);
            self.lines.forget();
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.close().await
    }
}

/// The lines of an input. Reading may be dropped and taken up again.
struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    /// The end of a line that is too long, and its size so far.
    cut: Option<(Vec<u8>, usize)>,
    is_whole: bool,
}

/// A line without its end.
#[derive(Debug, PartialEq)]
enum Line<'l> {
    Whole(&'l [u8]),
    /// Too long to be kept; its beginning and its end are.
    TooLong {
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
            is_whole: false,
        }
    }
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The next line. `None` at the end of the input, or where it cannot be read.
    async fn next(&mut self) -> Option<Line<'_>> {
        while !self.is_whole {
            let bytes = self.input.fill_buf().await.ok()?;
            if bytes.is_empty() {
                // A last line without an end is one.
                if self.line.is_empty() {
                    return None;
                }
                self.is_whole = true;
                break;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            match &mut self.cut {
                None if self.line.len() + part.len() <= LARGEST_MESSAGE => {
                    self.line.extend_from_slice(part);
                }
                None => {
                    self.cut = Some((part.to_vec(), self.line.len() + part.len()));
                    self.line.truncate(KEPT);
                }
                Some((end, size)) => {
                    *size += part.len();
                    end.extend_from_slice(part);
                }
            }
            if let Some((end, _)) = &mut self.cut {
                let excess = end.len().saturating_sub(KEPT);
                end.drain(..excess);
            }
            let used = part.len() + usize::from(end.is_some());
            self.is_whole = end.is_some();
            self.input.consume(used);
        }
        Some(match self.cut.take() {
            None => Line::Whole(&self.line),
            Some((end, bytes)) => {
                let mut ends = self.line.clone();
                ends.push(b'\n');
                ends.extend(end);
                Line::TooLong { ends, bytes }
            }
        })
    }

    /// Makes room for the next line.
    fn forget(&mut self) {
        // A large message is not to cost its memory for as long as the server is there.
        self.line = Vec::new();
        self.is_whole = false;
    }
}

/// A transport that is there again when the SDK has no more use for it: a server that has refused one way to begin may be
/// asked in another.
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

/// A transport that goes back when it is dropped.
pub(super) struct Lent<T> {
    transport: Option<T>,
    home: Arc<Mutex<Option<T>>>,
}

impl<T> Lent<T> {
    fn transport(&mut self) -> &mut T {
        let transport = self.transport.as_mut();
        transport.expect("it is there until this is dropped")
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
                Line::Whole(line) => String::from_utf8_lossy(line).into_owned(),
                Line::TooLong { ends, bytes } => {
                    format!("{bytes}: {}", String::from_utf8_lossy(&ends))
                }
            });
            lines.forget();
        }
        read
    }

    #[tokio::test]
    async fn lines_end_with_a_line_feed_or_the_input() {
        assert_eq!(lines(b"a\n\nb\r\nc").await, ["a", "", "b\r", "c"]);
        assert_eq!(lines(b"").await, [""; 0]);
    }

    #[tokio::test]
    async fn of_a_line_that_is_too_long_both_ends_are_kept() {
        let mut input = b"beginning".to_vec();
        input.resize(LARGEST_MESSAGE, b'x');
        assert_eq!(lines(&input).await[0].len(), LARGEST_MESSAGE);
        input.extend_from_slice(b"the end\nnext");
        let read = lines(&input).await;
        assert!(
            read[0].starts_with("67108871: beginning"),
            "{}",
            &read[0][..30]
        );
        assert!(read[0].ends_with("the end") && read[0].len() < 3 * KEPT);
        assert_eq!(read[1], "next");
    }
}
