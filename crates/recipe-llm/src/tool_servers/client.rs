//! The client side of a connection to a tool server.

use std::future::{pending, ready};

use rmcp::RoleClient;
use rmcp::handler::client::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, CustomRequest, CustomResult, ErrorCode, ErrorData,
    Implementation, ProtocolVersion, ServerCapabilities, SubscriptionFilter,
};
use rmcp::service::{Peer, RequestContext};
use tracing::debug;

/// A client without capabilities: requests of the server are rejected.
#[derive(Clone)]
pub(super) struct ToolClient;

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
        // It requires a capability that we have not declared.
        ready(Err(ErrorData::new(
            ErrorCode::METHOD_NOT_FOUND,
            "Method not found",
            None,
        )))
    }
}

/// Whether a server declares that its list of tools may change.
pub(super) fn changes_tools(capabilities: &ServerCapabilities) -> bool {
    let tools = capabilities.tools.as_ref();
    tools.is_some_and(|tools| tools.list_changed == Some(true))
}

/// Subscribes to changes of the tools of a server with the newest protocol version; older servers
/// report them unasked. `Incoming` counts them. Never resolves.
pub(super) async fn watch_tools(peer: Peer<RoleClient>) {
    let is_watched = peer.peer_info().is_some_and(|server| {
        server.protocol_version >= ProtocolVersion::V_2026_07_28
            && changes_tools(&server.capabilities)
    });
    if is_watched {
        let filter = SubscriptionFilter::builder().tools_list_changed().build();
        match peer.listen(filter).await {
            Ok(mut subscription) => while let Ok(Some(_)) = subscription.next().await {},
            Err(error) => debug!("cannot subscribe to tool changes: {error}"),
        }
    }
    pending().await
}
