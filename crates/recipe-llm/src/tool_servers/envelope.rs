//! The members of a JSON-RPC message, each as the text that was sent.

use std::borrow::Cow;

use rmcp::model::RequestId;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Members of a message. They are kept as text, so that deep nesting, lone surrogates and numbers
/// of any length do not prevent reading the others.
#[derive(Deserialize)]
pub(super) struct Envelope<'t> {
    #[serde(borrow, default)]
    id: Option<&'t RawValue>,
    #[serde(borrow, default)]
    method: Option<Cow<'t, str>>,
    #[serde(borrow, default)]
    result: Option<&'t RawValue>,
    #[serde(borrow, default)]
    error: Option<&'t RawValue>,
}

/// A classified message.
pub(super) enum Message<'t> {
    /// Result of one of our requests.
    Result(RequestId, &'t str),
    /// Error. Without an ID, the other side could not read the request.
    Error(Option<RequestId>, &'t str),
    /// Response with neither a result nor an error.
    Empty(RequestId),
    /// Request of the other side.
    Request(RequestId, Cow<'t, str>),
    /// Notification.
    Notification(Cow<'t, str>),
    /// Anything else.
    Other,
}

impl<'t> Envelope<'t> {
    /// Parses the members.
    ///
    /// # Errors
    /// If the text is not a JSON object, or has a member twice.
    pub(super) fn parse(text: &'t str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Classifies the message.
    pub(super) fn message(self) -> Message<'t> {
        let id = self.id.and_then(|id| request_id(id.get()));
        match (id, self.method, self.result, self.error) {
            (Some(id), Some(method), ..) => Message::Request(id, method),
            (None, Some(method), ..) => Message::Notification(method),
            (id, None, None, Some(error)) => Message::Error(id, error.get()),
            (Some(id), None, Some(result), None) => Message::Result(id, result.get()),
            (Some(id), None, ..) => Message::Empty(id),
            (None, None, ..) => Message::Other,
        }
    }
}

/// Parses an ID. Whole numbers are accepted in any notation.
fn request_id(text: &str) -> Option<RequestId> {
    match serde_json::from_str(text).ok()? {
        Value::String(id) => Some(RequestId::String(id.into())),
        Value::Number(number) => {
            let whole = number.as_f64().filter(|id| id.fract() == 0.0);
            // Above 2^53, floats cannot represent every integer.
            let whole = whole.filter(|id| id.abs() < 9_007_199_254_740_992.0);
            let id = number.as_i64().or_else(|| whole.map(|id| id as i64));
            id.map(RequestId::Number)
        }
        _ => None,
    }
}

/// All values of members named `id` in malformed or partial JSON.
pub(super) fn ids_in(text: &str) -> impl Iterator<Item = RequestId> {
    text.match_indices("\"id\"").filter_map(|(start, name)| {
        let value = text[start + name.len()..].trim_start().strip_prefix(':')?;
        let mut values = serde_json::Deserializer::from_str(value).into_iter::<&RawValue>();
        request_id(values.next()?.ok()?.get())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(text: &str) -> String {
        match Envelope::parse(text).map(Envelope::message) {
            Err(_) => "invalid".to_owned(),
            Ok(Message::Result(id, result)) => format!("result of {id}: {result}"),
            Ok(Message::Error(Some(id), error)) => format!("error of {id}: {error}"),
            Ok(Message::Error(None, error)) => format!("error: {error}"),
            Ok(Message::Empty(id)) => format!("nothing of {id}"),
            Ok(Message::Request(id, method)) => format!("request {id}: {method}"),
            Ok(Message::Notification(method)) => format!("notification {method}"),
            Ok(Message::Other) => "other".to_owned(),
        }
    }

    #[test]
    fn messages_are_classified_by_their_members() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        for (text, expected) in [
            (
                r#"{"id": 1, "result": {"a": 0.70}}"#,
                r#"result of 1: {"a": 0.70}"#.to_owned(),
            ),
            (
                r#"{"result": "\ud83d", "id": "1"}"#,
                r#"result of 1: "\ud83d""#.to_owned(),
            ),
            (
                &format!(r#"{{"id": 1.0, "result": {deep}}}"#),
                format!("result of 1: {deep}"),
            ),
            (
                r#"{"id": 1, "error": {"code": 5}}"#,
                r#"error of 1: {"code": 5}"#.to_owned(),
            ),
            (r#"{"id": null, "error": 5}"#, "error: 5".to_owned()),
            (
                r#"{"id": 1, "result": 1, "error": 5}"#,
                "nothing of 1".to_owned(),
            ),
            (r#"{"id": 1}"#, "nothing of 1".to_owned()),
            (
                r#"{"id": 9, "method": "ping"}"#,
                "request 9: ping".to_owned(),
            ),
            (
                r#"{"method": "x/y", "params": {}}"#,
                "notification x/y".to_owned(),
            ),
            ("{}", "other".to_owned()),
            (r#"{"id": 1, "id": 2, "result": 1}"#, "invalid".to_owned()),
            (r#"{"id": 1, "result": "#, "invalid".to_owned()),
            ("5", "invalid".to_owned()),
        ] {
            assert_eq!(summary(text), expected, "{text}");
        }
    }

    #[test]
    fn ids_are_found_in_partial_messages() {
        let ids = |text: &str| -> Vec<String> { ids_in(text).map(|id| id.to_string()).collect() };
        assert_eq!(ids(r#"{"jsonrpc":"2.0","id":7,"result":{"a"#), ["7"]);
        assert_eq!(ids(r#"…","id" : "b" },"id":[1]}"#), ["b"]);
        assert_eq!(ids(r#"{"text": "\"id\": 5""#), [""; 0]);
    }
}
