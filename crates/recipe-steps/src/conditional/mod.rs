//! `conditional`: runs one of two branches.

mod complexity;
mod evaluator;
mod expression;
mod expression_error;
mod number;
mod parser;
mod strings;
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

use crate::forms::{parse_template, unexpected_form};

pub use expression::{ConditionError, check_condition, evaluate_condition};
pub use expression_error::{ExpressionError, ExpressionProblem};

/// Runs one of two branches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "conditional")]
#[non_exhaustive]
pub struct ConditionalConfig {
    /// `true`, `false`, or a template of an expression with the meaning it has in Python:
    /// comparisons, `and`, `or`, `not`, `in`, numbers and arithmetic, lists,
    /// `file_exists('…')`, `all_files_exist([…])`, `file_is_newer('…', '…')`, `and(…)`, `or(…)`,
    /// `not(…)`. Strings need quotes: `'{{ name }}' == 'x'`. Only values of the same kind have an
    /// order.
    pub condition: Condition,
    /// Steps to run if the condition is true.
    #[serde(default)]
    pub if_true: Option<Branch>,
    /// Steps to run if the condition is false.
    #[serde(default)]
    pub if_false: Option<Branch>,
}

/// Configured condition.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline, untagged)]
#[non_exhaustive]
pub enum Condition {
    /// A boolean.
    Literal(bool),
    /// A template that renders to an expression.
    Expression(Template),
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(holds) => Ok(Self::Literal(holds)),
            Value::String(text) => Ok(Self::Expression(parse_template(&text)?)),
            value => Err(unexpected_form(&value, "true, false or a string")),
        }
    }
}

/// Steps of a branch.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self")]
pub struct Branch {
    /// Steps to run, one after the other on the same context.
    #[serde(default)]
    pub steps: Vec<StepDocument>,
}

/// Accepts only objects; the derived implementation would accept lists, too.
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
            Condition::Literal(holds) => *holds,
            Condition::Expression(template) => {
                let expression = template.render(context).in_field("condition")?;
                evaluate(scope, expression).await?
            }
        };
        let branch = if holds { &self.if_true } else { &self.if_false };
        scope.run_steps(branch, context).await
    }
}

/// Checks a condition without templates when the recipe is loaded.
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
                    format!("invalid `{expression}`: {source}")
                }
                ConditionError::Empty => "empty, expected true, false or an expression".to_owned(),
                other => other.to_string(),
            };
            ConfigError::condition("condition", message)
        })
}

async fn evaluate(scope: &Scope, expression: String) -> Result<bool, StepError> {
    if expression::may_access_files(&expression) {
        let question = expression.clone();
        let evaluation = scope.blocking(move || expression::evaluate(&expression));
        // The steps of a branch may create the file whose absence led to it.
        scope.decide(&question, evaluation).await
    } else {
        Ok(expression::evaluate(&expression)?)
    }
}
