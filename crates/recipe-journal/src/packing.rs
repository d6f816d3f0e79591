//! Packing: replaces large values by their hashes, so that each is stored once.
//!
//! In a packed value `{"$text": "<hash>"}` refers to a row of the table `text`, whose JSON is
//! packed as well. An object whose only member has such a name gets one more `$` before it.

use recipe_core::journal::Fingerprint;
use recipe_core::secrets::KnownSecrets;
use serde_json::{Map, Value};

use crate::error::StoreError;

/// Size in bytes of JSON from which a value is stored separately.
const MIN_TEXT_BYTES: usize = 256;

/// Name of the member of a reference.
const REFERENCE: &str = "$text";

/// Number of bytes of a text's hash.
const HASH_BYTES: usize = 16;

/// Hash of a text, its key in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TextHash(pub(crate) [u8; HASH_BYTES]);

impl TextHash {
    fn new(text: &str) -> Self {
        let hash = Fingerprint::from_text(text);
        let mut bytes = [0; HASH_BYTES];
        bytes.copy_from_slice(&hash.as_bytes()[..HASH_BYTES]);
        Self(bytes)
    }

    fn to_value(self) -> Value {
        let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        Value::Object(Map::from_iter([(REFERENCE.to_owned(), hex.into())]))
    }

    /// Returns the hash in a reference. `None` if the value is not a reference.
    fn from_value(value: &Value) -> Option<Self> {
        let Value::Object(object) = value else {
            return None;
        };
        let hex = object.get(REFERENCE).filter(|_| object.len() == 1)?;
        let hex = hex.as_str()?;
        let mut bytes = [0; HASH_BYTES];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// Occurrence of a text in a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    pub(crate) hash: TextHash,
    /// Nesting depth in the value.
    pub(crate) level: usize,
    /// Approximate memory use of the value up to here, in bytes.
    pub(crate) before: usize,
}

/// JSON text to store by its hash.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) hash: TextHash,
    /// Sealed JSON.
    pub(crate) json: String,
}

impl Text {
    pub(crate) fn new(json: &str, secrets: &KnownSecrets) -> Self {
        // A hash of the unsealed text would confirm a guessed secret.
        let json = secrets.seal_json(json).into_owned();
        Self {
            hash: TextHash::new(&json),
            json,
        }
    }
}

/// Packs a value. Large values in it are added to the texts.
pub(crate) fn pack(value: &Value, secrets: &KnownSecrets, texts: &mut Vec<Text>) -> Value {
    let packed = match value {
        Value::Array(list) => {
            let list = list.iter().map(|value| pack(value, secrets, texts));
            Value::Array(list.collect())
        }
        Value::Object(object) => {
            let is_like_reference = object.len() == 1;
            let members = object.iter().map(|(name, value)| {
                let name = match is_like_reference && unescaped(name).is_some() {
                    true => format!("${name}"),
                    false => name.clone(),
                };
                (name, pack(value, secrets, texts))
            });
            Value::Object(members.collect())
        }
        Value::String(_) => value.clone(),
        other => return other.clone(),
    };
    let json = packed.to_string();
    if json.len() < MIN_TEXT_BYTES {
        return packed;
    }
    let text = Text::new(&json, secrets);
    let reference = text.hash.to_value();
    texts.push(text);
    reference
}

/// Restores a packed value; `fetch` returns the packed value of a text.
pub(crate) fn unpack(
    packed: Value,
    fetch: &mut impl FnMut(Reference) -> Result<Value, StoreError>,
) -> Result<Value, StoreError> {
    unpack_at(0, &mut 0, packed, fetch)
}

fn unpack_at(
    level: usize,
    before: &mut usize,
    packed: Value,
    fetch: &mut impl FnMut(Reference) -> Result<Value, StoreError>,
) -> Result<Value, StoreError> {
    let packed = match TextHash::from_value(&packed) {
        Some(hash) => fetch(Reference {
            hash,
            level,
            before: *before,
        })?,
        None => packed,
    };
    *before += size_of::<Value>();
    // Loops instead of closures: values can be nested deeply, and the stack is limited.
    Ok(match packed {
        Value::Array(mut list) => {
            for value in &mut list {
                *value = unpack_at(level + 1, before, value.take(), fetch)?;
            }
            Value::Array(list)
        }
        Value::Object(object) => {
            let is_like_reference = object.len() == 1;
            let mut members = Map::new();
            for (name, value) in object {
                *before += name.len();
                let name = match unescaped(&name).filter(|_| is_like_reference) {
                    Some(inner) => inner.to_owned(),
                    None => name,
                };
                members.insert(name, unpack_at(level + 1, before, value, fetch)?);
            }
            Value::Object(members)
        }
        Value::String(text) => {
            *before += text.len();
            Value::String(text)
        }
        other => other,
    })
}

/// Removes one `$` from the name of a reference with further `$` before it.
fn unescaped(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('$')?;
    (inner.trim_start_matches('$') == &REFERENCE[1..]).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::HashMap;

    fn unpacked(packed: Value, texts: &[Text]) -> Value {
        let texts: HashMap<_, _> = texts.iter().map(|text| (text.hash, &text.json)).collect();
        let mut fetch =
            |reference: Reference| Ok(serde_json::from_str(texts[&reference.hash]).unwrap());
        unpack(packed, &mut fetch).unwrap()
    }

    #[test]
    fn a_large_value_is_stored_once() {
        let large = "x".repeat(1_000);
        let value = json!([{"content": large}, {"content": large}, "small"]);
        let mut texts = Vec::new();
        let packed = pack(&value, &KnownSecrets::new(), &mut texts);
        assert!(packed.to_string().len() < MIN_TEXT_BYTES);
        let different: std::collections::HashSet<_> = texts.iter().map(|t| t.hash).collect();
        assert_eq!(different.len(), 1);
        assert_eq!(unpacked(packed, &texts), value);
    }

    #[test]
    fn a_value_that_looks_like_a_reference_is_escaped() {
        let hash = "0".repeat(32);
        for value in [
            json!({"$text": hash}),
            json!({"$$text": hash}),
            json!({"$text": 1, "a": 2}),
        ] {
            let mut texts = Vec::new();
            let packed = pack(&value, &KnownSecrets::new(), &mut texts);
            assert_eq!(unpacked(packed, &texts), value);
        }
    }

    #[test]
    fn the_size_of_texts_that_contain_others_many_times_is_known_before_they_are_unpacked() {
        let hash = |number: u8| TextHash([number; HASH_BYTES]).to_value();
        let mut max = 0;
        let bomb = unpack(hash(0), &mut |reference| {
            max = reference.before;
            if max > 100_000 {
                return Err(StoreError::Closed);
            }
            Ok(match reference.hash.0[0] {
                6 => json!("x".repeat(100)),
                number => json!(vec![hash(number + 1); 10]),
            })
        });
        assert!(bomb.is_err());
        assert!(max < 101_000, "{max}");
    }

    #[test]
    fn neither_a_text_nor_its_hash_contains_a_secret() {
        let secrets = KnownSecrets::new();
        secrets.learn(json!({"api_key": "sk-secret"}).as_object().unwrap());
        let large = "x".repeat(1_000) + "sk-secret";
        let mut texts = Vec::new();
        pack(&json!(large), &secrets, &mut texts);
        assert!(!texts[0].json.contains("sk-secret"));
        assert_eq!(texts[0].hash, TextHash::new(&texts[0].json));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<f64>().prop_map(Value::from),
            "[ab]{0,3}".prop_map(Value::from),
            "[ab]{250,260}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 30, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[$]{0,3}text|a", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn packed_values_survive_a_round_trip(value in value()) {
            let mut texts = Vec::new();
            let packed = pack(&value, &KnownSecrets::new(), &mut texts);
            let json = packed.to_string();
            prop_assert!(json.len() < MIN_TEXT_BYTES, "{}", json);
            let packed = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(unpacked(packed, &texts).to_string(), value.to_string());
        }
    }
}
