//! What templates compute with: the kinds of values, and when two are equal or one is less.

use std::borrow::Cow;
use std::cmp::Ordering;

use liquid_core::model::{
    ArrayView, KString, KStringCow, Object, ObjectView, ScalarCow, State, Value, ValueCow,
    ValueView,
};

/// The type name of integers that the library has no type for.
pub(super) const LARGE: &str = "large whole number";

/// A value, by its kind.
pub(super) enum Kind<'v> {
    /// `nil`, or a name that is not there.
    Nothing,
    Bool(bool),
    Integer(i64),
    /// An integer beyond those.
    Large(u64),
    Float(f64),
    Text(Cow<'v, str>),
    List(&'v dyn ArrayView),
    Object(&'v dyn ObjectView),
    /// The words `empty` and `blank`.
    Empty,
    Blank,
}

impl<'v> Kind<'v> {
    pub(super) fn of(view: &'v dyn ValueView) -> Self {
        if view.is_nil() {
            return Self::Nothing;
        }
        if let Some(list) = view.as_array() {
            return Self::List(list);
        }
        if let Some(object) = view.as_object() {
            return Self::Object(object);
        }
        if let Some(state) = view.as_state() {
            return match state {
                State::Blank => Self::Blank,
                _ => Self::Empty,
            };
        }
        match view.as_scalar() {
            Some(scalar) => match scalar.type_name() {
                "whole number" => Self::Integer(scalar.to_integer().unwrap_or(0)),
                "string" if view.type_name() == LARGE => {
                    Self::Large(scalar.to_kstr().parse().unwrap_or(u64::MAX))
                }
                "fractional number" => Self::Float(scalar.to_float().unwrap_or(0.0)),
                "boolean" => Self::Bool(scalar.to_bool().unwrap_or(false)),
                _ => Self::Text(scalar.into_cow_str()),
            },
            None => Self::Nothing,
        }
    }

    /// What the kind is called in messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Large(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Empty => "`empty`",
            Self::Blank => "`blank`",
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(integer) => Some(*integer as f64),
            Self::Large(integer) => Some(*integer as f64),
            Self::Float(float) => Some(*float),
            _ => None,
        }
    }
}

/// Everything but nothing and `false` is true.
pub(super) fn is_truthy(view: &dyn ValueView) -> bool {
    !matches!(Kind::of(view), Kind::Nothing | Kind::Bool(false))
}

pub(super) fn has_state(view: &dyn ValueView, state: State) -> bool {
    match state {
        State::Truthy => is_truthy(view),
        State::Empty => is_empty(view),
        State::Blank => is_blank(view),
        State::DefaultValue => !is_truthy(view) || is_empty(view),
    }
}

/// An empty text, list or object.
pub(super) fn is_empty(view: &dyn ValueView) -> bool {
    match Kind::of(view) {
        Kind::Text(text) => text.is_empty(),
        Kind::List(list) => list.size() == 0,
        Kind::Object(object) => object_size(object) == 0,
        Kind::Empty => true,
        _ => false,
    }
}

fn is_blank(view: &dyn ValueView) -> bool {
    match Kind::of(view) {
        Kind::Text(text) => text.chars().all(char::is_whitespace),
        Kind::Blank => true,
        Kind::Empty => false,
        _ => is_empty(view),
    }
}

/// Whether two values are the same; numbers by value, lists and objects item by item.
pub(super) fn equal(left: &dyn ValueView, right: &dyn ValueView) -> bool {
    match (Kind::of(left), Kind::of(right)) {
        (Kind::Empty, _) => is_empty(right),
        (_, Kind::Empty) => is_empty(left),
        (Kind::Blank, _) => is_blank(right),
        (_, Kind::Blank) => is_blank(left),
        (Kind::Nothing, Kind::Nothing) => true,
        (Kind::Bool(left), Kind::Bool(right)) => left == right,
        (Kind::Integer(left), Kind::Integer(right)) => left == right,
        (Kind::Text(left), Kind::Text(right)) => left == right,
        (Kind::List(left), Kind::List(right)) => {
            left.size() == right.size()
                && left.values().zip(right.values()).all(|(l, r)| equal(l, r))
        }
        (Kind::Object(left), Kind::Object(right)) => {
            object_size(left) == object_size(right)
                && entries(left).iter().all(|(name, value)| {
                    object_get(right, name).is_some_and(|other| equal(*value, other))
                })
        }
        (left, right) => match (left.number(), right.number()) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
    }
}

/// The order of two texts or two numbers. `None` where one is nothing; other kinds have no order.
pub(super) fn compare(
    left: &dyn ValueView,
    right: &dyn ValueView,
) -> Result<Option<Ordering>, Unordered> {
    match (Kind::of(left), Kind::of(right)) {
        (Kind::Nothing, _) | (_, Kind::Nothing) => Ok(None),
        (Kind::Text(left), Kind::Text(right)) => Ok(Some(left.cmp(&right))),
        (Kind::Integer(left), Kind::Integer(right)) => Ok(Some(left.cmp(&right))),
        (left, right) => match (left.number(), right.number()) {
            (Some(left), Some(right)) => Ok(left.partial_cmp(&right)),
            _ => Err(Unordered(left.name(), right.name())),
        },
    }
}

/// Two kinds of which neither comes first.
pub(super) struct Unordered(pub(super) &'static str, pub(super) &'static str);

/// What a path of names and indexes leads to, from a value.
pub(super) fn walk<'v>(
    mut value: &'v dyn ValueView,
    path: &[ScalarCow<'_>],
) -> Option<ValueCow<'v>> {
    let mut path = path.iter();
    while let Some(key) = path.next() {
        value = match step(value, key)? {
            ValueCow::Borrowed(value) => value,
            ValueCow::Owned(value) => {
                let found = walk(value.as_view(), path.as_slice())?;
                return Some(ValueCow::Owned(found.into_owned()));
            }
        };
    }
    Some(ValueCow::Borrowed(value))
}

fn step<'v>(value: &'v dyn ValueView, key: &ScalarCow<'_>) -> Option<ValueCow<'v>> {
    match (Kind::of(value), key.type_name()) {
        (Kind::List(list), "whole number") => list.get(key.to_integer()?).map(ValueCow::Borrowed),
        (Kind::List(list), "string") => match key.to_kstr().as_str() {
            "size" => Some(ValueCow::Owned(Value::scalar(list.size()))),
            "first" => list.get(0).map(ValueCow::Borrowed),
            "last" => list.get(-1).map(ValueCow::Borrowed),
            _ => None,
        },
        (Kind::Object(object), "string") => {
            let key = key.to_kstr();
            if let Some(value) = object_get(object, &key) {
                return Some(ValueCow::Borrowed(value));
            }
            match key.as_str() {
                "size" => Some(ValueCow::Owned(Value::scalar(object_size(object)))),
                "first" => {
                    let (name, value) = entries(object).into_iter().next()?;
                    let name = Value::scalar(name.into_string());
                    Some(ValueCow::Owned(Value::array([name, value.to_value()])))
                }
                _ => None,
            }
        }
        (Kind::Text(text), "string") if key.to_kstr() == "size" => {
            Some(ValueCow::Owned(Value::scalar(text.chars().count() as i64)))
        }
        _ => None,
    }
}

/// The library's own objects forget the order of their names, so it is kept under this one.
const ORDER: &str = "\u{0}order";

/// An object of the library's that keeps the order of its names.
pub(super) fn object(entries: impl Iterator<Item = (String, Value)>) -> Value {
    let mut object = Object::new();
    let mut order = Vec::new();
    for (name, value) in entries {
        let name = KString::from_string(name);
        if object.insert(name.clone(), value).is_none() {
            order.push(Value::scalar(name));
        }
    }
    object.insert(KString::from_static(ORDER), Value::Array(order));
    Value::Object(object)
}

/// The entries of an object, in order.
pub(super) fn entries(object: &dyn ObjectView) -> Vec<(KStringCow<'_>, &dyn ValueView)> {
    match object.get(ORDER).and_then(ValueView::as_array) {
        Some(order) => order
            .values()
            .filter_map(|name| {
                let name = name.to_kstr();
                object.get(&name).map(|value| (name, value))
            })
            .collect(),
        None => object.iter().collect(),
    }
}

pub(super) fn object_size(object: &dyn ObjectView) -> i64 {
    let hidden = i64::from(object.contains_key(ORDER));
    object.size() - hidden
}

pub(super) fn object_get<'v>(object: &'v dyn ObjectView, name: &str) -> Option<&'v dyn ValueView> {
    if name == ORDER {
        None
    } else {
        object.get(name)
    }
}
