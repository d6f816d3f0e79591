//! Approximate memory use of values.

use serde_json::Value;

/// Number of values, and of bytes in their strings and keys.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) values: usize,
    pub(super) bytes: usize,
}

impl Size {
    /// Returns the size of a value, including values inside.
    pub(super) fn new(value: &Value) -> Self {
        let mut size = Self {
            values: 1,
            bytes: 0,
        };
        match value {
            Value::String(text) => size.bytes += text.len(),
            Value::Array(items) => items.iter().for_each(|item| size.add(Self::new(item))),
            Value::Object(entries) => {
                for (key, value) in entries {
                    size.bytes += key.len();
                    size.add(Self::new(value));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        size
    }

    /// Adds a size and returns whether the sum is within a limit.
    pub(super) fn take(&mut self, more: Self, limit: Self) -> bool {
        self.add(more);
        self.values <= limit.values && self.bytes <= limit.bytes
    }

    fn add(&mut self, more: Self) {
        self.values += more.values;
        self.bytes += more.bytes;
    }
}
