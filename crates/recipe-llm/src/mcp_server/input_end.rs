//! Notices that a client says nothing more: the end of what is read from it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use recipe_core::CancellationToken;
use tokio::io::{AsyncRead, ReadBuf};

/// What is read from a client, with a token that fires at its end.
pub(super) struct NoticedEnd<R> {
    input: R,
    ended: CancellationToken,
}

impl<R> NoticedEnd<R> {
    /// Reads from here.
    pub(super) fn new(input: R) -> Self {
        let ended = CancellationToken::new();
        Self { input, ended }
    }

    /// Fires when there is nothing more to read, or it cannot be read.
    pub(super) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for NoticedEnd<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (filled, room) = (buffer.filled().len(), buffer.remaining());
        let read = ready!(Pin::new(&mut self.input).poll_read(context, buffer));
        let nothing = room > 0 && buffer.filled().len() == filled;
        if read.is_err() || nothing {
            self.ended.cancel();
        }
        Poll::Ready(read)
    }
}
