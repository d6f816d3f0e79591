//! Text cut to a size, with its secrets masked before: half a secret would not be recognized any more.

use std::io::{self, Write};

use recipe_core::secrets::KnownSecrets;
use serde::Serialize;
use serde_json::{Map, Value};

/// The beginning of a text, and the size of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The beginning.
    pub(crate) text: String,
    /// How many bytes the whole text has.
    pub(crate) size: usize,
}

impl Cut {
    /// The first bytes of a text.
    pub(crate) fn of_text(text: &str, limit: usize, secrets: &KnownSecrets) -> Self {
        let masked = secrets.mask(text);
        Self {
            text: masked[..masked.floor_char_boundary(limit)].to_owned(),
            size: masked.len(),
        }
    }

    /// The first bytes of a value: of a text as it is, of anything else as indented JSON.
    pub(crate) fn of_value(value: &Value, limit: usize, secrets: &KnownSecrets) -> Self {
        match value {
            Value::String(text) => Self::of_text(text, limit, secrets),
            other => Self::of_json(&secrets.masked(other), limit),
        }
    }

    /// The first bytes of an object as indented JSON.
    pub(crate) fn of_object(
        object: &Map<String, Value>,
        limit: usize,
        secrets: &KnownSecrets,
    ) -> Self {
        Self::of_json(&secrets.masked_object(object), limit)
    }

    /// The size of the whole text, where this is not the whole.
    pub(crate) fn size_if_cut(&self) -> Option<usize> {
        (self.text.len() < self.size).then_some(self.size)
    }

    fn of_json(value: &impl Serialize, limit: usize) -> Self {
        let mut begin = Begin {
            bytes: Vec::new(),
            limit,
            size: 0,
        };
        serde_json::to_writer_pretty(&mut begin, value)
            .expect("JSON values are JSON, and the writer takes all");
        Self {
            text: whole_characters(begin.bytes),
            size: begin.size,
        }
    }
}

/// The text without the character that was cut in two, if one was.
fn whole_characters(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let whole = error.utf8_error().valid_up_to();
            String::from_utf8_lossy(&error.as_bytes()[..whole]).into_owned()
        }
    }
}

/// Keeps the first bytes of what is written and counts the others.
struct Begin {
    bytes: Vec<u8>,
    limit: usize,
    size: usize,
}

impl Write for Begin {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.limit.saturating_sub(self.bytes.len());
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.size += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secrets(secret: &str) -> KnownSecrets {
        let secrets = KnownSecrets::new();
        secrets.learn(json!({ "password": secret }).as_object().unwrap());
        secrets
    }

    #[test]
    fn a_text_is_cut_between_characters_and_its_size_is_kept() {
        let cut = |limit| Cut::of_text("aé", limit, &KnownSecrets::new());
        let expected = |text: &str| Cut {
            text: text.to_owned(),
            size: 3,
        };
        assert_eq!(cut(2), expected("a"));
        assert_eq!(cut(3), expected("aé"));
        assert_eq!(cut(0), expected(""));
        let list = Cut::of_value(&json!(["éé"]), 6, &KnownSecrets::new());
        assert_eq!((&*list.text, list.size), ("[\n  \"", 12));
    }

    #[test]
    fn a_secret_is_masked_before_the_text_is_cut() {
        let cut = Cut::of_text("the key is sk-live-1234", 14, &secrets("sk-live-1234"));
        assert_eq!(cut.text, "the key is ***");
    }

    #[test]
    fn a_secret_is_masked_however_often_it_is_escaped() {
        let secret = "p\"w\\d";
        let inner = json!({ "a": secret }).to_string();
        let value = json!({ "text": inner, secret: [secret, 1] });
        let shown = Cut::of_value(&value, 1_000, &secrets(secret)).text;
        assert!(!shown.contains('w'), "{shown}");
    }

    #[test]
    fn a_secret_number_is_masked() {
        let value = json!([12345678, 1]);
        let shown = Cut::of_value(&value, 1_000, &secrets("12345678")).text;
        assert_eq!(shown, "[\n  \"***\",\n  1\n]");
    }
}
