//! Reports the progress of a run to a client, with a notification for each finished step.

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

/// Maximum number of queued notifications. Beyond it, steps are counted but not reported.
const MAX_QUEUED_UPDATES: usize = 256;

/// Observer of a run.
pub(super) struct Progress {
    secrets: KnownSecrets,
    steps: Arc<AtomicU64>,
    updates: Option<mpsc::Sender<Update>>,
}

/// A progress notification.
struct Update {
    steps: u64,
    message: String,
}

/// Sends the notifications of an observer.
pub(super) struct ProgressSender {
    updates: mpsc::Receiver<Update>,
    token: ProgressToken,
    peer: Peer<RoleServer>,
}

/// Creates an observer, and a sender if the client has asked for progress.
pub(super) fn progress(
    secrets: KnownSecrets,
    token: Option<ProgressToken>,
    peer: &Peer<RoleServer>,
) -> (Progress, Option<ProgressSender>) {
    let (updates, sender) = token
        .map(|token| {
            let (updates, receiver) = mpsc::channel(MAX_QUEUED_UPDATES);
            let sender = ProgressSender {
                updates: receiver,
                token,
                peer: peer.clone(),
            };
            (updates, sender)
        })
        .unzip();
    let progress = Progress {
        secrets,
        steps: Arc::default(),
        updates,
    };
    (progress, sender)
}

impl Progress {
    /// Number of finished steps, including substeps.
    pub(super) fn steps(&self) -> Arc<AtomicU64> {
        self.steps.clone()
    }

    fn ended(&self, word: &str, step: &StepInfo<'_>) {
        let steps = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(updates) = &self.updates else { return };
        let mut message = format!("{word} {} {}", step.path, step.step_type);
        if let Some(name) = step.name {
            // Writing to a string does not fail.
            let _ = write!(message, " {name:?}");
        }
        let message = self.secrets.mask(&message).into_owned();
        // A slow client gets fewer notifications.
        let _ = updates.try_send(Update { steps, message });
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
    /// Sends until the run ends or the client disconnects.
    pub(super) async fn send(mut self) {
        let mut highest = 0;
        while let Some(Update { steps, message }) = self.updates.recv().await {
            // Substeps finish on several threads, but the number must increase.
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
