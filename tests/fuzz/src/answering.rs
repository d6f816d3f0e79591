//! Local HTTP server with scripted responses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Response to a request with this body.
pub(crate) type Answer = Box<dyn Fn(&[u8]) -> HttpAnswer + Send>;

/// HTTP response.
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) body: Vec<u8>,
}

/// Server that lives as long as the process.
pub(crate) struct Answering {
    pub(crate) address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
}

impl Answering {
    /// Listens on a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it listens");
        let nothing: Answer = Box::new(|_| HttpAnswer {
            status: 404,
            kind: "text/plain",
            body: Vec::new(),
        });
        let answer = Arc::new(Mutex::new(nothing));
        let answers = answer.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answers = answers.clone();
                // Broken connections are ignored.
                thread::spawn(move || while let Some(()) = serve(&stream, &answers) {});
            }
        });
        Self { address, answer }
    }

    /// Sets the response for all following requests.
    pub(crate) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }
}

/// Answers one request. `None` once the client has disconnected.
fn serve(stream: &TcpStream, answers: &Mutex<Answer>) -> Option<()> {
    let mut lines = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    let answer = answers.lock().unwrap_or_else(PoisonError::into_inner)(&body);
    let head = format!(
        "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
        answer.status,
        answer.kind,
        answer.body.len()
    );
    let mut stream = stream;
    stream
        .write_all(&[head.as_bytes(), &answer.body].concat())
        .ok()
}
