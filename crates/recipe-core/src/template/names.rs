//! Names that the grammar of the Liquid library cannot read, as names that it can.

use std::borrow::Cow;
use std::fmt::Write;

/// What the names begin with that stand for others.
const PREFIX: &str = "__name_";

/// The words the grammar takes for values, also where they are only the beginning of a name.
const LITERALS: [&str; 6] = ["nil", "null", "empty", "blank", "true", "false"];

/// A name, as a name the grammar can read.
pub(super) fn encode(name: &str) -> Cow<'_, str> {
    let readable = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !LITERALS.iter().any(|literal| name.starts_with(literal))
        && !name.starts_with(PREFIX);
    if readable {
        return Cow::Borrowed(name);
    }
    let mut encoded = PREFIX.to_owned();
    for byte in name.bytes() {
        write!(encoded, "{byte:02x}").expect("writing into a String does not fail");
    }
    Cow::Owned(encoded)
}

/// The name that [`encode`] was given.
pub(super) fn decode(name: &str) -> Cow<'_, str> {
    let decoded = name.strip_prefix(PREFIX).and_then(|digits| {
        let bytes: Option<Vec<u8>> = digits
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        String::from_utf8(bytes?).ok()
    });
    match decoded {
        Some(name) => Cow::Owned(name),
        None => Cow::Borrowed(name),
    }
}

/// Whether a name is one of the words for values.
pub(super) fn is_literal(name: &str) -> bool {
    LITERALS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_back() {
        for name in [
            "a",
            "größe",
            "2nd",
            "empty_list",
            "odd key",
            "",
            "__name_6",
            "my-key",
        ] {
            let encoded = encode(name);
            assert!(encoded.is_ascii(), "{encoded}");
            assert_eq!(decode(&encoded), name);
        }
    }
}
