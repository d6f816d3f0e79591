//! The context as the Liquid library sees it: views that borrow, never copies.

use std::fmt;

use liquid_core::model::{
    ArrayView, DisplayCow, KStringCow, ObjectView, ScalarCow, State, Value as Owned, ValueView,
};
use ref_cast::RefCast;
use serde_json::Value;

use super::model;
use super::printing;

/// A JSON value, seen through the interfaces of the Liquid library.
#[derive(RefCast)]
#[repr(transparent)]
pub(super) struct Json(Value);

impl Json {
    pub(super) fn of(value: &Value) -> &Self {
        Self::ref_cast(value)
    }
}

/// The library builds messages out of these; values of the context do not belong there.
impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
}

impl ValueView for Json {
    fn as_debug(&self) -> &dyn fmt::Debug {
        self
    }

    fn render(&self) -> DisplayCow<'_> {
        DisplayCow::Owned(Box::new(printing::display(self)))
    }

    fn source(&self) -> DisplayCow<'_> {
        DisplayCow::Borrowed(&"a value")
    }

    fn type_name(&self) -> &'static str {
        match &self.0 {
            Value::Number(number) if !number.is_i64() && number.is_u64() => model::LARGE,
            _ => "value",
        }
    }

    fn query_state(&self, state: State) -> bool {
        model::has_state(self, state)
    }

    fn to_kstr(&self) -> KStringCow<'_> {
        match &self.0 {
            Value::String(text) => KStringCow::from_ref(text),
            _ => printing::text(self).into_owned().into(),
        }
    }

    fn to_value(&self) -> Owned {
        match &self.0 {
            Value::Array(list) => Owned::array(list.iter().map(|item| Json::of(item).to_value())),
            Value::Object(map) => model::object(
                map.iter()
                    .map(|(name, value)| (name.clone(), Json::of(value).to_value())),
            ),
            _ => match self.as_scalar() {
                Some(scalar) if !self.is_nil() => Owned::Scalar(scalar.into_owned()),
                _ => Owned::Nil,
            },
        }
    }

    fn as_scalar(&self) -> Option<ScalarCow<'_>> {
        match &self.0 {
            Value::Null => Undefined.as_scalar(),
            Value::Bool(truth) => Some(ScalarCow::new(*truth)),
            Value::Number(number) => Some(match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => ScalarCow::new(integer),
                // Integers beyond the library's go as their digits.
                (None, _) if number.is_u64() => ScalarCow::new(number.to_string()),
                (None, float) => ScalarCow::new(float.unwrap_or(f64::NAN)),
            }),
            Value::String(text) => Some(ScalarCow::new(text.as_str())),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn as_array(&self) -> Option<&dyn ArrayView> {
        self.0.is_array().then_some(self)
    }

    fn as_object(&self) -> Option<&dyn ObjectView> {
        self.0.is_object().then_some(self)
    }

    fn is_nil(&self) -> bool {
        self.0.is_null()
    }
}

impl ArrayView for Json {
    fn as_value(&self) -> &dyn ValueView {
        self
    }

    fn size(&self) -> i64 {
        self.0.as_array().map_or(0, |list| list.len() as i64)
    }

    fn values<'k>(&'k self) -> Box<dyn Iterator<Item = &'k dyn ValueView> + 'k> {
        let list = self.0.as_array().into_iter().flatten();
        Box::new(list.map(|item| Json::of(item) as &dyn ValueView))
    }

    fn contains_key(&self, index: i64) -> bool {
        ArrayView::get(self, index).is_some()
    }

    fn get(&self, index: i64) -> Option<&dyn ValueView> {
        let list = self.0.as_array()?;
        let index = match usize::try_from(index) {
            Ok(index) => index,
            Err(_) => list
                .len()
                .checked_sub(index.unsigned_abs().try_into().ok()?)?,
        };
        Some(Json::of(list.get(index)?))
    }
}

impl ObjectView for Json {
    fn as_value(&self) -> &dyn ValueView {
        self
    }

    fn size(&self) -> i64 {
        self.0.as_object().map_or(0, |map| map.len() as i64)
    }

    fn keys<'k>(&'k self) -> Box<dyn Iterator<Item = KStringCow<'k>> + 'k> {
        Box::new(ObjectView::iter(self).map(|(name, _)| name))
    }

    fn values<'k>(&'k self) -> Box<dyn Iterator<Item = &'k dyn ValueView> + 'k> {
        Box::new(ObjectView::iter(self).map(|(_, value)| value))
    }

    fn iter<'k>(&'k self) -> Box<dyn Iterator<Item = (KStringCow<'k>, &'k dyn ValueView)> + 'k> {
        let map = self.0.as_object().into_iter().flatten();
        Box::new(map.map(|(name, value)| {
            let value: &dyn ValueView = Json::of(value);
            (KStringCow::from_ref(name), value)
        }))
    }

    fn contains_key(&self, index: &str) -> bool {
        ObjectView::get(self, index).is_some()
    }

    fn get<'s>(&'s self, index: &str) -> Option<&'s dyn ValueView> {
        Some(Json::of(self.0.get(index)?))
    }
}

/// What a name stands for that is not there.
#[derive(Debug)]
pub(super) struct Undefined;

impl ValueView for Undefined {
    fn as_debug(&self) -> &dyn fmt::Debug {
        self
    }

    fn render(&self) -> DisplayCow<'_> {
        DisplayCow::Borrowed(&"")
    }

    fn source(&self) -> DisplayCow<'_> {
        DisplayCow::Borrowed(&"nothing")
    }

    fn type_name(&self) -> &'static str {
        "nothing"
    }

    fn query_state(&self, state: State) -> bool {
        model::has_state(self, state)
    }

    fn to_kstr(&self) -> KStringCow<'_> {
        KStringCow::from_static("")
    }

    fn to_value(&self) -> Owned {
        Owned::Nil
    }

    // As an index it must be some scalar, or the library refuses it; no list and no object has this one.
    fn as_scalar(&self) -> Option<ScalarCow<'_>> {
        Some(ScalarCow::new(false))
    }

    fn is_nil(&self) -> bool {
        true
    }
}

/// One entry of an object, as a loop over it sees it: a list of the key and the value.
pub(super) struct Entry<'v> {
    key: Owned,
    value: &'v dyn ValueView,
}

impl<'v> Entry<'v> {
    pub(super) fn new(key: &str, value: &'v dyn ValueView) -> Self {
        Self {
            key: Owned::scalar(key.to_owned()),
            value,
        }
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry")
    }
}

impl ValueView for Entry<'_> {
    fn as_debug(&self) -> &dyn fmt::Debug {
        self
    }

    fn render(&self) -> DisplayCow<'_> {
        DisplayCow::Owned(Box::new(printing::display(self)))
    }

    fn source(&self) -> DisplayCow<'_> {
        DisplayCow::Borrowed(&"an entry")
    }

    fn type_name(&self) -> &'static str {
        "list"
    }

    fn query_state(&self, state: State) -> bool {
        model::has_state(self, state)
    }

    fn to_kstr(&self) -> KStringCow<'_> {
        printing::text(self).into_owned().into()
    }

    fn to_value(&self) -> Owned {
        Owned::array([self.key.clone(), self.value.to_value()])
    }

    fn as_array(&self) -> Option<&dyn ArrayView> {
        Some(self)
    }
}

impl ArrayView for Entry<'_> {
    fn as_value(&self) -> &dyn ValueView {
        self
    }

    fn size(&self) -> i64 {
        2
    }

    fn values<'k>(&'k self) -> Box<dyn Iterator<Item = &'k dyn ValueView> + 'k> {
        Box::new([self.key.as_view(), self.value].into_iter())
    }

    fn contains_key(&self, index: i64) -> bool {
        (-2..2).contains(&index)
    }

    fn get(&self, index: i64) -> Option<&dyn ValueView> {
        match index {
            0 | -2 => Some(self.key.as_view()),
            1 | -1 => Some(self.value),
            _ => None,
        }
    }
}
