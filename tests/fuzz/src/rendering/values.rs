//! Generated values for templates.

use serde_json::{Map, Value, json};

use super::choices::Choices;

/// Generates numbers: small ones, some equal, and some that only integers can distinguish.
pub(super) fn number(choices: &mut Choices<'_>) -> Value {
    let small = i64::try_from(choices.below(7)).unwrap_or(0) - 3;
    match choices.below(4) {
        0 => json!(small),
        #[allow(clippy::cast_precision_loss, reason = "it is small")]
        1 => json!(small as f64 / 2.0),
        2 => json!(9_007_199_254_740_992_i64 + small),
        _ => json!(i64::MIN.wrapping_add(small)),
    }
}

/// Generates a string without commas.
pub(super) fn text(choices: &mut Choices<'_>) -> String {
    let letters = choices.several(4, |choices| {
        choices.of(&['a', 'B', 'b', 'Z', ' ', 'é', '1', '日', '\n'])
    });
    letters.into_iter().collect()
}

/// Generates any value; lists only inside objects, since filters flatten nested lists.
pub(super) fn any(choices: &mut Choices<'_>) -> Value {
    match choices.below(5) {
        0 => Value::Null,
        1 => number(choices),
        2 => json!(text(choices)),
        3 => json!(choices.below(2) == 0),
        _ => {
            let mut object = Map::new();
            for key in choices.several(3, text) {
                object.insert(key, json!([number(choices), Value::Null]));
            }
            Value::Object(object)
        }
    }
}

/// Generates a list of values and nulls, long enough for any sorting algorithm.
pub(super) fn with_nulls(
    choices: &mut Choices<'_>,
    item: fn(&mut Choices<'_>) -> Value,
) -> Vec<Value> {
    choices.several(40, |choices| match choices.below(5) {
        4 => Value::Null,
        _ => item(choices),
    })
}
