//! State that all scopes of one run share.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::durable::Durable;
use super::group::Group;
use super::loader::Loader;
use super::options::Options;
use crate::error::StepError;
use crate::event::Event;
use crate::{Context, Registry};

/// State of one run.
pub(super) struct RunState {
    pub(super) loader: Loader,
    pub(super) options: Options,
    /// Journal of a durable run.
    pub(super) durable: Option<Durable>,
    /// Fires when the run ends.
    pub(super) end: CancellationToken,
    /// Everything that must finish before the run ends.
    pub(super) group: Group,
    tasks: Arc<Semaphore>,
    /// Values that steps share in this run, by their types.
    shared: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl RunState {
    pub(super) fn new(
        registry: Arc<Registry>,
        options: Options,
        durable: Option<Durable>,
    ) -> Arc<Self> {
        let max_tasks = options.max_tasks.min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            loader: Loader::new(registry, options.strict),
            end: options.cancellation.child_token(),
            options,
            durable,
            group: Group::root(),
            tasks: Arc::new(Semaphore::new(max_tasks)),
            shared: Mutex::default(),
        })
    }

    /// Returns the shared value of a type; makes it on first use.
    pub(super) fn shared<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let value = shared.entry(TypeId::of::<T>());
        let value = value.or_insert_with(|| Arc::new(T::default())).clone();
        value.downcast().expect("values are stored by their types")
    }

    /// Takes a permit to run a task.
    pub(super) fn claim_task(&self) -> Result<OwnedSemaphorePermit, StepError> {
        // Never waits: the tasks that hold permits may be waiting for this one.
        let claim = self.tasks.clone().try_acquire_owned();
        claim.map_err(|_| StepError::TooManyTasks {
            limit: self.options.max_tasks,
        })
    }

    /// Copies environment variables into the configuration.
    pub(super) fn load_variables(&self, names: &[String], context: &mut Context) {
        if !names.is_empty() {
            if let Some(durable) = &self.durable {
                durable.variables_named(names, &self.options.environment);
            }
            self.options.environment.copy(names, context);
            self.options.secrets.learn(context.config());
        }
    }

    /// Whether an observer wants to know how artifacts change.
    pub(super) fn are_artifacts_watched(&self) -> bool {
        let mut observers = self.options.observers.iter();
        observers.any(|observer| observer.watches_artifacts())
    }

    /// Whether anyone receives events.
    pub(super) fn is_observed(&self) -> bool {
        self.durable.is_some() || !self.options.observers.is_empty()
    }

    /// Notifies observers, then the journal.
    pub(super) fn emit(&self, event: &Event<'_>) {
        for observer in &self.options.observers {
            observer.observe(event);
        }
        if let Some(durable) = &self.durable {
            durable.journal().observe(event);
        }
    }
}
