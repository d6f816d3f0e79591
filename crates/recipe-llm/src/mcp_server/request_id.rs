//! Finds the ID of a request in a message that may be malformed, of any length, and split into
//! chunks.

use serde_json::value::RawValue;

/// Maximum length in bytes of an ID that is sent back. Clients use numbers or short strings.
const MAX_ID_BYTES: usize = 1024;

/// Maximum number of open objects and lists that are tracked individually.
const MAX_DEPTH: usize = 1 << 16;

/// Scans a message, chunk by chunk, for members of its outermost object. The last of two duplicates
/// wins.
#[derive(Default)]
pub(super) struct Members {
    /// Closing brackets of the open objects and lists.
    ends: Vec<u8>,
    /// Number of open ones beyond `MAX_DEPTH`.
    deeper: usize,
    in_string: bool,
    /// Whether the last byte was a backslash in a string.
    escaped: bool,
    /// Bytes of the outermost object since its last `{`, `,` or `:`.
    token: Token,
    /// Name of the current member.
    name: Option<Vec<u8>>,
    id: Option<Box<RawValue>>,
    has_method: bool,
    has_result: bool,
}

#[derive(Default)]
struct Token {
    bytes: Vec<u8>,
    is_too_long: bool,
}

impl Token {
    fn push(&mut self, byte: u8) {
        match self.bytes.len() < MAX_ID_BYTES {
            true => self.bytes.push(byte),
            false => self.is_too_long = true,
        }
    }

    /// Takes the token and starts a new one.
    fn take(&mut self) -> Option<Vec<u8>> {
        let Self { bytes, is_too_long } = std::mem::take(self);
        (!is_too_long).then(|| bytes.trim_ascii().to_owned())
    }
}

impl Members {
    /// Scans a whole message.
    pub(super) fn scan(message: &[u8]) -> Self {
        let mut members = Self::default();
        members.push(message);
        members
    }

    /// Scans the next chunk.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        chunk.iter().for_each(|byte| self.step(*byte));
    }

    /// The ID of the request as written: a string or a number.
    pub(super) fn into_id(self) -> Option<Box<RawValue>> {
        self.id
    }

    /// Whether the message is a response, and so needs none.
    pub(super) fn is_response(&self) -> bool {
        self.has_result && !self.has_method
    }

    fn step(&mut self, byte: u8) {
        if self.in_string {
            self.keep(byte);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
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
            // An object or a list is not an ID.
            1 => self.token.push(byte),
            _ => {}
        }
        match self.ends.len() < MAX_DEPTH {
            true => self.ends.push(end),
            false => self.deeper += 1,
        }
    }

    /// Closes the innermost object or list with this bracket, and those inside it that are still
    /// open.
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
            Some(b"\"result\"" | b"\"error\"") => self.has_result = true,
            _ => {}
        }
    }
}

/// Parses a string or a number as an ID.
fn id(value: Vec<u8>) -> Option<Box<RawValue>> {
    let value = RawValue::from_string(String::from_utf8(value).ok()?).ok()?;
    let first = value.get().as_bytes().first()?;
    matches!(first, b'"' | b'-' | b'0'..=b'9').then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(message: &str) -> Option<String> {
        let id = Members::scan(message.as_bytes()).into_id();
        let in_chunks = message
            .as_bytes()
            .iter()
            .fold(Members::default(), |mut members, byte| {
                members.push(&[*byte]);
                members
            });
        let id = id.map(|id| id.get().to_owned());
        let again = in_chunks.into_id().map(|id| id.get().to_owned());
        assert_eq!(id, again, "{message}");
        id
    }

    #[test]
    fn the_id_is_found_verbatim() {
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
            // Malformed otherwise.
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
    fn no_id_is_found_where_there_is_none() {
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
            // May be incomplete.
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
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(MAX_ID_BYTES));
        assert_eq!(found(&long), None);
    }

    #[test]
    fn responses_are_distinguished_from_requests() {
        for (message, is_response) in [
            (r#"{"id":1,"result":{}}"#, true),
            (r#"{"id":1,"error":oops}"#, true),
            (r#"{"id":1,"method":"a","params":{"result":1}}"#, false),
            (r#"{"id":1,"method":"a","result":1}"#, false),
            (r#"{"id":1}"#, false),
        ] {
            let members = Members::scan(message.as_bytes());
            assert_eq!(members.is_response(), is_response, "{message}");
        }
    }
}
