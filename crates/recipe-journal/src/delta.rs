//! Difference between two values: an addition to a list or string, changed members of an object, or
//! the new value.

use indexmap::IndexMap;
use recipe_core::context::is_identical;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Change from one value to the next. Its values are packed (see [`crate::packing`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Delta {
    /// Replaces the value.
    Value(Value),
    /// Appends to a list.
    Append(Vec<Value>),
    /// Appends to a string.
    AppendText(Value),
    /// Changes members of an object.
    Members {
        /// Changed members, then new ones in order.
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        set: IndexMap<String, Delta>,
        /// Removed members.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        removed: Vec<String>,
    },
}

impl Delta {
    /// Computes the delta from `before`, if it existed, to `after`. `pack` packs its values.
    pub(crate) fn between(
        before: Option<&Value>,
        after: &Value,
        pack: &mut impl FnMut(&Value) -> Value,
    ) -> Self {
        match (before, after) {
            (Some(Value::Array(old)), Value::Array(new)) if is_extended(old, new) => {
                Self::Append(new[old.len()..].iter().map(pack).collect())
            }
            (Some(Value::String(old)), Value::String(new))
                if !old.is_empty() && new.starts_with(old.as_str()) =>
            {
                Self::AppendText(pack(&Value::from(&new[old.len()..])))
            }
            (Some(Value::Object(old)), Value::Object(new)) => {
                match Self::between_objects(old, new, pack) {
                    Some(members) => members,
                    None => Self::Value(pack(after)),
                }
            }
            _ => Self::Value(pack(after)),
        }
    }

    /// Computes the changed members. `None` if they do not determine the order of the new object.
    fn between_objects(
        before: &Map<String, Value>,
        after: &Map<String, Value>,
        pack: &mut impl FnMut(&Value) -> Value,
    ) -> Option<Self> {
        let removed = before.keys().filter(|name| !after.contains_key(*name));
        let removed: Vec<String> = removed.cloned().collect();
        let staying = before.len() - removed.len();
        let mut stay = before.keys().filter(|name| after.contains_key(*name));
        if staying == 0
            || !after
                .keys()
                .take(staying)
                .all(|name| stay.next() == Some(name))
        {
            return None;
        }
        let changed = after.iter().filter(|(name, value)| {
            !before
                .get(*name)
                .is_some_and(|old| is_identical(old, value))
        });
        let set = changed
            .map(|(name, value)| (name.clone(), Self::between(before.get(name), value, pack)))
            .collect();
        Some(Self::Members { set, removed })
    }

    /// Applies the delta. `None` if it does not fit the value.
    pub(crate) fn apply<E>(
        self,
        before: Option<&Value>,
        unpack: &mut impl FnMut(Value) -> Result<Value, E>,
    ) -> Result<Option<Value>, E> {
        Ok(match (self, before) {
            (Self::Value(value), _) => Some(unpack(value)?),
            (Self::Append(more), Some(Value::Array(list))) => {
                let mut list = list.clone();
                for value in more {
                    list.push(unpack(value)?);
                }
                Some(Value::Array(list))
            }
            (Self::AppendText(more), Some(Value::String(text))) => match unpack(more)? {
                Value::String(more) => Some(Value::String(format!("{text}{more}"))),
                _ => None,
            },
            (Self::Members { set, removed }, Some(Value::Object(object))) => {
                let mut object = object.clone();
                object.retain(|name, _| !removed.contains(name));
                for (name, delta) in set {
                    let Some(value) = delta.apply(object.get(&name), unpack)? else {
                        return Ok(None);
                    };
                    object.insert(name, value);
                }
                Some(Value::Object(object))
            }
            _ => None,
        })
    }

    /// Addition for display: the appended part, or the changed members, with null for removed ones.
    pub(crate) fn added<E>(
        self,
        unpack: &mut impl FnMut(Value) -> Result<Value, E>,
    ) -> Result<Value, E> {
        Ok(match self {
            Self::Value(value) | Self::AppendText(value) => unpack(value)?,
            Self::Append(more) => {
                let more = more.into_iter().map(unpack);
                Value::Array(more.collect::<Result<_, _>>()?)
            }
            Self::Members { set, removed } => {
                let mut members = Map::new();
                for (name, delta) in set {
                    members.insert(name, delta.added(unpack)?);
                }
                members.extend(removed.into_iter().map(|name| (name, Value::Null)));
                Value::Object(members)
            }
        })
    }
}

/// Whether a list starts with another one, which is not empty.
fn is_extended(before: &[Value], after: &[Value]) -> bool {
    let mut pairs = before.iter().zip(after);
    !before.is_empty()
        && before.len() <= after.len()
        && pairs.all(|(old, new)| is_identical(old, new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn between(before: &Value, after: &Value) -> Delta {
        Delta::between(Some(before), after, &mut Value::clone)
    }

    fn apply(delta: Delta, before: &Value) -> Option<Value> {
        delta.apply(Some(before), &mut Ok::<_, ()>).unwrap()
    }

    #[test]
    fn a_delta_holds_only_the_changes() {
        let written = |before, after| serde_json::to_string(&between(&before, &after)).unwrap();
        let deltas = [
            written(json!([1, 2]), json!([1, 2, 3])),
            written(json!("ab"), json!("abc")),
            written(
                json!({"a": [1], "b": 1, "c": 1}),
                json!({"a": [1, 2], "c": 1, "d": {}}),
            ),
            written(json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1})),
            written(json!([]), json!([1])),
            written(json!("ab"), json!(["ab"])),
        ];
        insta::assert_snapshot!(deltas.join("\n"), @r#"
        {"append":[3]}
        {"append_text":"c"}
        {"members":{"set":{"a":{"append":[2]},"d":{"value":{}}},"removed":["b"]}}
        {"value":{"b":2,"a":1}}
        {"value":[1]}
        {"value":["ab"]}
        "#);
    }

    #[test]
    fn a_delta_of_another_value_does_not_apply() {
        assert_eq!(apply(Delta::Append(vec![json!(1)]), &json!("text")), None);
        assert_eq!(apply(Delta::AppendText(json!("x")), &json!([])), None);
        let members = between(&json!({"a": [1], "b": 1}), &json!({"a": [1, 2], "b": 1}));
        assert_eq!(apply(members, &json!({"b": 1})), None);
    }

    #[test]
    fn an_addition_is_shown_without_markers_of_the_journal() {
        let before =
            json!({"list": [1], "text": "ab", "gone": 1, "other": {"a": 1, "b": 2}, "same": 1});
        let after = json!({"list": [1, 2], "text": "abc", "other": {"a": 1, "b": 3}, "same": 1, "new": {"$text": 1}});
        let added = between(&before, &after).added(&mut Ok::<_, ()>).unwrap();
        assert_eq!(
            added,
            json!({"list": [2], "text": "c", "other": {"b": 3}, "new": {"$text": 1}, "gone": null})
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            (0..3i64).prop_map(Value::from),
            "[ab]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[abc]", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_delta_turns_any_value_into_any_other(before in value(), after in value()) {
            let found = apply(between(&before, &after), &before);
            prop_assert_eq!(found.map(|v| v.to_string()), Some(after.to_string()));
        }
    }
}
