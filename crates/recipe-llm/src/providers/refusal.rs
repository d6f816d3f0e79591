//! What a provider says when it does not answer.

use recipe_core::secrets::MASK;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::retry_after::retry_after;
use crate::model::ModelError;

const MAX_MESSAGE_CHARACTERS: usize = 2_000;
/// What is shorter is no key but a word for a server that wants none in particular, and stands in many texts.
const MIN_KEY_BYTES: usize = 4;

/// What an answer with this status means.
pub(super) fn error(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ModelError {
    let json = serde_json::from_slice(body).unwrap_or(Value::Null);
    let message = message(body)
        .or_else(|| {
            let text = String::from_utf8_lossy(body).trim().to_owned();
            Some(text).filter(|text| !text.is_empty())
        })
        .unwrap_or_else(|| status.canonical_reason().unwrap_or("no reason").to_owned());
    let retry_after = retry_after(headers, &json);
    let status = status.as_u16();
    match status {
        401 | 403 if should_retry(headers) != Some(true) => {
            ModelError::Unauthorized { status, message }
        }
        _ if !may_pass(status, headers, &json) => ModelError::Refused { status, message },
        429 => ModelError::RateLimited {
            message,
            retry_after,
        },
        _ => ModelError::Unavailable {
            status,
            message,
            retry_after,
        },
    }
}

/// Whether asking again may help. The statuses are those that the official clients of OpenAI (3.57.0) and Anthropic
/// (2.14.0) repeat.
fn may_pass(status: u16, headers: &HeaderMap, body: &Value) -> bool {
    // Waiting does not pay the bill, whatever else is said.
    if is_quota_used_up(body) {
        return false;
    }
    should_retry(headers).unwrap_or(matches!(status, 408 | 409 | 429 | 500..))
}

/// The provider's own word on whether to ask again.
fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

fn is_quota_used_up(body: &Value) -> bool {
    let body = body.get(0).unwrap_or(body);
    let says = |place| body.pointer(place).and_then(Value::as_str);
    [says("/error/code"), says("/error/type")].contains(&Some("insufficient_quota"))
}

/// What the provider says in JSON, in one of the places where providers say it.
pub(super) fn message(body: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let json = json.get(0).unwrap_or(&json);
    let text = [
        "/error/message",
        "/error_description",
        "/error",
        "/message",
        "/detail",
    ]
    .iter()
    .find_map(|place| json.pointer(place)?.as_str())?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Texts of others can be of any length.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The error as it can be shown: without the key, which there are providers that repeat, and cut only then, since half a
/// key is not known for one.
pub(super) fn presentable(mut error: ModelError, key: Option<&str>) -> ModelError {
    if let Some(text) = text_mut(&mut error) {
        if let Some(key) = key.filter(|key| key.len() >= MIN_KEY_BYTES) {
            *text = text.replace(key, MASK);
        }
        *text = cut(text);
    }
    error
}

fn text_mut(error: &mut ModelError) -> Option<&mut String> {
    match error {
        ModelError::Unauthorized { message, .. }
        | ModelError::RateLimited { message, .. }
        | ModelError::Refused { message, .. }
        | ModelError::Declined { message }
        | ModelError::Unavailable { message, .. } => Some(message),
        ModelError::Malformed { reason } => Some(reason),
        _ => None,
    }
}
