//! `conditional`: one of two branches.

mod complexity;
mod evaluator;
mod expression;
mod expression_error;
mod number;
mod parser;
mod quoted;
mod tokens;
mod tree;
mod value;

use std::fmt;

use recipe_core::document::StepDocument;
use recipe_core::journal::Effect;
use recipe_core::registry::{StepTraits, Steps};
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::forms::{other_form, template};

pub use expression::{ConditionError, check_condition, evaluate_condition};
pub use expression_error::{ExpressionError, ExpressionProblem};

/// Runs one of two branches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "conditional")]
#[non_exhaustive]
pub struct ConditionalConfig {
    /// `true`, `false`, or an expression once rendered, which means what it does in Python: comparisons, `and`, `or`,
    /// `not`, `in`, numbers and arithmetic, lists, `file_exists('…')`, `all_files_exist([…])`,
    /// `file_is_newer('…', '…')`, `and(…)`, `or(…)`, `not(…)`. Text stands in quotes: `'{{ name }}' == 'x'`; only
    /// values of the same kind have an order. A template.
    pub condition: Condition,
    /// What to do when the condition holds.
    #[serde(default)]
    pub if_true: Option<Branch>,
    /// What to do when it does not.
    #[serde(default)]
    pub if_false: Option<Branch>,
}

/// A condition as written.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline, untagged)]
#[non_exhaustive]
pub enum Condition {
    /// Decided already.
    Decided(bool),
    /// A template that renders to an expression.
    Expression(Template),
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(holds) => Ok(Self::Decided(holds)),
            Value::String(text) => Ok(Self::Expression(template(&text)?)),
            value => Err(other_form(&value, "true, false or text")),
        }
    }
}

/// Steps to run in one case.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self")]
pub struct Branch {
    /// The steps, run one after the other on the same context.
    #[serde(default)]
    pub steps: Vec<StepDocument>,
}

/// From an object only; a struct alone would be read from a list, too.
impl<'de> Deserialize<'de> for Branch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Branch;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with `steps`")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Branch, A::Error> {
                Branch::deserialize(MapAccessDeserializer::new(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
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
    const EFFECT: Effect = Effect::Context;
    const TRAITS: StepTraits = StepTraits::new().decides_by("condition", "if_true", "if_false");

    fn new(config: ConditionalConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        check(&config.condition)?;
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

/// A condition without templates in it can be wrong before it is ever rendered.
fn check(condition: &Condition) -> Result<(), ConfigError> {
    let Condition::Expression(template) = condition else {
        return Ok(());
    };
    if !template.is_plain() {
        return Ok(());
    }
    evaluate_condition(template.text())
        .map(drop)
        .map_err(|error| {
            let message = match error {
                ConditionError::Invalid { source, .. }
                    if matches!(source.problem, ExpressionProblem::UnknownName { .. }) =>
                {
                    source.to_string()
                }
                ConditionError::Invalid { expression, source } => {
                    format!("`{expression}` cannot be evaluated: {source}")
                }
                ConditionError::Empty => "empty, write true, false or an expression".to_owned(),
                other => other.to_string(),
            };
            ConfigError::condition("condition", message)
        })
}

async fn holds(scope: &Scope, expression: String) -> Result<bool, StepError> {
    if expression::asks_for_files(&expression) {
        let question = expression.clone();
        let look = scope.blocking(move || expression::evaluate(&expression));
        // The steps of a branch may make the very file that it was taken for lack of.
        scope.decide(&question, look).await
    } else {
        Ok(expression::evaluate(&expression)?)
    }
}
