//! A scripted HTTP/1.1 server that records its requests. Each connection has one request.
//!
//! Tests with it need real time: a paused clock advances while bytes are in transit, so timeouts
//! fire.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Reply to a request.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    ending: Ending,
}

#[derive(Clone, Copy)]
enum Ending {
    /// The whole body.
    Whole,
    /// Half of the body, then the connection closes.
    Cut,
    /// Half of the body, then nothing until the client disconnects.
    Stuck,
}

impl Reply {
    /// A JSON body.
    pub(crate) fn json(body: &Value) -> Self {
        Self::text(body.to_string()).header("content-type", "application/json")
    }

    /// Any body.
    pub(crate) fn text(body: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            ending: Ending::Whole,
        }
    }

    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Closes the connection in the middle of the body.
    pub(crate) fn cut(self) -> Self {
        Self {
            ending: Ending::Cut,
            ..self
        }
    }

    /// Sends half of the body and keeps the connection open.
    pub(crate) fn stuck(self) -> Self {
        Self {
            ending: Ending::Stuck,
            ..self
        }
    }
}

/// A recorded request.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// Includes the query.
    pub(crate) path: String,
    /// Names are in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Null if there is none.
    pub(crate) body: Value,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(one, _)| one == name)?;
        Some(value)
    }
}

/// Omits the headers that every request has.
impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, self.path)?;
        let mut headers = self.headers.clone();
        headers.sort();
        for (name, value) in headers {
            if !["accept", "content-length", "host", "user-agent"].contains(&name.as_str()) {
                writeln!(f, "{name}: {value}")?;
            }
        }
        if self.body != Value::Null {
            write!(f, "\n{:#}", self.body)?;
        }
        Ok(())
    }
}

/// A running server; it stops on drop.
pub(crate) struct Server {
    port: u16,
    shared: Arc<Shared>,
    _task: JoinSet<()>,
}

struct Shared {
    replies: Mutex<VecDeque<Reply>>,
    received: Mutex<Vec<Received>>,
    half_sent: Notify,
    hung_up: Notify,
}

impl Server {
    /// Sends these replies in turn, then HTTP 500.
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            replies: Mutex::new(replies.into_iter().collect()),
            received: Mutex::default(),
            half_sent: Notify::new(),
            hung_up: Notify::new(),
        });
        let mut task = JoinSet::new();
        task.spawn(listen(listener, shared.clone()));
        Self {
            port,
            shared,
            _task: task,
        }
    }

    /// URL without a trailing slash.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All requests so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Waits until a reply is stuck.
    pub(crate) async fn half_sent(&self) {
        self.shared.half_sent.notified().await;
    }

    /// Waits until the client of a stuck reply has disconnected.
    pub(crate) async fn hung_up(&self) {
        self.shared.hung_up.notified().await;
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        connections.spawn(async move {
            // The client may disconnect at any time.
            let _ = serve(stream, &shared).await;
        });
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let received = receive(&mut stream).await?;
    shared.received.lock().unwrap().push(received);
    let reply = shared.replies.lock().unwrap().pop_front();
    let reply = reply.unwrap_or_else(|| Reply::text("no more replies").status(500));
    let mut head = format!(
        "HTTP/1.1 {} Whatever\r\nconnection: close\r\ncontent-length: {}\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    let body = reply.body.as_bytes();
    match reply.ending {
        Ending::Whole => stream.write_all(body).await?,
        Ending::Cut => stream.write_all(&body[..body.len() / 2]).await?,
        Ending::Stuck => {
            stream.write_all(&body[..body.len() / 2]).await?;
            shared.half_sent.notify_one();
            // Ends with an error or the end of the stream once the client is gone.
            let _ = stream.read(&mut [0]).await;
            shared.hung_up.notify_one();
        }
    }
    stream.shutdown().await
}

async fn receive(stream: &mut TcpStream) -> std::io::Result<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if !bytes[0].is_ascii_uppercase() {
            // Not a method: the client speaks TLS.
            return Err(std::io::ErrorKind::InvalidData.into());
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap().split(' ');
    let mut received = Received {
        method: words.next().unwrap().to_owned(),
        path: words.next().unwrap().to_owned(),
        headers: lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect(),
        body: Value::Null,
    };
    let length = received
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    if length > 0 {
        received.body = serde_json::from_slice(&body).unwrap();
    }
    Ok(received)
}
