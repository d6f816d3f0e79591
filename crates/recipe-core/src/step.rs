//! What a step is: a configuration, and what it does to a context.

use std::future::Future;
use std::pin::Pin;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::Context;
use crate::error::{ConfigError, StepError};
use crate::journal::Effect;
use crate::registry::StepBuilder;
use crate::run::Scope;
use crate::step_traits::StepTraits;

/// The configuration of a step: a plain struct deriving `Deserialize` and `JsonSchema`.
///
/// Its doc comment is the description of the step, and the doc comments of its fields are theirs: in the
/// schema, as hover text in editors, in `recipe steps`. There is no other place where they are described.
/// Implemented for every type that has what it takes.
pub trait StepConfig: DeserializeOwned + JsonSchema + Send + Sync + 'static {}

impl<T: DeserializeOwned + JsonSchema + Send + Sync + 'static> StepConfig for T {}

/// A kind of step. [The crate documentation](crate) shows one.
pub trait Step: Sized + Send + Sync + 'static {
    /// The name recipes call it by, in snake case.
    const TYPE: &'static str;

    /// What recipes write to configure it.
    type Config: StepConfig;

    /// Where its effect lies. Durable runs have the one outside on the disk before they go on, so say so of what writes
    /// files, runs programs, costs money or takes long. What steps inside it do does not count.
    const EFFECT: Effect = Effect::Outside;

    /// Facts about its steps that tools need which look at recipes without running them.
    const TRAITS: StepTraits = StepTraits::new();

    /// Makes a step from its checked configuration. Steps that hold further steps have them prepared by the
    /// `builder`; most steps need only the configuration.
    ///
    /// # Errors
    /// When the configuration fits its types and yet cannot be right, such as two fields that exclude one
    /// another. Reported as a mistake in the document, before anything runs.
    fn new(config: Self::Config, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError>;

    /// Does the step's work on a context.
    ///
    /// The future is dropped at an await when the run is cancelled, so what it holds must clean up when
    /// dropped. Work that blocks a thread belongs into [`Scope::blocking`]. A panic becomes the step's error.
    ///
    /// # Errors
    /// When the work fails; an error of the step's own type becomes a [`StepError`] with `?`.
    fn execute(
        &self,
        scope: &Scope,
        context: &mut Context,
    ) -> impl Future<Output = Result<(), StepError>> + Send;
}

/// A [`Step`] of any type, behind a pointer.
pub(crate) trait AnyStep: Send + Sync {
    fn effect(&self) -> Effect;

    fn execute_boxed<'a>(
        &'a self,
        scope: &'a Scope,
        context: &'a mut Context,
    ) -> Pin<Box<dyn Future<Output = Result<(), StepError>> + Send + 'a>>;
}

impl<S: Step> AnyStep for S {
    fn effect(&self) -> Effect {
        S::EFFECT
    }

    fn execute_boxed<'a>(
        &'a self,
        scope: &'a Scope,
        context: &'a mut Context,
    ) -> Pin<Box<dyn Future<Output = Result<(), StepError>> + Send + 'a>> {
        Box::pin(self.execute(scope, context))
    }
}
