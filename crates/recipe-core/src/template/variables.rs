//! Variables that a template reads.

use serde_json::{Map, Value};

/// Variables that a template can use.
pub trait Variables {
    /// Returns the value of a variable.
    fn get(&self, name: &str) -> Option<&Value>;

    /// Returns the names of all variables.
    fn names<'a>(&'a self) -> Box<dyn Iterator<Item = &'a str> + 'a>;
}

impl Variables for Map<String, Value> {
    fn get(&self, name: &str) -> Option<&Value> {
        Map::get(self, name)
    }

    fn names<'a>(&'a self) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        Box::new(self.keys().map(String::as_str))
    }
}
