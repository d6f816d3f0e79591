//! Error responses of providers.

use recipe_core::secrets::MASK;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::retry_after::retry_after;
use crate::model::ModelError;
use crate::truncate::truncate;

/// Maximum length of a provider's message.
pub(super) const MAX_MESSAGE_CHARS: usize = 2_000;
/// Shorter keys are placeholders for servers that accept any key, and may be ordinary words.
const MIN_KEY_BYTES: usize = 4;

/// Converts an error response.
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
        _ if !is_transient(status, headers, &json) => ModelError::Rejected { status, message },
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

/// Whether a retry may help. The statuses are those that the official clients of OpenAI (3.57.0)
/// and Anthropic (2.14.0) retry.
fn is_transient(status: u16, headers: &HeaderMap, body: &Value) -> bool {
    // A used-up quota does not come back by waiting, whatever the headers say.
    if is_quota_used_up(body) {
        return false;
    }
    should_retry(headers).unwrap_or(matches!(status, 408 | 409 | 429 | 500..))
}

/// The provider's own statement on retries.
fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

fn is_quota_used_up(body: &Value) -> bool {
    let body = body.get(0).unwrap_or(body);
    let field = |pointer| body.pointer(pointer).and_then(Value::as_str);
    [field("/error/code"), field("/error/type")].contains(&Some("insufficient_quota"))
}

/// The error message in a JSON body, in one of the locations that providers use.
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
    .find_map(|pointer| json.pointer(pointer)?.as_str())?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Masks the key in an error's message, since some providers repeat it, and then truncates it: a
/// truncated key would not be recognised.
pub(super) fn presentable(mut error: ModelError, key: Option<&str>) -> ModelError {
    if let Some(text) = text_mut(&mut error) {
        if let Some(key) = key.filter(|key| key.len() >= MIN_KEY_BYTES) {
            *text = text.replace(key, MASK);
        }
        *text = truncate(text, MAX_MESSAGE_CHARS);
    }
    error
}

fn text_mut(error: &mut ModelError) -> Option<&mut String> {
    match error {
        ModelError::Unauthorized { message, .. }
        | ModelError::RateLimited { message, .. }
        | ModelError::Rejected { message, .. }
        | ModelError::Declined(message)
        | ModelError::Unavailable { message, .. } => Some(message),
        ModelError::Malformed(reason) => Some(reason),
        _ => None,
    }
}
