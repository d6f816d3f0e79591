//! Telling a client how far a run is: a notification for each step that has ended.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use recipe_core::event::StepInfo;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Event, Observer};
use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::Peer;
use tokio::sync::mpsc;

/// So many notifications may wait for the client. What comes while it takes none is counted and not told.
const WAITING: usize = 256;

/// Observes a run.
pub(super) struct Progress {
    secrets: KnownSecrets,
    steps: Arc<AtomicU64>,
    told: Option<mpsc::Sender<Told>>,
}

/// What a client is told.
struct Told {
    steps: u64,
    message: String,
}

/// Sends what an observer sees.
pub(super) struct ProgressSender {
    told: mpsc::Receiver<Told>,
    token: ProgressToken,
    peer: Peer<RoleServer>,
}

/// An observer, and what sends what it sees if the client has asked for that.
pub(super) fn progress(
    secrets: KnownSecrets,
    token: Option<ProgressToken>,
    peer: &Peer<RoleServer>,
) -> (Progress, Option<ProgressSender>) {
    let (told, sender) = token
        .map(|token| {
            let (told, receiver) = mpsc::channel(WAITING);
            let sender = ProgressSender {
                told: receiver,
                token,
                peer: peer.clone(),
            };
            (told, sender)
        })
        .unzip();
    let progress = Progress {
        secrets,
        steps: Arc::default(),
        told,
    };
    (progress, sender)
}

impl Progress {
    /// How many steps have done their work, those inside others too.
    pub(super) fn steps(&self) -> Arc<AtomicU64> {
        self.steps.clone()
    }

    fn ended(&self, word: &str, step: &StepInfo<'_>) {
        let steps = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(told) = &self.told else { return };
        let mut message = format!("{word} {} {}", step.path, step.step_type);
        if let Some(name) = step.name {
            // Writing to a text does not fail.
            let _ = write!(message, " {name:?}");
        }
        let message = self.secrets.mask(&message).into_owned();
        // A client that is slow is told less.
        let _ = told.try_send(Told { steps, message });
    }
}

impl Observer for Progress {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::StepFinished { step, .. } => self.ended("done", step),
            Event::StepRecovered { step, .. } => self.ended("recovered", step),
            _ => {}
        }
    }
}

impl ProgressSender {
    /// Sends until the run is over or the client is gone.
    pub(super) async fn send(mut self) {
        let mut highest = 0;
        while let Some(Told { steps, message }) = self.told.recv().await {
            // Substeps end on several threads; the number is only to grow.
            if steps <= highest {
                continue;
            }
            highest = steps;
            let progress = ProgressNotificationParam::new(self.token.clone(), steps as f64)
                .with_message(message);
            if self.peer.notify_progress(progress).await.is_err() {
                return;
            }
        }
    }
}
