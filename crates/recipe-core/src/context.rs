//! The context: data shared by the steps of a run.
//!
//! It has artifacts (name → JSON value, in the order they were first set) and a separate,
//! read-mostly configuration (docs/design.md §3). A clone behaves as a deep copy and costs two
//! reference counts: names and values are shared until one side writes, and a write copies the
//! table of names, never another value.

use std::fmt;
use std::iter;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::secrets::{KnownSecrets, Secrets, mask_named};
use crate::template::Variables;

/// Artifacts and configuration shared by the steps of a run.
///
/// ```
/// use recipe_core::Context;
/// use serde_json::json;
///
/// let mut parent = Context::new();
/// parent.set("doc", json!({"title": "original"}));
///
/// let mut copy = parent.clone();
/// copy.get_mut("doc").unwrap()["title"] = json!("changed");
///
/// assert_eq!(parent.get("doc").unwrap()["title"], "original");
/// assert_eq!(copy.get("doc").unwrap()["title"], "changed");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Context {
    artifacts: Arc<IndexMap<Arc<str>, Arc<Value>>>,
    config: Arc<Map<String, Value>>,
}

impl Context {
    /// Creates an empty context.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a context with these artifacts and no configuration.
    pub fn from_artifacts(artifacts: Map<String, Value>) -> Self {
        let artifacts = artifacts
            .into_iter()
            .map(|(name, value)| (Arc::from(name), Arc::new(value)));
        Self {
            artifacts: Arc::new(artifacts.collect()),
            config: Arc::default(),
        }
    }

    /// Sets an artifact; an existing one keeps its place in the order.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) {
        self.set_shared(name, Arc::new(value.into()));
    }

    /// Sets an artifact to a shared value, without copying it.
    pub fn set_shared(&mut self, name: impl Into<Arc<str>>, value: Arc<Value>) {
        Arc::make_mut(&mut self.artifacts).insert(name.into(), value);
    }

    /// Removes an artifact and returns it, keeping the order of the others.
    pub fn remove(&mut self, name: &str) -> Option<Arc<Value>> {
        if !self.contains(name) {
            return None;
        }
        Arc::make_mut(&mut self.artifacts).shift_remove(name)
    }

    /// Returns an artifact to change in place. The value is copied first if another context shares
    /// it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        if !self.contains(name) {
            return None;
        }
        Arc::make_mut(&mut self.artifacts)
            .get_mut(name)
            .map(Arc::make_mut)
    }

    /// Sets a configuration value.
    pub fn set_config(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        Arc::make_mut(&mut self.config).insert(name.into(), value.into());
    }

    /// Returns the value of an artifact.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.artifacts.get(name).map(|value| &**value)
    }

    /// Returns the shared value of an artifact, without copying it.
    pub fn get_shared(&self, name: &str) -> Option<Arc<Value>> {
        self.artifacts.get(name).cloned()
    }

    /// Whether the artifact exists.
    pub fn contains(&self, name: &str) -> bool {
        self.artifacts.contains_key(name)
    }

    /// Iterates over the artifacts, in the order in which they were first set.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.artifacts
            .iter()
            .map(|(name, value)| (&**name, &**value))
    }

    /// Iterates over the changes of artifacts since one of the contexts was cloned from the other:
    /// first the changed ones with their values, in their order, then the removed ones, without a
    /// value.
    pub fn changes_since<'c>(
        &'c self,
        before: &'c Self,
    ) -> impl Iterator<Item = (&'c str, Option<&'c Value>)> {
        let writes = self.writes_since(before);
        let writes = writes.map(|(name, value)| (&**name, value.map(|value| &**value)));
        writes.filter(|(name, value)| match (before.get(name), value) {
            (Some(old), Some(value)) => !is_identical(old, value),
            _ => true,
        })
    }

    /// Like [`changes_since`](Self::changes_since), without copying; includes writes of an equal
    /// value.
    pub(crate) fn writes_since<'c>(
        &'c self,
        before: &'c Self,
    ) -> impl Iterator<Item = (&'c Arc<str>, Option<&'c Arc<Value>>)> {
        let is_same_table = Arc::ptr_eq(&self.artifacts, &before.artifacts);
        let tables = (!is_same_table).then_some((&*self.artifacts, &*before.artifacts));
        tables.into_iter().flat_map(|(after, before)| {
            // Most names keep their place, so that hardly any has to be looked up.
            let set = after.iter().enumerate().filter(|(place, (name, value))| {
                let old = match before.get_index(*place) {
                    Some((same, old)) if Arc::ptr_eq(same, name) => Some(old),
                    _ => before.get(*name),
                };
                !old.is_some_and(|old| Arc::ptr_eq(old, value))
            });
            let removed = before.keys().enumerate().filter(|(place, name)| {
                let at_place = after.get_index(*place);
                !at_place.is_some_and(|(same, _)| Arc::ptr_eq(same, name))
                    && !after.contains_key(*name)
            });
            let set = set.map(|(_, (name, value))| (name, Some(value)));
            set.chain(removed.map(|(_, name)| (name, None)))
        })
    }

    /// Iterates over changed configuration values.
    pub(crate) fn config_changes_since<'c>(
        &'c self,
        before: &'c Self,
    ) -> impl Iterator<Item = (&'c str, &'c Value)> {
        let is_same = Arc::ptr_eq(&self.config, &before.config);
        let config = (!is_same).then_some(&*self.config);
        let config = config.into_iter().flatten();
        let changed = config.filter(|(name, value)| before.config.get(*name) != Some(value));
        changed.map(|(name, value)| (name.as_str(), value))
    }

    /// Number of artifacts.
    pub fn len(&self) -> usize {
        self.artifacts.len()
    }

    /// Whether the context has no artifacts.
    pub fn is_empty(&self) -> bool {
        self.artifacts.is_empty()
    }

    /// The configuration, such as API keys and endpoints. Templates do not see it.
    pub fn config(&self) -> &Map<String, Value> {
        &self.config
    }

    /// Returns the secrets of the configuration, which must not be shown (docs/design.md §9).
    pub fn secrets(&self) -> Secrets {
        Secrets::from_config(&self.config)
    }

    /// Copies the artifacts into a JSON object.
    pub fn to_json(&self) -> Map<String, Value> {
        self.iter()
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect()
    }
}

/// Whether two values are equal in every text made of them. Unlike with `==`, the order of members
/// matters.
pub fn is_identical(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && iter::zip(one, other).all(|(one, other)| is_identical(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let mut members = iter::zip(one, other);
            one.len() == other.len()
                && members.all(|((name, one), (other_name, other))| {
                    name == other_name && is_identical(one, other)
                })
        }
        (Value::Number(one), Value::Number(other)) => {
            // 0.0 equals -0.0.
            one == other && one.as_f64().map(f64::to_bits) == other.as_f64().map(f64::to_bits)
        }
        _ => one == other,
    }
}

impl Variables for Context {
    fn get(&self, name: &str) -> Option<&Value> {
        Context::get(self, name)
    }

    fn names<'a>(&'a self) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        Box::new(self.artifacts.keys().map(|name| &**name))
    }
}

/// Serializes the artifacts as a JSON object, without the configuration.
impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Shows the artifacts and the configuration as JSON, with the secrets in both masked.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets = KnownSecrets::new();
        secrets.learn(&self.config);
        // A secret too short to be found in texts is masked by its name.
        let config = mask_named(&self.config);
        let artifacts = self
            .iter()
            .map(|(name, value)| (name, secrets.masked(value)));
        let config = config
            .iter()
            .map(|(name, value)| (name, secrets.masked(value)));
        f.debug_struct("Context")
            .field("artifacts", &artifacts.collect::<IndexMap<_, _>>())
            .field("config", &config.collect::<IndexMap<_, _>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn names_keep_the_order_in_which_they_were_first_set() {
        let mut context = Context::new();
        for name in ["b", "a", "c", "a"] {
            context.set(name, name);
        }
        context.remove("b");
        assert_eq!(
            context.iter().map(|(n, _)| n).collect::<Vec<_>>(),
            ["a", "c"]
        );
    }

    #[test]
    fn a_clone_shares_its_values_until_one_side_writes() {
        let mut one = Context::new();
        one.set("big", json!([1, 2, 3]));
        one.set("other", json!("x"));
        let mut two = one.clone();
        assert!(Arc::ptr_eq(&one.artifacts, &two.artifacts));
        two.set("other", json!("y"));
        assert!(Arc::ptr_eq(
            &one.get_shared("big").unwrap(),
            &two.get_shared("big").unwrap()
        ));
        assert_eq!(one.get("other"), Some(&json!("x")));
    }

    #[test]
    fn another_order_of_members_is_a_change() {
        let mut before = Context::new();
        before.set("doc", json!([{"a": 1, "b": 2}]));
        let mut after = before.clone();
        after.set("doc", json!([{"a": 1, "b": 2}]));
        assert_eq!(after.changes_since(&before).count(), 0);
        after.set("doc", json!([{"b": 2, "a": 1}]));
        assert_eq!(after.changes_since(&before).count(), 1);
    }

    #[test]
    fn debug_output_masks_secrets() {
        let mut context = Context::new();
        context.set_config("openai_api_key", "sk-123");
        context.set_config(
            "auth",
            json!({"token": "tok-456", "pins": [{"secret": 7}], "user": "ada"}),
        );
        context.set_config("url", "https://eu.example/?key=sk-123");
        context.set("printed", json!(["tok-456", "done"]));
        insta::assert_snapshot!(format!("{context:?}"), @r#"Context { artifacts: {"printed": ["***","done"]}, config: {"openai_api_key": "***", "auth": {"token":"***","pins":[{"secret":"***"}],"user":"ada"}, "url": "https://eu.example/?key=***"} }"#);
    }

    /// A change of one of the contexts.
    #[derive(Debug, Clone)]
    enum Change {
        Clone(usize),
        Set(usize, u8, i64),
        Push(usize, u8, i64),
        Remove(usize, u8),
        /// Shares a value with another context without copying it.
        Share(usize, u8, usize),
        Configure(usize, u8, i64),
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            (0usize..4).prop_map(Change::Clone),
            (0usize..4, 0u8..5, any::<i64>()).prop_map(|(c, n, v)| Change::Set(c, n, v)),
            (0usize..4, 0u8..5, any::<i64>()).prop_map(|(c, n, v)| Change::Push(c, n, v)),
            (0usize..4, 0u8..5).prop_map(|(c, n)| Change::Remove(c, n)),
            (0usize..4, 0u8..5, 0usize..4).prop_map(|(c, n, to)| Change::Share(c, n, to)),
            (0usize..4, 0u8..5, any::<i64>()).prop_map(|(c, n, v)| Change::Configure(c, n, v)),
        ]
    }

    proptest! {
        /// Any sequence of changes has the same effect as on plain deep copies.
        #[test]
        fn clones_behave_as_deep_copies(changes in prop::collection::vec(change(), 0..60)) {
            let mut contexts = vec![Context::new()];
            let mut plain: Vec<Map<String, Value>> = vec![Map::new()];
            let mut configs: Vec<Map<String, Value>> = vec![Map::new()];
            for change in changes {
                match change {
                    Change::Clone(c) => {
                        let c = c % contexts.len();
                        contexts.push(contexts[c].clone());
                        plain.push(plain[c].clone());
                        configs.push(configs[c].clone());
                    }
                    Change::Set(c, n, v) => {
                        let c = c % contexts.len();
                        contexts[c].set(n.to_string(), json!([v]));
                        plain[c].insert(n.to_string(), json!([v]));
                    }
                    Change::Push(c, n, v) => {
                        let c = c % contexts.len();
                        if let Some(Value::Array(list)) = contexts[c].get_mut(&n.to_string()) {
                            list.push(v.into());
                        }
                        if let Some(Value::Array(list)) = plain[c].get_mut(&n.to_string()) {
                            list.push(v.into());
                        }
                    }
                    Change::Remove(c, n) => {
                        let c = c % contexts.len();
                        contexts[c].remove(&n.to_string());
                        plain[c].shift_remove(&n.to_string());
                    }
                    Change::Share(c, n, to) => {
                        let (c, to) = (c % contexts.len(), to % contexts.len());
                        if let Some(value) = contexts[c].get_shared(&n.to_string()) {
                            contexts[to].set_shared(n.to_string(), value);
                        }
                        if let Some(value) = plain[c].get(&n.to_string()).cloned() {
                            plain[to].insert(n.to_string(), value);
                        }
                    }
                    Change::Configure(c, n, v) => {
                        let c = c % contexts.len();
                        contexts[c].set_config(n.to_string(), v);
                        configs[c].insert(n.to_string(), v.into());
                    }
                }
            }
            for ((context, plain), config) in contexts.iter().zip(&plain).zip(&configs) {
                prop_assert_eq!(context.config(), config);
                prop_assert_eq!(
                    serde_json::to_string(context).unwrap(),
                    serde_json::to_string(plain).unwrap()
                );
            }
        }
    }
}
