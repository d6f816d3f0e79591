//! Steps: a configuration, and work on a context.

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
/// Its doc comments describe the step and its fields: in the schema, as hover text in editors, in
/// `recipe steps`. They are described nowhere else. Implemented for all types with these traits.
pub trait StepConfig: DeserializeOwned + JsonSchema + Send + Sync + 'static {}

impl<T: DeserializeOwned + JsonSchema + Send + Sync + 'static> StepConfig for T {}

/// A step type. [The crate documentation](crate) shows one.
pub trait Step: Sized + Send + Sync + 'static {
    /// Its name in recipes, in snake case.
    const TYPE: &'static str;

    /// Its configuration in recipes.
    type Config: StepConfig;

    /// Location of its effect, without that of its substeps. Durable runs store an effect outside
    /// on disk before they continue, so use that for steps that write files, run programs, cost
    /// money or take long.
    const EFFECT: Effect = Effect::Outside;

    /// Facts for tools that inspect recipes without running them.
    const TRAITS: StepTraits = StepTraits::new();

    /// Creates a step from its checked configuration. Steps with substeps have them prepared by the
    /// `builder`; most steps need only the configuration.
    ///
    /// # Errors
    ///
    /// If the configuration fits its types but is invalid, such as two fields that exclude each
    /// other. Reported as a mistake in the document, before anything runs.
    fn new(config: Self::Config, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError>;

    /// Does the step's work on a context.
    ///
    /// The future is dropped at an await when the run is cancelled, so the values it holds must
    /// clean up when dropped. Use [`Scope::blocking`] for work that blocks a thread. A panic
    /// becomes the step's error.
    ///
    /// # Errors
    ///
    /// If the work fails; an error of the step's own type becomes a [`StepError`] with `?`.
    fn execute(
        &self,
        scope: &Scope,
        context: &mut Context,
    ) -> impl Future<Output = Result<(), StepError>> + Send;
}

/// A type-erased [`Step`].
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
