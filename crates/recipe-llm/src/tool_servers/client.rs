//! Our side of a conversation with a server of tools: what we are, and what of the server's own messages matters.

use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rmcp::RoleClient;
use rmcp::handler::client::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, CustomRequest, CustomResult, ErrorCode, ErrorData,
    Implementation, ProtocolVersion, ServerCapabilities, SubscriptionFilter,
};
use rmcp::service::{NotificationContext, Peer, RequestContext};
use tracing::debug;

/// A count of the times that a server has said that its tools are others.
pub(super) type Changed = Arc<AtomicU64>;

/// A client that declares nothing: requests of the server are refused.
#[derive(Clone)]
pub(super) struct ToolClient {
    pub(super) changed: Changed,
}

impl ClientHandler for ToolClient {
    fn get_info(&self) -> ClientConfig {
        let implementation = Implementation::new("recipe", env!("CARGO_PKG_VERSION"));
        ClientConfig::new(ClientCapabilities::default(), implementation)
            .with_protocol_version(ProtocolVersion::V_2025_11_25)
    }

    fn on_custom_request(
        &self,
        _: CustomRequest,
        _: RequestContext<RoleClient>,
    ) -> impl Future<Output = Result<CustomResult, ErrorData>> + Send + '_ {
        // It needs what we have not declared.
        ready(Err(ErrorData::new(
            ErrorCode::METHOD_NOT_FOUND,
            "Method not found",
            None,
        )))
    }

    fn on_tool_list_changed(
        &self,
        _: NotificationContext<RoleClient>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.changed.fetch_add(1, Ordering::Relaxed);
        ready(())
    }
}

/// Whether a server says that it may change its list of tools.
pub(super) fn changes_tools(capabilities: &ServerCapabilities) -> bool {
    let tools = capabilities.tools.as_ref();
    tools.is_some_and(|tools| tools.list_changed == Some(true))
}

/// Has a server of the newest revision say when its tools are others, which older ones do unasked. It has no end.
pub(super) async fn watch_tools(peer: Peer<RoleClient>, changed: Changed) {
    let is_watched = peer.peer_info().is_some_and(|server| {
        server.protocol_version >= ProtocolVersion::V_2026_07_28
            && changes_tools(&server.capabilities)
    });
    if is_watched {
        let filter = SubscriptionFilter::builder().tools_list_changed().build();
        match peer.listen(filter).await {
            Ok(mut subscription) => {
                while let Ok(Some(_)) = subscription.next().await {
                    changed.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(error) => debug!("no subscription to changes of tools: {error}"),
        }
    }
    pending().await
}
