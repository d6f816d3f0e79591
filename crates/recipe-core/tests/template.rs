//! Public interface of templates: error messages, limits, and that no input causes a panic.

#![allow(
    clippy::unwrap_used,
    reason = "what fails in a test should fail the test"
)]

use proptest::prelude::*;
use recipe_core::template::{
    Limit, Template, TemplateError, TemplateValue, Variables, filter_names, tag_names,
};
use serde_json::{Map, Value, json};

fn variables() -> Map<String, Value> {
    let Value::Object(variables) = json!({
        "name": "Ada", "n": 5, "large": u64::MAX, "none": null, "list": [3, 1, 2],
        "doc": {"zebra": 1, "apple": {"size": "big"}, "größe": 2}, "secret": "hunter2",
        "people": [{"name": "Bo", "age": 3, "at": "x"}, {"name": "Al", "age": 1}],
    }) else {
        unreachable!()
    };
    variables
}

fn render(template: &str) -> Result<String, TemplateError> {
    Template::parse(template)?.render(&variables())
}

#[track_caller]
fn renders(template: &str, expected: &str) {
    match render(template) {
        Ok(text) => assert_eq!(text, expected, "{template}"),
        Err(error) => panic!("{error}"),
    }
}

fn render_error(template: &str) -> String {
    match render(template) {
        Ok(text) => panic!("{template} rendered: {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn errors_have_line_and_column() {
    let errors: Vec<String> = [
        "{{ name",
        "line one\n{{ name | upcas }}",
        "{{ n + 1 }}",
        "{% if n %}never closed",
        "{% endif %}",
        "{% if n %}{% endfor %}",
        "{% iff n %}{% endif %}",
        "{% if n = 5 %}a{% endif %}",
        "{% if not n %}a{% endif %}",
        "{{ 'it's' }}",
        "{{ name | append }}",
        "{{ name | upcase: shout: true }}",
        "{% assign x = name | truncate: 1, 2, 3 %}",
        "{{ }}",
        "{{ name other }}",
        "{% for x list %}{% endfor %}",
        "{% for x in list limit %}{% endfor %}",
        "{% include 'x' %}",
        "{% raw %}",
        "{%%}",
        "{{ name | date: '%Y' | divided_by: 0 }}",
        "{% if list < 3 %}{% endif %}",
        "{{ name | default: \"a\" if n else \"b\" }}",
        "{{ (1, 5) | join: '#' }}",
        "{{ n == name }}",
        "{{ doc.zebra c }}",
        "{{ doc. }}",
        "{{ doc[1.5] }}",
        "{{ doc[true] }}",
        "{{ name | absolute_url }}",
        "{{ name | json: indnt: 2 }}",
        "{% if name | upcase == 'ADA' %}{% endif %}",
        "{% break %}",
        "{% liquid\n  if n\n  echo name\n%}{% endif %}",
        "{% assign a? = 1 %}",
        "{% # a comment\n that goes on %}",
        "{% liquid\n  liquidd echo name\n%}",
        "{{ list | sort: }}{{ doc | sort: 'a' | plus: }}",
        "{% assign l = 'a b' | split: ' ' | concat: list %}{{ l | sort }}",
        "{{ 7 | modulo: 0.0 }}",
    ]
    .map(render_error)
    .into();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn messages_never_show_values() {
    for template in [
        "{{ secret | divided_by: 0 }}",
        "{% for x in list limit: secret %}{% endfor %}",
        "{% if secret < 3 %}{% endif %}",
    ] {
        assert!(!render_error(template).contains("hunter2"), "{template}");
    }
}

#[test]
fn lists_and_objects_render_as_json_in_their_order() {
    renders(
        "{{ doc }}",
        r#"{"zebra":1,"apple":{"size":"big"},"größe":2}"#,
    );
    renders(
        "{% assign d = doc %}{{ d }}",
        r#"{"zebra":1,"apple":{"size":"big"},"größe":2}"#,
    );
    renders(
        "{{ people | where: 'at' }}",
        r#"[{"name":"Bo","age":3,"at":"x"}]"#,
    );
    renders("{{ people | sort: 'age' | map: 'name' }}", r#"["Al","Bo"]"#);
    renders(
        "{{ large }} {{ large | json }}",
        "18446744073709551615 18446744073709551615",
    );
}

#[test]
fn every_name_can_be_read() {
    renders(
        "{{ doc.größe }}{{ doc['größe'] }}{{ doc.apple.size }}{{ doc.size }}",
        "22big3",
    );
    renders("{% assign größe = 7 %}{{ größe }}{{ ['größe'] }}", "77");
    renders(
        "{% for empty_list in list %}{{ empty_list }}{% endfor %}",
        "312",
    );
    renders(
        "{% assign nilable = 'x' %}{{ nilable }}{{ true_name }}{{ 2nd }}",
        "x",
    );
}

#[test]
fn loops_over_objects_yield_keys_and_values() {
    renders(
        "{% for e in doc %}{{ e[0] }}={{ e.last }};{% endfor %}",
        r#"zebra=1;apple={"size":"big"};größe=2;"#,
    );
    renders(
        "{% for e in doc limit: 1 %}{{ e }}{{ e | join: '-' }}{% endfor %}",
        r#"["zebra",1]zebra-1"#,
    );
}

#[test]
fn dates_are_parsed_in_many_forms() {
    for text in [
        "2024-03-05",
        "March 5, 2024",
        "Mar 5, 2024",
        "5 March 2024",
        "03/05/2024",
        "2024/03/05",
        "2024-03-05T00:00:00",
        "2024-03-05 00:00",
        "Mar 5, 2024 12:00 AM",
        "2024-03-05T00:00:00+02:00",
        "Tue, 5 Mar 2024 00:00:00 +0000",
    ] {
        let template = format!("{{{{ '{text}' | date: '%Y-%m-%d %H:%M' }}}}");
        renders(&template, "2024-03-05 00:00");
    }
    renders("{{ 'soon' | date: '%Y' }}", "soon");
    renders(
        "{{ '2024-03-05 14:07:09' | datetime }}",
        "Mar 5, 2024, 2:07:09\u{202f}PM",
    );
    renders(
        "{{ '2024-03-05 14:07' | datetime: format: \"yyyy 'at' H:mm\" }}",
        "2024 at 14:07",
    );
    let year = this_year();
    renders("{{ 'now' | date: '%Y' }}", &year);
}

/// Returns the current year from a clock that the filter does not use.
fn this_year() -> String {
    let output = std::process::Command::new("date")
        .arg("+%Y")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn loop_iterations_are_limited() {
    for items in ["(1..99999999999)", "(0..9223372036854775807)"] {
        for tag in ["for", "tablerow"] {
            let error = render(&format!("{{% {tag} i in {items} %}}{{% end{tag} %}}")).unwrap_err();
            let TemplateError::LimitExceeded {
                limit: Limit::Iterations(_),
                ..
            } = &error
            else {
                panic!("{error}");
            };
            let expected = "more than 1000000 loop iterations in template";
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }
}

#[test]
fn exponential_growth_is_limited() {
    for body in [
        "{% assign s = s | append: s %}",
        "{% capture s %}{{ s }}{{ s }}{% endcapture %}",
        "{% assign s = s | replace: 'x', s %}",
    ] {
        let start = "{% assign s = 'xxxxxxxxxxxxxxxx' %}";
        let doubled = format!("{start}{{% for i in (1..60) %}}{body}{{% endfor %}}");
        assert!(render(&doubled).is_err(), "{body}");
    }
}

/// Uses a stack as small as that of a runtime's worker thread.
#[test]
fn deep_templates_are_an_error_before_they_overflow_the_stack() {
    let work = || {
        let blocks = |n: usize| "{% if n %}".repeat(n) + "x" + &"{% endif %}".repeat(n);
        renders(&blocks(100), "x");
        assert!(render_error(&blocks(10_000)).starts_with("blocks nested too deeply"));
        let loops = |n: usize| "{% for i in (1..1) %}".repeat(n) + "x" + &"{% endfor %}".repeat(n);
        renders(&loops(100), "x");
        let brackets = |n: usize| format!("{{{{ {}'a'{} }}}}", "doc[".repeat(n), "]".repeat(n));
        renders(&brackets(100), "");
        assert!(render_error(&brackets(10_000)).starts_with("brackets nested too deeply"));
        renders(
            &format!("{{{{ name{} }}}}", " | upcase".repeat(10_000)),
            "ADA",
        );
        renders(&format!("{{{{ name{} }}}}", ".a".repeat(10_000)), "");
        renders(
            &format!("{{% if n {}%}}x{{% endif %}}", "and n ".repeat(10_000)),
            "x",
        );
        assert!(render(&"{{".repeat(100_000)).is_err());
        assert!(render(&"{%raw".repeat(20_000)).is_err());
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(work).unwrap().join().unwrap();
}

#[test]
fn all_strings_of_a_value_are_rendered_but_keys_are_not() {
    let source = json!({"{{ name }}": ["{{ name }}", 1, {"a": "{{ n }}"}, null], "plain": "x"});
    let value = TemplateValue::parse(source.clone()).unwrap();
    assert_eq!(value.source(), &source);
    assert_eq!(
        value.render(&variables()).unwrap(),
        json!({"{{ name }}": ["Ada", 1, {"a": "5"}, null], "plain": "x"})
    );
    assert!(TemplateValue::parse(json!(["{{"])).is_err());
}

/// Records lookups.
struct Lookups(std::cell::RefCell<Vec<String>>, Value);

impl Variables for Lookups {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.borrow_mut().push(name.to_owned());
        Some(&self.1)
    }

    fn names<'a>(&'a self) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        Box::new(std::iter::empty())
    }
}

#[test]
fn only_the_names_in_a_template_are_looked_up() {
    let lookups = Lookups(Vec::new().into(), json!({"a": 1}));
    let template = Template::parse("{{ x.a }}{% for i in y %}{{ i[0] }}{% endfor %}").unwrap();
    assert_eq!(template.render(&lookups).unwrap(), "1a");
    assert_eq!(lookups.0.into_inner(), ["x", "y"]);
}

/// Random sequence of template syntax.
fn pieces() -> impl Strategy<Value = String> {
    let names: Vec<String> = filter_names()
        .chain(tag_names())
        .chain("endif endfor else elsif when endcase endraw endcapture".split(' '))
        .map(str::to_owned)
        .collect();
    let marks = "{{ }} {% %} {%- -%} -}} ' \" | : , . .. [ ] ( ) = == < contains and in n name list doc none \
                 1 -1 2.5 nil empty é 9223372036854775807 -9223372036854775808";
    let marks = marks.split(' ').chain([
        "\n",
        "\t",
        " ",
        "{% if n %}",
        "{% endif %}",
        "{% for i in list %}",
        "{% endfor %}",
        "{% tablerow i in list cols: n %}",
        "{% endtablerow %}",
        "{% cycle n:",
        "{% raw %}{%}",
        "{% liquid\n",
    ]);
    let marks = prop::sample::select(marks.map(str::to_owned).collect::<Vec<_>>());
    let piece = prop_oneof![3 => marks, 1 => prop::sample::select(names), 1 => ".{0,4}"];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.join(" "))
}

/// A value with random filters and arguments.
fn filtered() -> impl Strategy<Value = String> {
    let value = || {
        let values = "name n large none list doc people missing 'a' '' 0 -3 1.5 true nil '%Y' 'é' \
                      9223372036854775807 -9223372036854775808";
        prop::sample::select(values.split(' ').collect::<Vec<_>>())
    };
    let filters: Vec<&'static str> = filter_names().collect();
    let filter = (
        prop::sample::select(filters),
        prop::collection::vec(value(), 0..3),
    );
    let filter = filter.prop_map(|(name, arguments)| match arguments.as_slice() {
        [] => name.to_owned(),
        arguments => format!("{name}: {}", arguments.join(", ")),
    });
    (value(), prop::collection::vec(filter, 1..4))
        .prop_map(|(value, filters)| format!("{{{{ {value} | {} }}}}", filters.join(" | ")))
}

#[test]
fn a_table_has_a_cell_per_item_and_rows_of_cols_cells() {
    renders(
        "{% tablerow i in list cols: 2 %}{{ i }}{% endtablerow %}",
        "<tr class=\"row1\">\n<td class=\"col1\">3</td><td class=\"col2\">1</td></tr>\n\
         <tr class=\"row2\"><td class=\"col1\">2</td></tr>\n",
    );
    renders("{% tablerow i in missing %}{{ i }}{% endtablerow %}", "");
    let cells = "{% tablerow i in (1..9) limit: 2 offset: 3 %}{{ i }}{{ tablerowloop.col_last }}{% endtablerow %}";
    renders(
        cells,
        "<tr class=\"row1\">\n<td class=\"col1\">4false</td><td class=\"col2\">5true</td></tr>\n",
    );
    assert_eq!(Template::parse(cells).unwrap().names(), []);
}

#[test]
fn invalid_cols_make_one_row() {
    let row = "<tr class=\"row1\">\n<td class=\"col1\">4</td><td class=\"col2\">5</td></tr>\n";
    for columns in ["0", "-1", "none", "'x'", "2"] {
        let table =
            format!("{{% tablerow i in (4..5) cols: {columns} %}}{{{{ i }}}}{{% endtablerow %}}");
        renders(&table, row);
    }
}

#[test]
fn a_break_ends_a_table() {
    renders(
        "{% tablerow i in list %}{{ i }}{% break %}{% endtablerow %}",
        "<tr class=\"row1\">\n<td class=\"col1\">3</td></tr>\n",
    );
}

/// Longer lists are sorted by another algorithm, which panics if the comparison is not a total
/// order.
#[test]
fn long_lists_with_nulls_or_mixed_kinds_are_sorted_or_an_error() {
    let sorted = |items: Vec<Value>, filter: &str| {
        let Value::Object(variables) = json!({"l": items}) else {
            unreachable!()
        };
        let template = format!("{{{{ l | {filter} | join: ',' }}}}");
        let template = Template::parse(&template).unwrap();
        template
            .render(&variables)
            .map_err(|error| error.to_string())
    };
    for length in [2, 20, 21, 50, 300] {
        let number = |index: i32| (index * 7919) % 101;
        let with_nulls = (0..length).map(|index| match index % 3 {
            0 => Value::Null,
            _ => number(index).into(),
        });
        let mut numbers: Vec<i32> = (0..length)
            .filter(|index| index % 3 != 0)
            .map(number)
            .collect();
        numbers.sort_unstable();
        let shown: Vec<String> = numbers.iter().map(i32::to_string).collect();
        let nulls = ",".repeat(length as usize - numbers.len());
        let expected = shown.join(",") + &nulls;
        for filter in ["sort", "sort_numeric"] {
            assert_eq!(
                sorted(with_nulls.clone().collect(), filter),
                Ok(expected.clone())
            );
        }
        let natural = sorted(with_nulls.clone().collect(), "sort_natural").unwrap();
        assert!(natural.ends_with(&nulls), "{natural}");
        let mixed = (0..length).map(|index| match index % 2 {
            0 => json!(number(index)),
            _ => json!(number(index).to_string()),
        });
        let error = sorted(mixed.collect(), "sort").unwrap_err();
        assert!(
            error.starts_with("filter sort: cannot compare a number with a string"),
            "{error}"
        );
        let objects = (0..length).map(|index| json!({"a": index}));
        let error = sorted(objects.collect(), "sort").unwrap_err();
        assert!(
            error.starts_with("filter sort: cannot compare an object with an object"),
            "{error}"
        );
    }
}

#[test]
fn braces_that_share_a_percent_sign_are_not_a_tag() {
    renders("{% raw %}{%}{% endraw %}", "{%}");
    renders("{% comment %}{%}{%%}{% endcomment %}", "");
}

#[test]
fn a_cycle_prints_its_values_in_turn() {
    renders(
        "{% for i in (1..4) %}{% cycle 'a', n, list %} {% endfor %}",
        "a 5 [3,1,2] a ",
    );
    // Named groups share a position even if their values differ.
    renders(
        "{% cycle 'x': 1, 2, 3 %}{% cycle 'x': 1, 2, 3 %}{% cycle name: 7, 8 %}{% cycle 'x': 4, 5 %}|{% cycle 1, 2 %}",
        "127|1",
    );
}

#[test]
fn a_cycle_needs_a_value() {
    for template in ["{% cycle %}", "{% cycle 'x': %}", "{% cycle , %}"] {
        assert!(Template::parse(template).is_err(), "{template}");
    }
    renders("{% cycle 'x' 'y', %}{% cycle 'x' 'y', %}", "xy");
}

#[test]
fn ifchanged_prints_unchanged_output_once() {
    renders(
        "{% for i in (1..6) %}{% ifchanged %}{{ i | divided_by: 3 }}{% endifchanged %}{% endfor %}",
        "012",
    );
}

#[test]
fn memory_for_cycles_and_for_output_that_ifchanged_drops_is_limited() {
    for template in [
        "{% for i in (1..1000000) %}{% cycle i, 'LONG' %}{% endfor %}",
        "{% ifchanged %}{% for i in (1..1000000) %}LONG{% endfor %}{% endifchanged %}",
    ] {
        let error = render(&template.replace("LONG", &"x".repeat(10_000))).unwrap_err();
        let TemplateError::LimitExceeded {
            limit: Limit::Output(_),
            ..
        } = error
        else {
            panic!("{error}");
        };
    }
}

/// Nested tags with random arguments.
fn nested() -> impl Strategy<Value = String> {
    let value = || {
        prop::sample::select(vec![
            "name", "n", "list", "doc", "none", "i", "i.a", "0", "-1", "2", "'a'", "empty",
        ])
    };
    let tag = move |parts: &'static [&'static str]| {
        prop::collection::vec(value(), parts.len() - 1).prop_map(|values| {
            let between = values.into_iter().chain([""]);
            let parts = parts.iter().zip(between);
            parts.fold(String::new(), |text, (part, value)| text + part + value)
        })
    };
    let leaf = prop_oneof![
        tag(&["{{ ", " }}"]),
        tag(&["{% cycle ", ", ", " %}"]),
        tag(&["{% cycle ", ": ", ", ", " %}"]),
        tag(&["{% assign n = ", " %}"]),
        tag(&["{{ forloop.index }}{{ tablerowloop.col }}{% break %}"]),
    ];
    leaf.prop_recursive(4, 16, 3, move |inside| {
        let begins = prop_oneof![
            (
                tag(&["{% for i in ", " limit: 3 offset: ", " %}"]),
                Just("{% endfor %}")
            ),
            (
                tag(&["{% for i in (", "..", ") limit: 3 %}"]),
                Just("{% endfor %}")
            ),
            (
                tag(&["{% tablerow i in ", " cols: ", " limit: 3 %}"]),
                Just("{% endtablerow %}")
            ),
            (
                tag(&["{% tablerow i in (", "..", ") cols: ", " limit: 3 %}"]),
                Just("{% endtablerow %}")
            ),
            (tag(&["{% if ", " contains ", " %}"]), Just("{% endif %}")),
            (
                tag(&["{% case ", " %}{% when ", " %}"]),
                Just("{% endcase %}")
            ),
            (tag(&["{% capture n %}"]), Just("{% endcapture %}")),
            (tag(&["{% ifchanged %}"]), Just("{% endifchanged %}")),
        ];
        (begins, prop::collection::vec(inside, 0..3))
            .prop_map(|((begin, end), inside)| begin + &inside.concat() + end)
    })
}

/// Random values for all names that the templates here use.
fn any_variables() -> impl Strategy<Value = Map<String, Value>> {
    let numbers = [0, 1, -1, i64::MAX, i64::MIN].map(Value::from).to_vec();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(numbers),
        ".{0,6}".prop_map(Value::from),
        prop::sample::select(vec!["", "2024-02-29", "now", "é<&>", "1e400", "%Y"])
            .prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("a|b|size|first|.{0,2}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    let names = ["name", "n", "large", "none", "list", "doc", "people"];
    prop::collection::vec(value, names.len())
        .prop_map(move |values| names.into_iter().map(str::to_owned).zip(values).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_template_panics(template in pieces()) {
        let _ = render(&template);
    }

    #[test]
    fn no_filter_panics(template in filtered()) {
        let _ = render(&template);
    }

    #[test]
    fn no_context_makes_a_template_panic(
        template in prop_oneof![pieces(), filtered(), nested()],
        variables in any_variables(),
    ) {
        if let Ok(template) = Template::parse(&template) {
            let _ = template.render(&variables);
        }
    }

    #[test]
    fn text_without_tags_renders_to_itself(text in "[^{]*") {
        prop_assert_eq!(render(&text).unwrap(), text);
    }

    #[test]
    fn strings_render_unchanged(text in ".*") {
        let Value::Object(variables) = json!({"x": text}) else { unreachable!() };
        let rendered = Template::parse("{{ x }}").unwrap().render(&variables).unwrap();
        prop_assert_eq!(rendered, text);
    }
}

#[test]
fn names_lists_what_a_template_reads_and_does_not_set() {
    let template = "{{ a.b | default: c }}{% assign d = e | plus: f %}{{ d }}{% for g in h limit: i %}{{ g.x }}\
                    {{ forloop.index }}{% endfor %}{% if j and k contains 'x' %}{{ j }}{% endif %}{{ ['l m'] }}\
                    {{ n[o] }}{{ p | json: indent: q }}{{ true }}{{ c }}{% capture r %}{% endcapture %}{{ r }}";
    let names = Template::parse(template).unwrap().names();
    let shown: Vec<String> = names
        .iter()
        .map(|name| {
            assert!(
                template[name.offset..]
                    .trim_start_matches(['[', '\''])
                    .starts_with(&name.name)
            );
            format!("{}{}", name.name, if name.is_optional { "?" } else { "" })
        })
        .collect();
    assert_eq!(shown.join(" "), "a? c e f h i j? k? l m n o p q");
}
