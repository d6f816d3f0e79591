//! Change of a step to its context, as stored in the journal.

use std::sync::Arc;

use indexmap::IndexMap;
use recipe_core::Context;
use recipe_core::journal::ContextChange;
use recipe_core::secrets::KnownSecrets;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::delta::Delta;
use crate::error::StoreError;
use crate::packing::{Reference, Text, pack, unpack};

/// JSON form of a change.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct StoredChange {
    /// Changes of artifacts; null for removed ones.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub(crate) artifacts: IndexMap<String, Option<Delta>>,
    /// Configuration values that were set, without secrets.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) config: Map<String, Value>,
    /// Environment variables copied into the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) variables: Vec<String>,
}

impl StoredChange {
    /// Creates the stored form of a change. Large values go to `texts`.
    pub(crate) fn new(
        change: &ContextChange,
        before: &Context,
        secrets: &KnownSecrets,
        texts: &mut Vec<Text>,
    ) -> Self {
        let mut pack = |value: &Value| pack(value, secrets, texts);
        let artifacts = change.artifacts.iter().map(|(name, value)| {
            let old = before.get(name);
            let delta = value
                .as_ref()
                .map(|value| Delta::between(old, value, &mut pack));
            (name.to_string(), delta)
        });
        Self {
            artifacts: artifacts.collect(),
            config: change.config.iter().cloned().collect(),
            variables: change.variables.clone(),
        }
    }

    /// Returns the sealed JSON to store.
    pub(crate) fn to_json(&self, secrets: &KnownSecrets) -> String {
        let json = serde_json::to_string(self).expect("names and values are JSON");
        secrets.seal_json(&json).into_owned()
    }

    /// Returns the change for this context. `None` if the context's artifacts differ from those
    /// that the step had.
    pub(crate) fn resolve(
        self,
        context: &Context,
        fetch: &mut impl FnMut(Reference) -> Result<Value, StoreError>,
    ) -> Result<Option<ContextChange>, StoreError> {
        let mut change = ContextChange::default();
        change.artifacts.reserve(self.artifacts.len());
        change.config = self.config.into_iter().collect();
        change.variables = self.variables;
        for (name, delta) in self.artifacts {
            let value = match delta {
                None => None,
                Some(delta) => {
                    let old = context.get(&name);
                    let Some(value) = delta.apply(old, &mut |value| unpack(value, fetch))? else {
                        return Ok(None);
                    };
                    Some(Arc::new(value))
                }
            };
            change.artifacts.push((name.into(), value));
        }
        Ok(Some(change))
    }
}
