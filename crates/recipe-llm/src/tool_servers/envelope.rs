//! The outside of a JSON-RPC message: the members that say what it is, each as the text that was sent.

use std::borrow::Cow;

use rmcp::model::RequestId;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The members of a message. A message whose members cannot be read as values still has them here: deep nesting, halves of
/// characters and numbers of any length are texts.
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

/// A message by its members.
pub(super) enum Message<'t> {
    /// A result of one of our requests.
    Result(RequestId, &'t str),
    /// An error. Without an id, the other side could not read what it was sent.
    Error(Option<RequestId>, &'t str),
    /// An answer with neither a result nor an error.
    Empty(RequestId),
    /// A request of the other side.
    Request(RequestId, Cow<'t, str>),
    /// A notification.
    Notification(Cow<'t, str>),
    /// Something else.
    Other,
}

impl<'t> Envelope<'t> {
    /// Reads the members.
    ///
    /// # Errors
    /// When the text is not a JSON object, or has one of the members twice.
    pub(super) fn read(text: &'t str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Tells what it is.
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

/// The id that a JSON text is. Whole numbers are ids however they are written.
fn request_id(text: &str) -> Option<RequestId> {
    match serde_json::from_str(text).ok()? {
        Value::String(id) => Some(RequestId::String(id.into())),
        Value::Number(number) => {
            let whole = number.as_f64().filter(|id| id.fract() == 0.0);
            // Beyond this, numbers with a fraction cannot tell whole numbers apart.
            let whole = whole.filter(|id| id.abs() < 9_007_199_254_740_992.0);
            let id = number.as_i64().or_else(|| whole.map(|id| id as i64));
            id.map(RequestId::Number)
        }
        _ => None,
    }
}

/// The values of all members called `id` in a text that is not JSON, or only a part of it.
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

    fn told(text: &str) -> String {
        match Envelope::read(text).map(Envelope::message) {
            Err(_) => "unreadable".to_owned(),
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
    fn messages_are_told_by_their_members() {
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
            (
                r#"{"id": 1, "id": 2, "result": 1}"#,
                "unreadable".to_owned(),
            ),
            (r#"{"id": 1, "result": "#, "unreadable".to_owned()),
            ("5", "unreadable".to_owned()),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn ids_are_found_in_parts_of_messages() {
        let ids = |text: &str| -> Vec<String> { ids_in(text).map(|id| id.to_string()).collect() };
        assert_eq!(ids(r#"{"jsonrpc":"2.0","id":7,"result":{"a"#), ["7"]);
        assert_eq!(ids(r#"…","id" : "b" },"id":[1]}"#), ["b"]);
        assert_eq!(ids(r#"{"text": "\"id\": 5""#), [""; 0]);
    }
}
