//! A tool server of a step, its own or shared with other steps of the run.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use recipe_core::{Context, Scope, StepError};
use tokio::sync::OnceCell;

use super::config::{Shared, ToolServer};
use super::connection::{Connection, Lifetime};
use super::target::Target;
use crate::http_clients::HttpClients;

/// A connected server.
pub(crate) enum Server {
    /// Ends with the step.
    Step(Connection),
    /// Ends with the run.
    Run(Arc<Connection>),
}

impl Server {
    /// Connects to the server in this field of a step.
    pub(crate) async fn reach(
        server: &ToolServer,
        field: &str,
        http: &HttpClients,
        scope: &Scope,
        context: &Context,
    ) -> Result<Self, StepError> {
        let target = Target::render(server, field, scope, context)?;
        let open =
            |lifetime, target| Connection::open(target, server.timeout(), lifetime, http, scope);
        match server.shared {
            Shared::Step => open(Lifetime::Step, target).await.map(Self::Step),
            Shared::Run => {
                let slot = scope.shared::<SharedServers>().slot(&target);
                let connection = slot
                    .get_or_try_init(async || open(Lifetime::Run, target).await.map(Arc::new))
                    .await?;
                Ok(Self::Run(connection.clone()))
            }
        }
    }

    /// Closes the connection if it belongs to the step, and waits for its task.
    pub(crate) async fn close(self) {
        if let Self::Step(connection) = self {
            connection.close().await;
        }
    }
}

impl Deref for Server {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Step(connection) => connection,
            Self::Run(connection) => connection,
        }
    }
}

/// Shared servers of a run.
#[derive(Default)]
struct SharedServers(Mutex<HashMap<Target, Slot>>);

/// A shared server; callers wait while it is starting.
type Slot = Arc<OnceCell<Arc<Connection>>>;

impl SharedServers {
    fn slot(&self, target: &Target) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(target.clone()).or_default();
        // A server that has exited is restarted.
        if slot.get().is_some_and(|server| server.has_ended()) {
            *slot = Slot::default();
        }
        slot.clone()
    }
}
