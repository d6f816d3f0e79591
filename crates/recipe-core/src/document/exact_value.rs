//! JSON values that use no more memory than they need.
//!
//! A large recipe is mostly small objects, and a map that grows while being read reserves more than
//! it holds.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A value as [`Value`] reads it, in maps and lists of exact capacity.
pub(super) struct ExactValue(pub(super) Value);

impl<'de> Deserialize<'de> for ExactValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

/// Builds a map; the last of several values for a key is used.
pub(super) fn exact_map(entries: Vec<(String, Value)>) -> Map<String, Value> {
    let mut map = Map::with_capacity(entries.len());
    map.extend(entries);
    map
}

struct ValueVisitor;

impl<'de> DeserializeSeed<'de> for ValueVisitor {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Self)? {
            items.push(item);
        }
        items.shrink_to_fit();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = object.next_key()? {
            entries.push((key, object.next_value_seed(Self)?));
        }
        Ok(Value::Object(exact_map(entries)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// JSON texts, some of them with duplicate keys.
    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            any::<bool>().prop_map(|it| it.to_string()),
            any::<i64>().prop_map(|it| it.to_string()),
            any::<u64>().prop_map(|it| it.to_string()),
            any::<f64>().prop_map(|it| serde_json::json!(it).to_string()),
            any::<String>().prop_map(|it| serde_json::json!(it).to_string()),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            let entry = ("[a-c]", inner.clone()).prop_map(|(key, it)| format!("{key:?}: {it}"));
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(|it| format!("[{}]", it.join(", "))),
                prop::collection::vec(entry, 0..5).prop_map(|it| format!("{{{}}}", it.join(", "))),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_are_those_of_the_library(text in json()) {
            let plain: Value = serde_json::from_str(&text).unwrap();
            let exact: ExactValue = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(exact.0.to_string(), plain.to_string());
        }
    }

    #[test]
    fn invalid_json_has_the_error_of_the_library() {
        let deep = "[".repeat(200);
        for text in ["", "[1,", "{\"a\" 1}", "1e999", "\"\u{1}\"", "[1] 2", &deep] {
            let plain = serde_json::from_str::<Value>(text).unwrap_err();
            let exact = serde_json::from_str::<ExactValue>(text).err().unwrap();
            assert_eq!(exact.to_string(), plain.to_string(), "{text}");
        }
    }
}
