//! Optional properties before required ones in response schemas (`order-of-properties`).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use insta::assert_snapshot;
use recipe_core::{ConfigError, Context, Registry, Scope, Step, StepBuilder, StepError};
use recipe_lint::{Code, Linter, Severity};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Asks a model.
#[derive(Deserialize, JsonSchema)]
struct AskConfig {
    /// Format of the response.
    #[schemars(extend("x-answer-schema" = true))]
    format: Value,
}

struct Ask;

impl Step for Ask {
    const TYPE: &'static str = "ask";
    type Config = AskConfig;

    fn new(config: AskConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        drop(config.format);
        Ok(Self)
    }

    async fn execute(&self, _: &Scope, _: &mut Context) -> Result<(), StepError> {
        Ok(())
    }
}

/// Warnings about a format, each with the underlined text.
fn warnings(format: &Value) -> String {
    let text = json!([{"type": "ask", "config": {"format": format}}]).to_string();
    let mut registry = Registry::new();
    registry.register::<Ask>().unwrap();
    let linted = Linter::new(registry).lint_text(Path::new("r.json"), text.clone().into());
    let found = linted.diagnostics.iter().map(|found| {
        assert_eq!(
            (found.code, found.severity),
            (Code::OrderOfProperties, Severity::Warning)
        );
        format!(">{}< {}\n", &text[found.span.clone()], found.message)
    });
    found.collect()
}

#[test]
fn an_optional_property_before_a_required_one_is_underlined() {
    let format = json!({
        "type": "object",
        "properties": {"reasoning": {"type": "string"}, "answer": {"type": "string"}},
        "required": ["answer"],
    });
    assert_snapshot!(warnings(&format), @r#">"reasoning"< step 0 (ask): format.properties.reasoning: optional property before a required one: reasoning may come after answer, list it in `required` to keep the order"#);
    // The items of a list, and one warning for each object.
    let format = json!([{
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "why": {"type": "string"},
            "evidence": {"type": "array", "items": {
                "properties": {"quote": {}, "weight": {}},
                "required": ["weight"],
            }},
            "verdict": {"enum": ["a", "b"]},
            "note": {"type": "string"},
        },
        "required": ["verdict", "id"],
    }]);
    assert_snapshot!(warnings(&format), @r#"
    >"why"< step 0 (ask): format[0].properties.why: optional property before a required one: why, evidence may come after verdict, list it in `required` to keep the order
    >"quote"< step 0 (ask): format[0].properties.evidence.items.properties.quote: optional property before a required one: quote may come after weight, list it in `required` to keep the order
    "#);
    let format = json!({"$ref": "#/$defs/A", "$defs": {"A": {
        "type": "object",
        "properties": {"a": {}, "b": {"anyOf": [{"type": "null"}, {"properties": {"x": {}, "y": {}}, "required": ["y"]}]}},
        "required": ["b"],
    }}});
    assert_snapshot!(warnings(&format), @r#"
    >"a"< step 0 (ask): format.$defs.A.properties.a: optional property before a required one: a may come after b, list it in `required` to keep the order
    >"x"< step 0 (ask): format.$defs.A.properties.b.anyOf[1].properties.x: optional property before a required one: x may come after y, list it in `required` to keep the order
    "#);
}

#[test]
fn properties_that_keep_their_order_are_not_reported() {
    for format in [
        json!("text"),
        json!({"type": "object"}),
        json!({"properties": {"reasoning": {}, "answer": {}}, "required": ["answer", "reasoning"]}),
        json!({"properties": {"answer": {}, "reasoning": {}}, "required": ["answer"]}),
        json!({"properties": {"reasoning": {}, "answer": {}}}),
        // A property that only `required` names has no position.
        json!({"properties": {"reasoning": {}}, "required": ["answer"]}),
        json!({"properties": {"reasoning": {}, "answer": {}}, "required": "answer"}),
        // These are values.
        json!({"default": {"properties": {"a": {}, "b": {}}, "required": ["b"]}}),
    ] {
        assert_eq!(warnings(&format), "", "{format}");
    }
}

#[test]
fn the_name_of_the_code_is_stable() {
    assert_eq!(Code::OrderOfProperties.name(), "order-of-properties");
}
