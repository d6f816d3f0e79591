//! A server of tools that a step has: for itself, or together with other steps of the run.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use recipe_core::{Context, Scope, StepError};
use tokio::sync::OnceCell;

use super::config::{Shared, ToolServer};
use super::connection::{Connection, Lifetime};
use super::target::Target;
use crate::http_clients::HttpClients;

/// A server that has been reached.
pub(crate) enum Server {
    /// It ends with the step.
    OfStep(Connection),
    /// It ends with the run.
    OfRun(Arc<Connection>),
}

impl Server {
    /// Reaches a server, which stands in this field of a step.
    pub(crate) async fn reach(
        server: &ToolServer,
        field: &str,
        http: &HttpClients,
        scope: &Scope,
        context: &Context,
    ) -> Result<Self, StepError> {
        let target = Target::of(server, field, scope, context)?;
        let open =
            |lifetime, target| Connection::open(target, server.timeout(), lifetime, http, scope);
        match server.shared {
            Shared::Step => open(Lifetime::Step, target).await.map(Self::OfStep),
            Shared::Run => {
                let place = scope.shared::<ServersOfRun>().place(&target);
                let connection = place
                    .get_or_try_init(async || open(Lifetime::Run, target).await.map(Arc::new))
                    .await?;
                Ok(Self::OfRun(connection.clone()))
            }
        }
    }

    /// Ends the connection, if it is the step's own, and waits until nothing of it is left.
    pub(crate) async fn close(self) {
        if let Self::OfStep(connection) = self {
            connection.close().await;
        }
    }
}

impl Deref for Server {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::OfStep(connection) => connection,
            Self::OfRun(connection) => connection,
        }
    }
}

/// The servers that steps of a run share, by what they are.
#[derive(Default)]
struct ServersOfRun(Mutex<HashMap<Target, Place>>);

/// A server, or the place of one that is being started: who comes then waits for it.
type Place = Arc<OnceCell<Arc<Connection>>>;

impl ServersOfRun {
    fn place(&self, target: &Target) -> Place {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(target.clone()).or_default();
        // A server that has ended is started anew.
        if place.get().is_some_and(|server| server.has_ended()) {
            *place = Place::default();
        }
        place.clone()
    }
}
