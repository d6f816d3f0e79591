//! The id of a request, found in a message that may not be JSON, may be of any length, and comes in pieces.

use serde_json::value::RawValue;

/// The longest id that is told back, in bytes. Those of clients are numbers, or texts of a few characters.
const LONGEST: usize = 1024;

/// The number of open objects and lists that are kept apart.
const DEEPEST: usize = 1 << 16;

/// Looks at a message, piece by piece, for the members of its outermost object. Of two with the same name the last counts.
#[derive(Default)]
pub(super) struct Members {
    /// The brackets that end the objects and lists that are open.
    ends: Vec<u8>,
    /// The number of open ones beyond those that are kept apart.
    deeper: usize,
    in_text: bool,
    /// Whether the last byte was a backslash within a text.
    escaped: bool,
    /// The part of the outermost object since its last `{`, `,` or `:`.
    token: Token,
    /// The name whose value comes.
    name: Option<Vec<u8>>,
    id: Option<Box<RawValue>>,
    has_method: bool,
    has_outcome: bool,
}

#[derive(Default)]
struct Token {
    bytes: Vec<u8>,
    is_too_long: bool,
}

impl Token {
    fn push(&mut self, byte: u8) {
        match self.bytes.len() < LONGEST {
            true => self.bytes.push(byte),
            false => self.is_too_long = true,
        }
    }

    /// Takes the value and begins anew.
    fn take(&mut self) -> Option<Vec<u8>> {
        let Self { bytes, is_too_long } = std::mem::take(self);
        (!is_too_long).then(|| bytes.trim_ascii().to_owned())
    }
}

impl Members {
    /// The members of a message.
    pub(super) fn of(message: &[u8]) -> Self {
        let mut members = Self::default();
        members.look_at(message);
        members
    }

    /// Looks at the next piece.
    pub(super) fn look_at(&mut self, piece: &[u8]) {
        piece.iter().for_each(|byte| self.step(*byte));
    }

    /// The id of the request as it was written: a text or a number.
    pub(super) fn into_id(self) -> Option<Box<RawValue>> {
        self.id
    }

    /// Whether it answers a request, and so is none that wants an answer.
    pub(super) fn is_answer(&self) -> bool {
        self.has_outcome && !self.has_method
    }

    fn step(&mut self, byte: u8) {
        if self.in_text {
            self.keep(byte);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_text = true;
                self.keep(byte);
            }
            b'{' => self.opens(byte, b'}'),
            b'[' => self.opens(byte, b']'),
            b'}' | b']' => self.closes(byte),
            b',' if self.is_outermost() => self.value_ends(),
            b':' if self.is_outermost() => self.name = self.token.take(),
            _ => self.keep(byte),
        }
    }

    fn is_outermost(&self) -> bool {
        self.ends.len() == 1
    }

    fn keep(&mut self, byte: u8) {
        if self.is_outermost() {
            self.token.push(byte);
        }
    }

    fn opens(&mut self, byte: u8, end: u8) {
        match self.ends.len() {
            0 => self.token = Token::default(),
            // A value that is an object or a list is not an id.
            1 => self.token.push(byte),
            _ => {}
        }
        match self.ends.len() < DEEPEST {
            true => self.ends.push(end),
            false => self.deeper += 1,
        }
    }

    /// Ends the innermost one that this bracket ends. Those left open within it end with it.
    fn closes(&mut self, end: u8) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let Some(opened) = self.ends.iter().rposition(|other| *other == end) else {
            return;
        };
        if opened == 0 {
            self.value_ends();
        }
        self.ends.truncate(opened);
    }

    fn value_ends(&mut self) {
        let value = self.token.take();
        let name = self.name.take();
        if self.ends.first() != Some(&b'}') {
            return;
        }
        match name.as_deref() {
            Some(b"\"id\"") => self.id = value.and_then(id),
            Some(b"\"method\"") => self.has_method = true,
            Some(b"\"result\"" | b"\"error\"") => self.has_outcome = true,
            _ => {}
        }
    }
}

/// A text or a number as an id.
fn id(value: Vec<u8>) -> Option<Box<RawValue>> {
    let value = RawValue::from_string(String::from_utf8(value).ok()?).ok()?;
    let first = value.get().as_bytes().first()?;
    matches!(first, b'"' | b'-' | b'0'..=b'9').then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(message: &str) -> Option<String> {
        let id = Members::of(message.as_bytes()).into_id();
        let piece_by_piece =
            message
                .as_bytes()
                .iter()
                .fold(Members::default(), |mut members, byte| {
                    members.look_at(&[*byte]);
                    members
                });
        let id = id.map(|id| id.get().to_owned());
        let again = piece_by_piece.into_id().map(|id| id.get().to_owned());
        assert_eq!(id, again, "{message}");
        id
    }

    #[test]
    fn the_id_is_found_as_it_was_written() {
        for (message, id) in [
            (r#"{"id":1,"method":"a"}"#, "1"),
            (r#" { "method" : "a" , "id" : "x y" } "#, r#""x y""#),
            (
                r#"{"id":123456789012345678901234567890}"#,
                "123456789012345678901234567890",
            ),
            (r#"{"id":-1.50e3}"#, "-1.50e3"),
            (r#"{"id":"a\"}b","method":"a"}"#, r#""a\"}b""#),
            (r#"{"params":{"id":7,"a":[{"id":8}]},"id":9}"#, "9"),
            (r#"{"params":"{\"id\":7","id":9}"#, "9"),
            (r#"{"params":"\\","id":9}"#, "9"),
            (r#"{"id":1,"id":2}"#, "2"),
            // What is not JSON otherwise.
            (r#"{"id":1,"method":oops}"#, "1"),
            (r#"{"id":1,"params":{"a":"#, "1"),
            (r#"{"params":{"a":tru},"id":1}"#, "1"),
            (r#"{"params":{"a":[1,2},"id":1}"#, "1"),
            (r#"{"params":[{"a":1],"id":1}"#, "1"),
            (r#"{"params":{"a":1]},"id":1}"#, "1"),
            (r#"{"params":"\ud83d","id":1}"#, "1"),
            (r#"{"id":"\ud83d","method":"a"}"#, r#""\ud83d""#),
        ] {
            assert_eq!(found(message).as_deref(), Some(id), "{message}");
        }
    }

    #[test]
    fn where_there_is_none_none_is_found() {
        for message in [
            "",
            "oops",
            "5",
            r#""id":1"#,
            "{}",
            r#"{"method":"a"}"#,
            r#"{"id":null}"#,
            r#"{"id":true}"#,
            r#"{"id":{"a":1}}"#,
            r#"{"id":[1]}"#,
            r#"{"id":1 2}x"#,
            r#"{"id":01}"#,
            r#"{"id":}"#,
            // It may go on.
            r#"{"id":12"#,
            r#"{"params":{"id":1}}"#,
            r#"[{"id":1}]"#,
            r#"["id",1]"#,
            r#"}}}"id":1}"#,
        ] {
            assert_eq!(found(message), None, "{message}");
        }
        let deep = format!(
            r#"{{"params":{}{},"id":1}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(found(&deep).as_deref(), Some("1"));
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(LONGEST));
        assert_eq!(found(&long), None);
    }

    #[test]
    fn answers_are_told_from_requests() {
        for (message, is_answer) in [
            (r#"{"id":1,"result":{}}"#, true),
            (r#"{"id":1,"error":oops}"#, true),
            (r#"{"id":1,"method":"a","params":{"result":1}}"#, false),
            (r#"{"id":1,"method":"a","result":1}"#, false),
            (r#"{"id":1}"#, false),
        ] {
            let members = Members::of(message.as_bytes());
            assert_eq!(members.is_answer(), is_answer, "{message}");
        }
    }
}
