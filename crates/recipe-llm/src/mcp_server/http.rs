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

use super::http_request::{Front, LONGEST, PATH};
use super::{RecipeServer, ServerError};

/// How long a conversation may rest before it is forgotten. A run may take long and say nothing.
const REST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait before listening again when the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// A server that listens at an address of this machine.
pub struct Listening {
    server: RecipeServer,
    listener: TcpListener,
    address: SocketAddr,
}

impl RecipeServer {
    /// Listens at a port of this machine's own address; 0 is any that is free.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn listen(self, port: u16) -> Result<Listening, ServerError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let failed = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Listening {
            server: self,
            listener,
            address,
        })
    }
}

impl Listening {
    /// Where clients find the server.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Converses with clients until `stop` fires. Then nothing of what they have called is left running.
    pub async fn serve(self, stop: CancellationToken) {
        let Self {
            server, listener, ..
        } = self;
        let shared = server.shared.clone();
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = Some(REST);
        let mut config = StreamableHttpServerConfig::default();
        config.cancellation_token = stop.clone();
        config.max_request_body_bytes = LONGEST;
        // Pages of a browser have no business here, whatever name they call this machine by.
        let config = config.enforce_origin_validation();
        let sessions = Arc::new(sessions);
        let sdk = StreamableHttpService::new(move || Ok(server.clone()), sessions.clone(), config);
        let front = Front { sdk, sessions };
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, front.clone(), stop.clone()));
                }
                Err(_) => tokio::time::sleep(NO_ROOM).await,
            }
        }
        shared.end().await;
        connections.close();
        connections.wait().await;
    }
}

/// One connection of a client.
async fn converse(stream: TcpStream, front: Front, stop: CancellationToken) {
    let answer = service_fn(move |request| front.clone().answer(request));
    let mut server = http1::Builder::new();
    let connection = server
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), answer);
    // A connection that breaks is the client's affair.
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        _ = connection => {}
    }
}
