//! Properties of rendered templates, for generated ones.

mod body;
mod choices;
mod values;

use std::cmp::Ordering;

use recipe_core::template::Template;
use serde_json::{Map, Value, json};

use choices::Choices;

/// Property of chosen values and templates.
type Property = fn(&mut Choices<'_>);

const PROPERTIES: [Property; 10] = [
    captures_keep_what_would_be_printed,
    blank_blocks_print_nothing,
    sorting_puts_in_order,
    sorting_by_a_key_puts_in_order,
    kinds_without_an_order_are_an_error,
    reversing_twice_changes_nothing,
    joining_undoes_splitting,
    rejected_and_found_are_everything,
    json_says_what_there_is,
    loops_go_on_where_they_stopped,
];

/// Checks the property that the first byte selects, for what the others choose.
///
/// # Panics
/// If the property does not hold.
pub fn rendering(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let property = choices.of(&PROPERTIES);
    property(&mut choices);
}

/// Renders a template. `None` if parsing or rendering fails.
fn render(template: &str, data: &Map<String, Value>) -> Option<String> {
    Template::parse(template).and_then(|t| t.render(data)).ok()
}

fn data(values: Value) -> Map<String, Value> {
    match values {
        Value::Object(data) => data,
        _ => Map::new(),
    }
}

fn usual() -> Map<String, Value> {
    data(
        json!({"n": 2, "none": null, "list": [1, 1, "x", null], "text": "Hello", "doc": {"a": "b", "c": [1]}}),
    )
}

/// Blocks around a capture, blank except for the captured text.
const AROUND: [(&str, &str); 13] = [
    ("", ""),
    ("{% if true %} ", " {% endif %}"),
    ("{% if false %}{% elsif true %}\n", "\n{% endif %}"),
    ("{% if false %} {% else %} ", "{% endif %}"),
    ("{% unless false %}\n", "{% endunless %}"),
    ("{% unless true %} {% else %}", " {% endunless %}"),
    ("{% unless true %}{% elsif true %} ", " {% endunless %}"),
    ("{% case 1 %}{% when 1 %} ", " {% endcase %}"),
    ("{% case 1 %}{% when 2 %} {% else %} ", " {% endcase %}"),
    ("{% for j in (1..1) %} ", " {% endfor %}"),
    ("{% for j in none %}{% else %} ", " {% endfor %}"),
    ("{% ifchanged %} ", " {% endifchanged %}"),
    ("{% capture again %} ", " {% endcapture %}"),
];

fn captures_keep_what_would_be_printed(choices: &mut Choices<'_>) {
    // Text at both ends prevents blank captures and trimming.
    let body = format!("<{}>", body::any(choices));
    let mut captured = format!("{{% capture kept %}}{body}{{% endcapture %}}");
    for (before, after) in choices.several(3, |choices| choices.of(&AROUND)) {
        captured = format!("{before}{captured}{after}");
    }
    let captured = format!("{captured}{{{{ kept }}}}");
    let (printed, kept) = (render(&body, &usual()), render(&captured, &usual()));
    assert_eq!(printed, kept, "{captured:?}");
}

fn blank_blocks_print_nothing(choices: &mut Choices<'_>) {
    let body = body::blank(choices);
    let (before, after) = choices.of(&AROUND[1..]);
    let template = format!("<{before}{body}{after}>");
    if render(&body, &usual()).is_some() {
        let printed = render(&template, &usual());
        assert_eq!(printed.as_deref(), Some("<>"), "{template:?}");
    }
}

/// Sorts values of one kind, and nulls, like the filter `sort`.
fn sorted(mut values: Vec<Value>, key: impl Fn(&Value) -> Value) -> Vec<Value> {
    values.sort_by(|left, right| order(&key(left), &key(right)));
    values
}

/// Order of two numbers or two strings; null comes last.
fn order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left.cmp(&right),
            // Integers that doubles cannot distinguish are far from the generated doubles.
            _ => left
                .as_f64()
                .partial_cmp(&right.as_f64())
                .expect("no number is NaN"),
        },
        _ => left.is_null().cmp(&right.is_null()),
    }
}

/// Filter, the key of its order, and the kind of values.
type Sorting = (
    &'static str,
    fn(&Value) -> Value,
    fn(&mut Choices<'_>) -> Value,
);

const SORTINGS: [Sorting; 4] = [
    ("sort", Value::clone, values::number),
    ("sort", Value::clone, text_value),
    ("sort_natural", lower, text_value),
    ("sort_numeric", Value::clone, values::number),
];

fn text_value(choices: &mut Choices<'_>) -> Value {
    values::text(choices).into()
}

fn lower(value: &Value) -> Value {
    value
        .as_str()
        .map_or(Value::Null, |text| text.to_lowercase().into())
}

fn sorting_puts_in_order(choices: &mut Choices<'_>) {
    let (filter, key, item) = choices.of(&SORTINGS);
    let list = values::with_nulls(choices, item);
    let printed = of_list(&format!("list | {filter} | json"), &list);
    let expected = sorted(list.clone(), key);
    assert_eq!(printed, Some(expected), "{filter} of {list:?}");
}

fn sorting_by_a_key_puts_in_order(choices: &mut Choices<'_>) {
    let (filter, key, item) = choices.of(&SORTINGS);
    let keys = values::with_nulls(choices, item);
    let objects = keys.iter().enumerate().map(|(number, key)| match key {
        Value::Null if number % 2 == 0 => json!({"number": number}),
        key => json!({"key": key, "number": number}),
    });
    let list: Vec<Value> = objects.collect();
    let printed = of_list(&format!("list | {filter}: 'key' | json"), &list);
    let expected = sorted(list.clone(), |object| key(&object["key"]));
    assert_eq!(printed, Some(expected), "{filter} of {list:?}");
}

fn kinds_without_an_order_are_an_error(choices: &mut Choices<'_>) {
    let mut list = values::with_nulls(choices, values::any);
    list.push(json!(1));
    list.insert(choices.below(list.len()), json!("text"));
    assert_eq!(of_list("list | sort | json", &list), None, "{list:?}");
}

fn reversing_twice_changes_nothing(choices: &mut Choices<'_>) {
    let list = values::with_nulls(choices, values::any);
    let printed = of_list("list | reverse | reverse | json", &list);
    assert_eq!(printed, Some(list));
}

fn joining_undoes_splitting(choices: &mut Choices<'_>) {
    // A space as separator splits at any white space.
    let separator = choices.of(&[",", "ab", "", "é", "\n", ", "]);
    let texts = choices.several(5, values::text);
    let text = texts.join(separator);
    let data = data(json!({"text": text, "separator": separator}));
    let printed = render("{{ text | split: separator | join: separator }}", &data);
    // A string that equals the separator splits into an empty list.
    let expected = if text == separator { "" } else { &text };
    assert_eq!(
        printed.as_deref(),
        Some(expected),
        "{text:?} at {separator:?}"
    );
}

fn rejected_and_found_are_everything(choices: &mut Choices<'_>) {
    let keys = values::with_nulls(choices, values::any);
    let objects = keys.iter().map(|key| json!({"key": key}));
    let list: Vec<Value> = objects.collect();
    let value = choices.of(&["", ", 1", ", 'B'", ", true", ", nil"]);
    let template = format!(
        "{{% assign found = list | where: 'key'{value} %}}{{% assign rejected = list | reject: 'key'{value} %}}\
         {{{{ found.size | plus: rejected.size }}}}"
    );
    let printed = render(&template, &data(json!({"list": list})));
    assert_eq!(
        printed,
        Some(list.len().to_string()),
        "{template} of {list:?}"
    );
}

fn json_says_what_there_is(choices: &mut Choices<'_>) {
    let value = values::any(choices);
    let printed = render("{{ value | json }}", &data(json!({"value": value})));
    let parsed = printed.and_then(|json| serde_json::from_str::<Value>(&json).ok());
    assert_eq!(parsed, Some(value));
}

fn loops_go_on_where_they_stopped(choices: &mut Choices<'_>) {
    let list = values::with_nulls(choices, values::number);
    let limit = choices.below(8) + 1;
    let body = "{{ i }},";
    let whole = format!("{{% for i in list %}}{body}{{% endfor %}}");
    let part = format!("{{% for i in list limit: {limit} offset: continue %}}{body}{{% endfor %}}");
    let rest = format!("{{% for i in list offset: continue %}}{body}{{% endfor %}}");
    let parts = format!("{}{rest}", part.repeat(choices.below(4)));
    let data = data(json!({"list": list}));
    assert_eq!(
        render(&whole, &data),
        render(&parts, &data),
        "{parts} of {list:?}"
    );
}

/// Evaluates an expression over a list, as JSON.
fn of_list(expression: &str, list: &[Value]) -> Option<Vec<Value>> {
    let printed = render(
        &format!("{{{{ {expression} }}}}"),
        &data(json!({"list": list})),
    )?;
    serde_json::from_str(&printed).ok()
}
