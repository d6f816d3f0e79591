//! `conditional`: one of two branches.

mod complexity;
mod expression;
mod tokens;

use recipe_core::template::Template;
use recipe_core::{
    ConfigError, Context, InField, Scope, Step, StepBuilder, StepDocument, StepError, Steps,
};
use schemars::JsonSchema;
use serde::Deserialize;

pub use expression::ConditionError;

/// Runs one of two branches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "conditional")]
pub struct ConditionalConfig {
    /// `true`, `false`, or an expression once rendered: comparisons, `and`, `or`, `not`, `in`, lists,
    /// `file_exists('…')`, `all_files_exist([…])`, `file_is_newer('…', '…')`, `and(…)`, `or(…)`, `not(…)`. A
    /// template.
    pub condition: Condition,
    /// What to do when the condition holds.
    #[serde(default)]
    pub if_true: Option<Branch>,
    /// What to do when it does not.
    #[serde(default)]
    pub if_false: Option<Branch>,
}

/// A condition as written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected true, false, or a template that parses"
)]
#[schemars(inline)]
pub enum Condition {
    /// Decided already.
    Decided(bool),
    /// A template that renders to an expression.
    Expression(Template),
}

/// Steps to run in one case.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct Branch {
    /// The steps, run one after the other on the same context.
    #[serde(default)]
    pub steps: Vec<StepDocument>,
}

/// See [`ConditionalConfig`].
pub struct Conditional {
    condition: Condition,
    if_true: Steps,
    if_false: Steps,
}

impl Step for Conditional {
    const TYPE: &'static str = "conditional";
    type Config = ConditionalConfig;

    fn new(config: ConditionalConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        let if_true = config.if_true.unwrap_or_default().steps;
        let if_false = config.if_false.unwrap_or_default().steps;
        Ok(Self {
            condition: config.condition,
            if_true: builder.steps(&["if_true", "steps"], "if_true step", &if_true),
            if_false: builder.steps(&["if_false", "steps"], "if_false step", &if_false),
        })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let holds = match &self.condition {
            Condition::Decided(holds) => *holds,
            Condition::Expression(template) => {
                let expression = template.render(context).in_field("condition")?;
                holds(scope, expression).await?
            }
        };
        let branch = if holds { &self.if_true } else { &self.if_false };
        scope.run_steps(branch, context).await
    }
}

async fn holds(scope: &Scope, expression: String) -> Result<bool, StepError> {
    // Only the functions that look at files can block.
    if expression.contains("file") {
        scope
            .blocking(move || expression::evaluate(&expression))
            .await
    } else {
        Ok(expression::evaluate(&expression)?)
    }
}
