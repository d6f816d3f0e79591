//! Request shapes of Anthropic's models.
//!
//! API version 2026-10-21 rejects `temperature`, `top_p` and `top_k` for all models, and the newest
//! models reject forced tools. Older models are asked with the previous version, which accepts all
//! of these.

use crate::model::Request;

/// Shape of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Version 2026-10-21, the key as a bearer token, no temperature, a schema in `output_config`.
    Newest,
    /// The same, with the schema in the prompt, for schemas that `output_config` does not support.
    Prompted,
    /// Version 2023-06-01, the key in `x-api-key`, a temperature, the schema as that of a forced
    /// tool.
    Older,
}

struct Row {
    /// A name, or a prefix of names.
    pattern: &'static str,
    shape: Shape,
    /// Source of the row.
    _source: &'static str,
    /// Date on which the source was read.
    _seen: &'static str,
}

const fn row(pattern: &'static str, shape: Shape, source: &'static str) -> Row {
    Row {
        pattern,
        shape,
        _source: source,
        _seen: "2026-11-28",
    }
}

const NO_SAMPLING: &str = "platform.claude.com/docs/en/api/migration-2026-10-21: models from Claude 4.7 on take the default temperature only, with either version";
const NO_FORCED_TOOLS: &str =
    "platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5: forced tool use is refused";
const SAMPLING: &str = "platform.claude.com/docs/en/api/migration-2026-10-21: Claude 4.6 and older keep their temperature with version 2023-06-01";

/// The first matching row wins; the names are those of anthropic 2.14.0 and earlier ones.
const TABLE: &[Row] = &[
    row("claude-opus-4-7", Shape::Newest, NO_SAMPLING),
    row("claude-opus-4-8", Shape::Newest, NO_SAMPLING),
    row("claude-opus-5", Shape::Newest, NO_FORCED_TOOLS),
    row("claude-sonnet-5", Shape::Newest, NO_SAMPLING),
    row("claude-haiku-5", Shape::Newest, NO_SAMPLING),
    row("claude-fable", Shape::Newest, NO_FORCED_TOOLS),
    row("claude-mythos", Shape::Newest, NO_FORCED_TOOLS),
    row("claude-opus-4", Shape::Older, SAMPLING),
    row("claude-sonnet-4", Shape::Older, SAMPLING),
    row("claude-haiku-4", Shape::Older, SAMPLING),
    row("claude-4", Shape::Older, SAMPLING),
    row("claude-3", Shape::Older, SAMPLING),
    row("claude-2", Shape::Older, SAMPLING),
    row("claude-1", Shape::Older, SAMPLING),
    row("claude-instant", Shape::Older, SAMPLING),
];

/// Maximum number of tokens without a stream. Beyond it the official client (anthropic 2.14.0)
/// fails, since the connection would be silent for more than ten minutes.
const MAX_UNSTREAMED_TOKENS: u32 = 21_333;

/// Slower models: the client's `MODEL_NONSTREAMING_TOKENS`.
const SLOW_MODELS: (&[&str], u32) = (
    &[
        "claude-opus-4-20250514",
        "claude-opus-4-0",
        "claude-4-opus-20250514",
        "anthropic.claude-opus-4-20250514-v1:0",
        "claude-opus-4@20250514",
        "anthropic.claude-opus-4-1-20250805-v1:0",
        "claude-opus-4-1@20250805",
    ],
    8_192,
);

impl Shape {
    /// Shape of a known model. Gateways add a prefix to its name, and write `4.5` for `4-5`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase().replace(['.', '@', ':'], "-");
        let name = &name[name.find("claude-")?..];
        let fits = |row: &&Row| {
            let rest = name.strip_prefix(row.pattern);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        TABLE.iter().find(fits).map(|row| row.shape)
    }

    /// Shape to retry in after a message that names a field specific to this one.
    pub(super) fn after(self, refusal: &str, request: &Request, is_known: bool) -> Option<Self> {
        let names = |fields: &[&str]| fields.iter().any(|field| refusal.contains(field));
        match self {
            Self::Newest if is_known => {
                (request.schema.is_some() && names(&["output_config"])).then_some(Self::Prompted)
            }
            Self::Newest | Self::Prompted => {
                names(&["output_config", "anthropic-version", "x-api-key"]).then_some(Self::Older)
            }
            Self::Older => names(&["tool_choice", "temperature"]).then_some(Self::Newest),
        }
    }
}

/// Whether a response of this many tokens must be streamed.
pub(super) fn is_streamed(name: &str, max_tokens: u32) -> bool {
    let (slow, max) = SLOW_MODELS;
    match slow.contains(&name) {
        true => max_tokens > max,
        false => max_tokens > MAX_UNSTREAMED_TOKENS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_known_by_their_names() {
        for name in [
            "claude-fable-5-2",
            "claude-mythos-5-2",
            "claude-haiku-5-5",
            "claude-sonnet-5",
            "claude-opus-5-5",
            "claude-opus-4-8",
            "claude-opus-4-7",
            "claude-mythos-preview",
            "anthropic/claude-opus-4.7",
        ] {
            assert_eq!(Shape::from_name(name), Some(Shape::Newest), "{name}");
        }
        for name in [
            "claude-opus-4-6",
            "claude-sonnet-4-6",
            "claude-haiku-4-5-20251001",
            "claude-sonnet-4-5",
            "claude-opus-4@20250514",
            "anthropic.claude-opus-4-1-20250805-v1:0",
            "claude-3-5-sonnet-latest",
            "claude-3.7-sonnet",
            "claude-2.1",
        ] {
            assert_eq!(Shape::from_name(name), Some(Shape::Older), "{name}");
        }
        for name in ["claude-opus-6", "claude-new-1", "glm-5", ""] {
            assert_eq!(Shape::from_name(name), None, "{name}");
        }
    }

    // Verified with anthropic 2.14.0.
    #[test]
    fn large_responses_are_streamed() {
        assert!(!is_streamed("claude-opus-5-5", 21_333));
        assert!(is_streamed("claude-opus-5-5", 21_334));
        assert!(!is_streamed("claude-opus-4-20250514", 8_192));
        assert!(is_streamed("claude-opus-4-20250514", 8_193));
    }
}
