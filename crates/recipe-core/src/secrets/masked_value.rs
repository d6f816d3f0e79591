//! Values written with their secrets masked.
//!
//! Each text of a value is masked on its own: in the JSON of the whole value a secret could be
//! escaped twice, and masking a number would break the syntax.

use std::fmt;

use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{KnownSecrets, MASK};

/// A value that is written with its secrets masked. A masked number becomes text.
#[derive(Clone, Copy)]
pub struct MaskedValue<'v> {
    value: &'v Value,
    secrets: &'v KnownSecrets,
}

/// An object that is written with its secrets masked, also in its names.
#[derive(Clone, Copy)]
pub struct MaskedObject<'v> {
    object: &'v Map<String, Value>,
    secrets: &'v KnownSecrets,
}

impl KnownSecrets {
    /// Returns a value that is written with every secret masked.
    pub fn masked<'v>(&'v self, value: &'v Value) -> MaskedValue<'v> {
        MaskedValue {
            value,
            secrets: self,
        }
    }

    /// Returns an object that is written with every secret masked, also in its names.
    pub fn masked_object<'v>(&'v self, object: &'v Map<String, Value>) -> MaskedObject<'v> {
        MaskedObject {
            object,
            secrets: self,
        }
    }
}

impl Serialize for MaskedValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { value, secrets } = *self;
        match value {
            Value::String(text) => serializer.serialize_str(&secrets.mask(text)),
            Value::Number(number) => match secrets.mask(&number.to_string()) {
                masked if masked.contains(MASK) => serializer.serialize_str(&masked),
                _ => number.serialize(serializer),
            },
            Value::Array(list) => {
                serializer.collect_seq(list.iter().map(|value| secrets.masked(value)))
            }
            Value::Object(object) => secrets.masked_object(object).serialize(serializer),
            Value::Null | Value::Bool(_) => value.serialize(serializer),
        }
    }
}

impl Serialize for MaskedObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { object, secrets } = *self;
        let members = object.iter();
        serializer
            .collect_map(members.map(|(name, value)| (secrets.mask(name), secrets.masked(value))))
    }
}

/// JSON on one line.
impl fmt::Display for MaskedValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// Masked JSON as well.
impl fmt::Debug for MaskedValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
