//! Memory that values take, roughly.

use serde_json::Value;

/// A number of values, and of bytes in their texts and keys.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) values: usize,
    pub(super) bytes: usize,
}

impl Size {
    /// The size of a value with all that is in it.
    pub(super) fn of(value: &Value) -> Self {
        let mut size = Self {
            values: 1,
            bytes: 0,
        };
        match value {
            Value::String(text) => size.bytes += text.len(),
            Value::Array(items) => items.iter().for_each(|item| size.add(Self::of(item))),
            Value::Object(entries) => {
                for (key, value) in entries {
                    size.bytes += key.len();
                    size.add(Self::of(value));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        size
    }

    /// Adds a size and tells whether that is within a limit.
    pub(super) fn take(&mut self, more: Self, limit: Self) -> bool {
        self.add(more);
        self.values <= limit.values && self.bytes <= limit.bytes
    }

    fn add(&mut self, more: Self) {
        self.values += more.values;
        self.bytes += more.bytes;
    }
}
