//! The server over streamable HTTP, for clients on this machine only.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use recipe_core::CancellationToken;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

use super::http_request::{MAX_BODY_BYTES, PATH, RequestHandler};
use super::{RecipeServer, ServerError};

/// Idle time before a session expires. A run may take long without sending anything.
const SESSION_IDLE_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// Delay before accepting again if the system has no room for another connection.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// A server that listens on this machine.
pub struct HttpListener {
    server: RecipeServer,
    listener: TcpListener,
    address: SocketAddr,
}

impl RecipeServer {
    /// Listens on a port of the loopback address; 0 picks a free one.
    ///
    /// # Errors
    /// If the port is in use.
    pub async fn listen(self, port: u16) -> Result<HttpListener, ServerError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let failed = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(HttpListener {
            server: self,
            listener,
            address,
        })
    }
}

impl HttpListener {
    /// URL of the server.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Serves clients until `stop` fires. No call is left running then.
    pub async fn serve(self, stop: CancellationToken) {
        let Self {
            server, listener, ..
        } = self;
        let shared = server.shared.clone();
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = Some(SESSION_IDLE_TIMEOUT);
        let mut config = StreamableHttpServerConfig::default();
        config.cancellation_token = stop.clone();
        config.max_request_body_bytes = MAX_BODY_BYTES;
        // Rejects requests of web pages, whatever name they use for this machine.
        let config = config.enforce_origin_validation();
        let sessions = Arc::new(sessions);
        let sdk = StreamableHttpService::new(move || Ok(server.clone()), sessions.clone(), config);
        let handler = RequestHandler { sdk, sessions };
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, handler.clone(), stop.clone()));
                }
                Err(_) => tokio::time::sleep(ACCEPT_RETRY_DELAY).await,
            }
        }
        shared.end().await;
        connections.close();
        connections.wait().await;
    }
}

/// Serves a connection.
async fn serve_connection(stream: TcpStream, handler: RequestHandler, stop: CancellationToken) {
    let service = service_fn(move |request| handler.clone().handle(request));
    let mut server = http1::Builder::new();
    let connection = server
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    // A broken connection does not concern the server.
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        _ = connection => {}
    }
}
