//! Filters for lists. A list inside a list is taken apart; a single value is taken as a list of one.

use std::cmp::Ordering;

use liquid_core::error::Result;
use liquid_core::model::{Value, ValueView};

use super::numbers::{Number, calculate, parse_number};
use super::searching::{Property, property};
use super::{Arguments, Declaration, check_size, refused};
use crate::template::model::{Kind, compare, entries, equal};
use crate::template::printing::text;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("compact", (0, 1), compact),
    Declaration::new("concat", (1, 1), concat),
    Declaration::new("first", (0, 0), first),
    Declaration::new("index", (1, 1), index),
    Declaration::new("join", (0, 1), join),
    Declaration::new("last", (0, 0), last),
    Declaration::new("map", (1, 1), map),
    Declaration::new("reverse", (0, 0), |input, _| {
        Ok(owned(items(input).into_iter().rev()))
    }),
    Declaration::new("sort", (0, 1), sort),
    Declaration::new("sort_natural", (0, 1), sort_natural),
    Declaration::new("sort_numeric", (0, 1), sort_numeric),
    Declaration::new("sum", (0, 1), sum),
    Declaration::new("uniq", (0, 1), uniq),
];

/// The items of a list, those of the lists in it among them; a single value as the only item.
pub(super) fn items(input: &dyn ValueView) -> Vec<&dyn ValueView> {
    /// Deeper lists stay items.
    const DEEPEST: usize = 5;
    fn flatten<'v>(value: &'v dyn ValueView, level: usize, items: &mut Vec<&'v dyn ValueView>) {
        match value.as_array() {
            Some(list) if level <= DEEPEST => {
                for item in list.values() {
                    flatten(item, level + 1, items);
                }
            }
            _ => items.push(value),
        }
    }
    let mut items = Vec::new();
    match Kind::of(input) {
        Kind::Nothing => {}
        _ => flatten(input, 0, &mut items),
    }
    items
}

pub(super) fn owned<'v>(items: impl Iterator<Item = &'v dyn ValueView>) -> Value {
    Value::array(items.map(ValueView::to_value))
}

fn compact(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let items = items(input).into_iter();
    Ok(match arguments.some(0) {
        Some(key) => owned(items.filter(|item| {
            property(*item, key)
                .view()
                .is_some_and(|value| !value.is_nil())
        })),
        None => owned(items.filter(|item| !item.is_nil())),
    })
}

fn concat(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let Some(other) = arguments.get(0).and_then(ValueView::as_array) else {
        return Err(refused("concat", "it takes a list to add"));
    };
    Ok(owned(items(input).into_iter().chain(other.values())))
}

fn first(input: &dyn ValueView, _: &Arguments<'_>) -> Result<Value> {
    Ok(match Kind::of(input) {
        Kind::List(list) => list.get(0).map_or(Value::Nil, ValueView::to_value),
        Kind::Object(object) => match entries(object).into_iter().next() {
            Some((name, value)) => {
                Value::array([Value::scalar(name.into_string()), value.to_value()])
            }
            None => Value::Nil,
        },
        _ => Value::Nil,
    })
}

fn last(input: &dyn ValueView, _: &Arguments<'_>) -> Result<Value> {
    Ok(match Kind::of(input) {
        Kind::List(list) => list.get(-1).map_or(Value::Nil, ValueView::to_value),
        _ => Value::Nil,
    })
}

fn index(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let (Some(list), Some(wanted)) = (input.as_array(), arguments.get(0)) else {
        return Ok(Value::Nil);
    };
    let index = list.values().position(|item| equal(item, wanted));
    Ok(index.map_or(Value::Nil, |index| Value::scalar(index as i64)))
}

fn join(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let separator = match arguments.get(0) {
        Some(_) => arguments.text(0),
        None => " ".to_owned(),
    };
    let items: Vec<_> = items(input).into_iter().map(text).collect();
    let size = items.iter().try_fold(0_usize, |size, item| {
        size.checked_add(item.len())?.checked_add(separator.len())
    });
    check_size("join", size)?;
    Ok(Value::scalar(items.join(&separator)))
}

fn map(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let key = Value::scalar(arguments.text(0));
    let mut values = Vec::new();
    for item in items(input) {
        values.push(match property(item, key.as_view()) {
            Property::Value(value) => value.into_owned(),
            Property::Missing => Value::Nil,
            Property::NoProperties => {
                let kind = Kind::of(item).name();
                return Err(refused("map", format!("{kind} has no properties")));
            }
        });
    }
    Ok(Value::Array(values))
}

fn sort(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let mut unordered = None;
    let value = sorted(input, arguments, |left, right| match compare(left, right) {
        Ok(order) => order.unwrap_or(Ordering::Equal),
        Err(kinds) => {
            unordered = Some(kinds);
            Ordering::Equal
        }
    });
    match unordered {
        Some(kinds) => Err(refused(
            "sort",
            format!("cannot compare {} with {}", kinds.0, kinds.1),
        )),
        None => Ok(value),
    }
}

fn sort_natural(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    Ok(sorted(input, arguments, |left, right| {
        text(left).to_lowercase().cmp(&text(right).to_lowercase())
    }))
}

/// By the numbers in the items: `a9` comes before `a10`.
fn sort_numeric(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    Ok(sorted(input, arguments, |left, right| {
        numbers_in(left)
            .partial_cmp(&numbers_in(right))
            .unwrap_or(Ordering::Equal)
    }))
}

fn numbers_in(value: &dyn ValueView) -> Vec<f64> {
    let numbers: Vec<f64> = match Kind::of(value) {
        Kind::Integer(integer) => vec![integer as f64],
        Kind::Float(float) => vec![float],
        Kind::Bool(_) => Vec::new(),
        _ => {
            let text = text(value);
            let digits = |c: char| c.is_ascii_digit();
            let mut numbers = Vec::new();
            let mut rest = &*text;
            while let Some(start) = rest.find(digits) {
                let negative = rest[..start].ends_with('-');
                let end = rest[start..]
                    .find(|c| !digits(c))
                    .map_or(rest.len(), |end| start + end);
                let number: f64 = rest[start..end].parse().unwrap_or(f64::INFINITY);
                numbers.push(if negative { -number } else { number });
                rest = &rest[end..];
            }
            numbers
        }
    };
    if numbers.is_empty() {
        vec![f64::INFINITY]
    } else {
        numbers
    }
}

/// Sorted by themselves or by one of their properties; those without it come last.
fn sorted(
    input: &dyn ValueView,
    arguments: &Arguments<'_>,
    mut order: impl FnMut(&dyn ValueView, &dyn ValueView) -> Ordering,
) -> Value {
    let mut items = items(input);
    match arguments.some(0) {
        None => items.sort_by(|left, right| order(*left, *right)),
        Some(key) => items.sort_by(|left, right| {
            match (property(*left, key).view(), property(*right, key).view()) {
                (Some(left), Some(right)) => order(left, right),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            }
        }),
    }
    owned(items.into_iter())
}

fn sum(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let mut total = Number::Integer(0);
    for item in items(input) {
        let number = match arguments.some(0) {
            None => parse_number(item),
            Some(key) => property(item, key).view().and_then(parse_number),
        };
        let number = number.unwrap_or(Number::Integer(0));
        let next = calculate("sum", total, number, i64::checked_add, |l, r| l + r)?;
        total = parse_number(next.as_view()).unwrap_or(total);
    }
    Ok(total.into_value())
}

fn uniq(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let items = items(input);
    let mut kept: Vec<(Property<'_>, &dyn ValueView)> = Vec::new();
    for item in items {
        let by = match arguments.some(0) {
            Some(key) => property(item, key),
            None => Property::Value(liquid_core::model::ValueCow::Borrowed(item)),
        };
        let known = kept
            .iter()
            .any(|(other, _)| match (other.view(), by.view()) {
                (Some(one), Some(other)) => equal(one, other),
                (None, None) => true,
                _ => false,
            });
        if !known {
            kept.push((by, item));
        }
    }
    Ok(owned(kept.into_iter().map(|(_, item)| item)))
}
