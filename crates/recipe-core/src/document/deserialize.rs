//! Deserializes configurations from parsed documents, with typed errors that know their place.
//!
//! The errors of `serde_json` are texts. Here a missing field and a wrong type are kept apart.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Number, Value};

use super::pointer::Pointer;
use super::wording::expected_words;

/// Deserializes an object, such as the configuration of a step.
///
/// # Errors
/// Fails at the first value that does not fit its type.
pub(crate) fn from_object<'de, T: Deserialize<'de>>(
    object: &'de Map<String, Value>,
) -> Result<T, FieldError> {
    T::deserialize(Node::Object(object))
}

/// Deserializes a value.
///
/// # Errors
/// Fails at the first value in it that does not fit its type.
pub(super) fn from_value<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, FieldError> {
    T::deserialize(Node::Value(value))
}

/// A value that does not fit its type, with its place in the deserialized value.
#[derive(Debug)]
pub(crate) struct FieldError {
    pub(crate) pointer: Pointer,
    pub(super) kind: FieldErrorKind,
}

#[derive(Debug)]
pub(super) enum FieldErrorKind {
    /// A value of another type than expected.
    Type { expected: String, found: String },
    /// An object without a required field.
    Missing(&'static str),
    /// A value that its type refuses, with the message of that type.
    Invalid(String),
}

impl FieldError {
    fn new(kind: FieldErrorKind) -> Self {
        let pointer = Pointer::default();
        Self { pointer, kind }
    }

    fn below(self, outer: &Pointer) -> Self {
        let pointer = outer.join(&self.pointer);
        Self { pointer, ..self }
    }
}

impl Error for FieldError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(FieldErrorKind::Invalid(message.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(FieldErrorKind::Type {
            expected: expected_words(expected),
            found: found_words(unexpected),
        })
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(FieldErrorKind::Type {
            expected: one_of(expected),
            found: format!("`{variant}`"),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(FieldErrorKind::Missing(field))
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FieldErrorKind::Type { expected, found } => {
                write!(f, "expected {expected}, found {found}")
            }
            FieldErrorKind::Missing(field) => write!(f, "missing field `{field}`"),
            FieldErrorKind::Invalid(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for FieldError {}

/// Describes a value in the words of JSON; a scalar is shown itself.
fn found_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(truth) => format!("`{truth}`"),
        Unexpected::Unsigned(number) => format!("`{number}`"),
        Unexpected::Signed(number) => format!("`{number}`"),
        Unexpected::Float(number) => match Number::from_f64(number) {
            Some(number) => format!("`{number}`"),
            None => format!("`{number}`"),
        },
        Unexpected::Str(text) => format!("{text:?}"),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        other => other.to_string(),
    }
}

fn one_of(variants: &[&str]) -> String {
    let names: Vec<String> = variants.iter().map(|name| format!("`{name}`")).collect();
    match &names[..] {
        [first, second] => format!("{first} or {second}"),
        [only] => only.clone(),
        names => format!("one of {}", names.join(", ")),
    }
}

/// A value to deserialize.
#[derive(Clone, Copy)]
enum Node<'de> {
    Value(&'de Value),
    Object(&'de Map<String, Value>),
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = FieldError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        let value = match self {
            Self::Object(fields) => return visitor.visit_map(Entries::new(fields)),
            Self::Value(value) => value,
        };
        match value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (_, _, number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => {
                let mut access = Items { items, next: 0 };
                let value = visitor.visit_seq(&mut access)?;
                match access.next == items.len() {
                    true => Ok(value),
                    false => Err(Error::invalid_length(
                        items.len(),
                        &"fewer elements in array",
                    )),
                }
            }
            Value::Object(fields) => visitor.visit_map(Entries::new(fields)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Value(Value::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        match self {
            Self::Value(Value::String(variant)) => {
                visitor.visit_enum(BorrowedStrDeserializer::new(variant))
            }
            Self::Value(Value::Object(fields)) | Self::Object(fields) if fields.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(Entries::new(fields)))
            }
            _ => self.deserialize_any(NoVariant(variants, PhantomData)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Refuses a value that cannot be a variant of an enum.
struct NoVariant<T>(&'static [&'static str], PhantomData<T>);

impl<T> Visitor<'_> for NoVariant<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_of(self.0))
    }
}

struct Items<'de> {
    items: &'de [Value],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = FieldError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, FieldError> {
        let Some(item) = self.items.get(self.next) else {
            return Ok(None);
        };
        let item = seed.deserialize(Node::Value(item));
        let item = item.map_err(|error| error.below(&Pointer::default().index(self.next)))?;
        self.next += 1;
        Ok(Some(item))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

struct Entries<'de> {
    rest: serde_json::map::Iter<'de>,
    /// The entry whose key has been read.
    entry: Option<(&'de str, &'de Value)>,
}

impl<'de> Entries<'de> {
    fn new(fields: &'de Map<String, Value>) -> Self {
        Self {
            rest: fields.iter(),
            entry: None,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = FieldError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, FieldError> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.entry = Some((key, value));
        seed.deserialize(BorrowedStrDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, FieldError> {
        let Some((key, value)) = self.entry.take() else {
            return Err(Error::custom("value is missing"));
        };
        let value = seed.deserialize(Node::Value(value));
        value.map_err(|error| error.below(&Pointer::default().key(key)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}
