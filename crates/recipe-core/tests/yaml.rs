//! YAML with the core schema of YAML 1.2.
//!
//! Expected values were compared with PyYAML 6.0.4 and ruamel.yaml 0.19.1 (`typ="safe"`, pure), and
//! with yaml 2.9.1, js-yaml 5.5.0 and js-yaml 4.1.0 for JavaScript. Where they differ, yaml 2.9.1
//! has the value of the core schema.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use recipe_core::document::{parse_yaml, parse_yaml_documents};
use serde_json::{Value, json};

fn read(text: &str) -> Value {
    parse_yaml(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    parse_yaml(text).unwrap_err().to_string()
}

/// Error with position and suggestion.
fn advice(text: &str) -> String {
    let error = parse_yaml(text).unwrap_err();
    let suggestion = error.kind.suggestion();
    format!("{error} -> {}", suggestion.as_deref().unwrap_or("nothing"))
}

mod scalars {
    use super::*;

    #[test]
    fn words_that_only_look_like_values_are_strings() {
        for text in [
            "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "y", "Y",
            "n", "N", "t", "f", "tRue", "fAlse", "TrUE", "nULL", "none", "None", "nil", "inf",
            "nan", ".iNf", ".Nan", "+.nan", "Infinity",
        ] {
            assert_eq!(read(text), json!(text), "{text}");
            assert_eq!(read(&format!("[{text}]")), json!([text]), "{text}");
            assert_eq!(read(&format!("a: {text}\n")), json!({"a": text}), "{text}");
        }
    }

    #[test]
    fn near_numbers_are_strings() {
        let texts = "1_000 1_000.5 0x1_F 0_1 0b101 0O17 0o8 0o -0o17 +0o17 0X1F -0x1F 0x 0xg 12:30 12:30:45 \
                     012:30 -1:30 1:30.5 2024-01-01 2024-01-01T10:00:00Z 1.5.2 1,000 . .. + -- +-1 e3 1e 1e+ \
                     .e1 ٣ = 1a";
        for text in texts.split(' ').chain(["1 000"]) {
            assert_eq!(read(&format!("a: {text}\n")), json!({"a": text}), "{text}");
        }
    }

    #[test]
    fn nulls_booleans_and_numbers_are_parsed() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("null", json!(null)),
            ("Null", json!(null)),
            ("NULL", json!(null)),
            ("true", json!(true)),
            ("True", json!(true)),
            ("TRUE", json!(true)),
            ("false", json!(false)),
            ("False", json!(false)),
            ("FALSE", json!(false)),
            ("0", json!(0)),
            ("-0", json!(0)),
            ("00", json!(0)),
            ("0123", json!(123)),
            ("08", json!(8)),
            ("-012", json!(-12)),
            ("+012", json!(12)),
            ("007", json!(7)),
            ("+1", json!(1)),
            ("0o17", json!(15)),
            ("0o0", json!(0)),
            ("0x1F", json!(31)),
            ("0xff", json!(255)),
            ("20240101", json!(20_240_101)),
            ("9223372036854775807", json!(i64::MAX)),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("0xFFFFFFFFFFFFFFFF", json!(u64::MAX)),
            ("1.5", json!(1.5)),
            ("1.0", json!(1.0)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("-.5", json!(-0.5)),
            ("+.5", json!(0.5)),
            ("1.50", json!(1.5)),
            ("08.5", json!(8.5)),
            ("1e3", json!(1000.0)),
            ("1E3", json!(1000.0)),
            ("1.e+3", json!(1000.0)),
            ("1.5e-3", json!(0.0015)),
            (".5e+1", json!(5.0)),
            ("1e03", json!(1000.0)),
            ("0e0", json!(0.0)),
            ("1.7976931348623157e308", json!(f64::MAX)),
            ("1e-400", json!(0.0)),
        ] {
            let read = read(&format!("a: {text}\n"));
            assert_eq!(read["a"].to_string(), value.to_string(), "{text}");
        }
    }

    #[test]
    fn quoted_scalars_and_blocks_are_strings() {
        assert_eq!(
            read("['yes', \"12\", '', \"\", '~', \"0123\", 'true', '1e3']"),
            json!(["yes", "12", "", "", "~", "0123", "true", "1e3"])
        );
        let blocks =
            "a: |\n  12\nb: >-\n  true\nc: |-\n  null\nd: |+\n  1\n\ne: >\n  a\n  b\n\n  c\n";
        assert_eq!(
            read(blocks),
            json!({"a": "12\n", "b": "true", "c": "null", "d": "1\n\n", "e": "a b\nc\n"})
        );
    }

    #[test]
    fn numbers_that_json_cannot_represent_are_errors() {
        for (text, expected) in [
            (
                "18446744073709551616",
                "integer out of range: 18446744073709551616",
            ),
            (
                "12345678901234567890123",
                "integer out of range: 12345678901234567890123",
            ),
            (
                "-9223372036854775809",
                "integer out of range: -9223372036854775809",
            ),
            (
                "0x10000000000000000",
                "integer out of range: 0x10000000000000000",
            ),
            (
                "0o7777777777777777777777",
                "integer out of range: 0o7777777777777777777777",
            ),
            ("1e400", "number out of range: 1e400"),
            ("-1.0e999", "number out of range: -1.0e999"),
            (".inf", "not a number in JSON: .inf"),
            ("-.INF", "not a number in JSON: -.INF"),
            ("+.Inf", "not a number in JSON: +.Inf"),
            (".nan", "not a number in JSON: .nan"),
            (".NaN", "not a number in JSON: .NaN"),
        ] {
            let expected = format!("line 2, column 6: {expected} -> \"{text}\"");
            assert_eq!(advice(&format!("- a\n- b: {text}\n")), expected);
        }
        let long = error(&"1".repeat(100_000));
        assert!(long.len() < 200 && long.ends_with("1…"), "{long}");
    }
}

mod keys {
    use super::*;

    #[test]
    fn scalar_keys_are_strings_as_written() {
        assert_eq!(
            read(
                "null: a\n1: b\ntrue: c\n1.50: d\n~: e\nyes: f\n0x1F: g\n: h\n.inf: i\n2024-01-01: j\n18446744073709551616: k\n"
            ),
            json!({
                "null": "a", "1": "b", "true": "c", "1.50": "d", "~": "e", "yes": "f", "0x1F": "g", "": "h", ".inf": "i",
                "2024-01-01": "j", "18446744073709551616": "k",
            })
        );
        assert_eq!(
            read("{1, ? b, 'c d', ? }"),
            json!({"1": null, "b": null, "c d": null, "": null})
        );
        assert_eq!(
            read("&a k: 1\nb: {*a : 2}\n"),
            json!({"k": 1, "b": {"k": 2}})
        );
        assert_eq!(
            read("? |\n  two\n  lines\n: 1\n"),
            json!({"two\nlines\n": 1})
        );
    }

    #[test]
    fn lists_and_objects_are_not_keys() {
        for (text, expected) in [
            (
                "? [a]\n: 1\n",
                "line 1, column 3: expected text as a key, found a list",
            ),
            (
                "a: 1\n{b: c}: 1\n",
                "line 2, column 1: expected text as a key, found an object",
            ),
            (
                "? - a\n: 1\n",
                "line 1, column 3: expected text as a key, found a list",
            ),
            (
                "a: &x [1]\n*x : 1\n",
                "line 2, column 1: expected text as a key, found a list",
            ),
            (
                "[[a]: 1]\n",
                "line 1, column 2: expected text as a key, found a list",
            ),
            (
                "{{a: 1}: 2}\n",
                "line 1, column 2: expected text as a key, found an object",
            ),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }

    #[test]
    fn duplicate_keys_are_errors_at_the_second_one() {
        for (text, expected) in [
            ("a: 1\na: 2\n", "line 2, column 1: duplicate key: a"),
            ("a: 1\n'a': 2\n", "line 2, column 1: duplicate key: a"),
            ("1: a\n\"1\": b\n", "line 2, column 1: duplicate key: 1"),
            (
                "é: {x: 1, y: 2, x: 3}\n",
                "line 1, column 17: duplicate key: x",
            ),
            (
                "- {a: 1, &k a : 2}\n",
                "line 1, column 13: duplicate key: a",
            ),
            (
                "null: 1\nnull: 2\n",
                "line 2, column 1: duplicate key: null",
            ),
            (
                "{a: 1, <<: {b: 1}, a: 2}\n",
                "line 1, column 20: duplicate key: a",
            ),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
        let many: String = (0..100).map(|key| format!("k{key}: 1\n")).collect();
        assert_eq!(
            error(&format!("{many}k50: 2\n")),
            "line 101, column 1: duplicate key: k50"
        );
    }
}

mod anchors {
    use super::*;

    #[test]
    fn aliases_refer_to_the_last_anchor_of_their_name() {
        assert_eq!(
            read("a: &x 1\nb: *x\nc: &x [2]\nd: *x\ne: &e\nf: *e\n"),
            json!({"a": 1, "b": 1, "c": [2], "d": [2], "e": null, "f": null})
        );
        assert_eq!(read("&0 0123: *0\n"), json!({"0123": 123}));
    }

    #[test]
    fn merge_keys_add_missing_keys() {
        let base = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\n";
        let merged = |object: &str| read(&format!("{base}z: {object}\n"))["z"].to_string();
        assert_eq!(merged("{b: 0, <<: *x}"), r#"{"b":0,"a":1}"#);
        assert_eq!(merged("{<<: *x, b: 0}"), r#"{"b":0,"a":1}"#);
        assert_eq!(merged("{<<: [*x, *y]}"), r#"{"a":1,"b":2,"c":4}"#);
        assert_eq!(merged("{<<: [*y, *x]}"), r#"{"b":3,"c":4,"a":1}"#);
        assert_eq!(merged("{<<: *y, <<: *x}"), r#"{"b":3,"c":4,"a":1}"#);
        assert_eq!(merged("{<<: {q: 1}}"), r#"{"q":1}"#);
        assert_eq!(merged("{<<: []}"), "{}");
        assert_eq!(merged("{'<<': 1}"), r#"{"<<":1}"#);
        assert_eq!(merged("{!!str <<: 1}"), r#"{"<<":1}"#);
        assert_eq!(merged("{a: <<}"), r#"{"a":"<<"}"#);
        for object in ["{<<: 5}", "{<<: }", "{<<: [1]}", "{<<: [[*x]]}"] {
            let error = error(&format!("{base}z: {object}\n"));
            assert!(
                error.ends_with("expected an object or a list of objects under `<<`"),
                "{error}"
            );
        }
    }

    #[test]
    fn unknown_and_recursive_aliases_are_errors() {
        assert_eq!(
            error("a: *x\n"),
            "line 1, column 4: alias references unknown anchor"
        );
        assert_eq!(
            error("a: &x [*x]\n"),
            "line 1, column 8: alias inside the value that it repeats"
        );
        assert_eq!(
            error("&x a: {b: &y {c: *y}}\n"),
            "line 1, column 18: alias inside the value that it repeats"
        );
        assert_eq!(
            error("--- &x 1\n--- *x\n"),
            "line 2, column 5: alias references unknown anchor"
        );
    }

    #[test]
    fn alias_expansion_is_limited() {
        let too_much = "too large with its repeated aliases";
        let mut bomb = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let repeated = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("- &a{level} [{repeated}]\n"));
        }
        assert!(error(&bomb).ends_with(too_much));
        let long = "x".repeat(1 << 20);
        assert!(error(&format!("- &a {long}\n{}", "- *a\n".repeat(65))).ends_with(too_much));
        let merged = format!("- &a\n  ? {long}\n  : 1\n{}", "- <<: *a\n".repeat(65));
        let message = error(&merged);
        assert!(
            message.ends_with(too_much),
            "{}",
            &message[..message.len().min(200)]
        );
        // Nested anchors, each of which would keep its value.
        let anchors: String = (0..120).map(|level| format!("&a{level} [")).collect();
        let items = "1,".repeat(20_000);
        assert!(error(&format!("{anchors}{items}{}", "]".repeat(120))).ends_with(too_much));
    }

    #[test]
    fn the_alias_limit_does_not_apply_to_the_source_itself() {
        let long = "- 1\n".repeat(300_000);
        assert_eq!(read(&long).as_array().unwrap().len(), 300_000);
    }

    #[test]
    fn nesting_is_limited_as_in_json() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let blocks = |levels: usize| "- ".repeat(levels) + "x";
        assert!(serde_json::from_str::<Value>(&nested(127)).is_ok());
        assert!(serde_json::from_str::<Value>(&nested(128)).is_err());
        read(&nested(127));
        read(&blocks(127));
        read(&format!(
            "- &a {}\n- {}*a{}\n",
            nested(60),
            "[".repeat(66),
            "]".repeat(66)
        ));
        for text in [
            nested(128),
            nested(100_000),
            blocks(128),
            blocks(5_000),
            format!(
                "- &a {}\n- {}*a{}\n",
                nested(60),
                "[".repeat(67),
                "]".repeat(67)
            ),
        ] {
            assert!(error(&text).ends_with("nested too deeply"));
        }
    }
}

mod tags {
    use super::*;

    #[test]
    fn tags_of_the_core_schema_are_applied() {
        assert_eq!(
            read(
                "[!!str 12, !!str true, !!str, !!int '12', !!int 0o17, !!float 1, !!float '1.5', !!float -2, !!bool 'true', \
                  !!null '', !!null ~, ! 12, !<tag:yaml.org,2002:int> '3']"
            ),
            json!([
                "12", "true", "", 12, 15, 1.0, 1.5, -2.0, true, null, null, "12", 3
            ])
        );
        assert_eq!(
            read("a: !!map {b: !!seq [1]}\nc: !!seq\n- 1\n!!str 1: ! {}\n"),
            json!({"a": {"b": [1]}, "c": [1], "1": {}})
        );
        assert_eq!(
            read("%TAG !y! tag:yaml.org,2002:\n---\n!y!str 1\n"),
            json!("1")
        );
    }

    #[test]
    fn values_that_do_not_match_their_tag_are_errors() {
        for (text, expected) in [
            (
                "a: !!int x",
                "line 1, column 10: tag !!int does not fit \"x\"",
            ),
            (
                "a: !!int 1.5",
                "line 1, column 10: tag !!int does not fit \"1.5\"",
            ),
            (
                "a: !!bool yes",
                "line 1, column 11: tag !!bool does not fit \"yes\"",
            ),
            (
                "a: !!null x",
                "line 1, column 11: tag !!null does not fit \"x\"",
            ),
            (
                "a: !!float 1_0",
                "line 1, column 12: tag !!float does not fit \"1_0\"",
            ),
            (
                "a: !!map x",
                "line 1, column 10: tag !!map does not fit \"x\"",
            ),
            (
                "a: !!seq {}",
                "line 1, column 4: tag !!seq does not fit an object",
            ),
            (
                "a: !!str [1]",
                "line 1, column 4: tag !!str does not fit a list",
            ),
            (
                "a: !!float .inf",
                "line 1, column 12: not a number in JSON: .inf",
            ),
            (
                "!!int x: 1",
                "line 1, column 7: tag !!int does not fit \"x\"",
            ),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }

    #[test]
    fn unknown_tags_are_errors_at_their_position() {
        for (text, tag, column) in [
            ("a: !env X", "!env", 4),
            ("a: !env {b: 1}", "!env", 4),
            ("a: !include\n- 1", "!include", 4),
            ("- !secret 'x'", "!secret", 3),
            ("a: !!binary aGk=", "!!binary", 4),
            ("a: !!timestamp 2024-01-01", "!!timestamp", 4),
            ("a: !!set {b}", "!!set", 4),
            ("a: !!omap [b: 1]", "!!omap", 4),
            (
                "a: !!python/object:os.system x",
                "!!python/object:os.system",
                4,
            ),
            ("a: !<tag:x.org,2024:y> 1", "!<tag:x.org,2024:y>", 4),
            ("{a: [1, !x 2]}", "!x", 9),
            ("!key a: 1", "!key", 1),
            ("!env", "!env", 1),
            ("!doc\na: 1", "!doc", 1),
        ] {
            assert_eq!(
                error(text),
                format!("line 1, column {column}: unknown tag: {tag}"),
                "{text}"
            );
        }
    }
}

mod templates {
    use super::*;

    #[test]
    fn an_unquoted_template_is_an_error_that_suggests_quotes() {
        for (text, place, quoted) in [
            ("a: {{ plan }}", "line 1, column 4", "\"{{ plan }}\""),
            ("a: {{plan}}", "line 1, column 4", "\"{{plan}}\""),
            ("a: {{}}", "line 1, column 4", "\"{{}}\""),
            ("b: 1\na: {{ a }} b", "line 2, column 4", "\"{{ a }} b\""),
            (
                "a: {{ a }}{{ b }} # why",
                "line 1, column 4",
                "\"{{ a }}{{ b }}\"",
            ),
            (
                "a: {{ a }}, {{ b }}",
                "line 1, column 4",
                "\"{{ a }}, {{ b }}\"",
            ),
            ("- {{ x }}", "line 1, column 3", "\"{{ x }}\""),
            ("- - {{ x }}", "line 1, column 5", "\"{{ x }}\""),
            ("{{ x }}", "line 1, column 1", "\"{{ x }}\""),
            ("{{ x }}: 1", "line 1, column 1", "\"{{ x }}\""),
            ("a:\n  {{ x }}", "line 2, column 3", "\"{{ x }}\""),
            ("a: {{ x[0] }}", "line 1, column 4", "\"{{ x[0] }}\""),
            (
                "a: {{ x | default: \"z\" }}",
                "line 1, column 4",
                "'{{ x | default: \"z\" }}'",
            ),
            (
                "a: {{ 'it''s' | append: \"z\" }}",
                "line 1, column 4",
                "'{{ ''it''''s'' | append: \"z\" }}'",
            ),
            (
                "a: {{ \"a\" | upcase }}",
                "line 1, column 4",
                "'{{ \"a\" | upcase }}'",
            ),
            ("a: {{- x -}}", "line 1, column 4", "\"{{- x -}}\""),
            ("- {{- x -}}: y", "line 1, column 3", "\"{{- x -}}\""),
            ("{{- x -}}", "line 1, column 1", "\"{{- x -}}\""),
            ("[{{ x }}, b]", "line 1, column 2", "\"{{ x }}\""),
            (
                "[a, {{ x.y | default: \"z\" }}]",
                "line 1, column 5",
                "'{{ x.y | default: \"z\" }}'",
            ),
            ("{a: {{ x }}, b: 1}", "line 1, column 5", "\"{{ x }}\""),
            ("{a: {{- x }}, b: 1}", "line 1, column 5", "\"{{- x }}\""),
            ("{a: 1, {{ x }}: 1}", "line 1, column 8", "\"{{ x }}\""),
            ("a: [[{{ x }}]]", "line 1, column 6", "\"{{ x }}\""),
            (
                "a: {% if x %}y{% endif %}",
                "line 1, column 4",
                "\"{% if x %}y{% endif %}\"",
            ),
            ("- {%- if x -%}y", "line 1, column 3", "\"{%- if x -%}y\""),
            (
                "[{% if x %}y{% endif %}]",
                "line 1, column 2",
                "\"{% if x %}y{% endif %}\"",
            ),
            (
                "{a: {% if x %}y{% endif %}}",
                "line 1, column 5",
                "\"{% if x %}y{% endif %}\"",
            ),
            (
                "{% if x %}\na: 1\n{% endif %}",
                "line 1, column 1",
                "\"{% if x %}\"",
            ),
            (
                "a: Hello {{ x | default: 'a' }}",
                "line 1, column 10",
                "\"Hello {{ x | default: 'a' }}\"",
            ),
            (
                "a: é {% assign b = x | split: ',' %}",
                "line 1, column 6",
                "\"é {% assign b = x | split: ',' %}\"",
            ),
            ("[Hello {{ x }}]", "line 1, column 8", "nothing"),
            ("{a: x {{ y }}}", "line 1, column 7", "nothing"),
            ("a: {{\n  x }}", "line 1, column 4", "nothing"),
        ] {
            let expected = format!(
                "{place}: unquoted template: YAML takes its braces for its own -> {quoted}"
            );
            assert_eq!(advice(text), expected, "{text}");
            if quoted.starts_with(['"', '\'']) {
                let template = read(quoted);
                assert!(text.contains(template.as_str().unwrap()), "{text}");
            }
        }
    }

    #[test]
    fn unquoted_templates_inside_scalars_are_strings() {
        for text in [
            "Hello {{ x }}",
            "x{{ y }}",
            "a {% if b %}c{% endif %}",
            "'{{ x }}'",
            "\"{{ x: 1 }}\"",
        ] {
            let plain = text.trim_matches(['\'', '"']);
            assert_eq!(read(&format!("a: {text}\n")), json!({"a": plain}), "{text}");
        }
    }

    #[test]
    fn unrelated_errors_near_templates_are_reported_as_they_are() {
        for (text, expected) in [
            (
                "a: \"{{ x | default: \"b\" }}\"",
                "line 1, column 22: invalid trailing content after double-quoted scalar",
            ),
            (
                "a: '{{ x }}'\n\tb: 1",
                "line 2, column 2: tabs disallowed within this context (block indentation)",
            ),
            ("a: {{ x", "line 1, column 5: unclosed bracket '{'"),
            (
                "a: x: y",
                "line 1, column 5: mapping values are not allowed in this context",
            ),
            (
                "a: 'x {{ y }}': z",
                "line 1, column 15: mapping values are not allowed in this context",
            ),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }
}

mod documents {
    use super::*;

    fn all(text: &str) -> Value {
        parse_yaml_documents(text).unwrap().into()
    }

    #[test]
    fn empty_documents_are_ignored() {
        for text in [
            "",
            "\n\n",
            "# comment\n",
            "---\n",
            "...\n",
            "---\n---\n",
            "---\n# comment\n...\n",
            "\u{feff}",
            " ",
            "--- # x",
        ] {
            assert_eq!(all(text), json!([]), "{text:?}");
            assert_eq!(read(text), json!(null), "{text:?}");
        }
        for text in [
            "a: 1\n---\n",
            "---\na: 1\n...\n",
            "---\n---\na: 1\n",
            "# x\n---\n# y\na: 1\n---\n# z\n...\n",
            "a: 1\n...\n",
        ] {
            assert_eq!(all(text), json!([{"a": 1}]), "{text:?}");
            assert_eq!(read(text), json!({"a": 1}), "{text:?}");
        }
        assert_eq!(
            all("--- ~\n--- ''\n--- !!str\n--- null\n"),
            json!([null, "", "", null])
        );
    }

    #[test]
    fn several_documents_are_a_list_or_an_error() {
        assert_eq!(
            all("a: 1\n---\nb: 2\n---\n- c\n--- d\n"),
            json!([{"a": 1}, {"b": 2}, ["c"], "d"])
        );
        for (text, place) in [
            ("a: 1\n---\nb: 2\n", "line 3, column 1"),
            ("a: 1\n--- b\n", "line 2, column 5"),
            ("---\na: 1\n---\n---\n[b]\n", "line 5, column 1"),
            ("--- ~\n--- ~\n", "line 2, column 5"),
            ("a: 1\n...\n---\n- {b: 1}\n", "line 4, column 1"),
        ] {
            assert_eq!(error(text), format!("{place}: unexpected second document"));
        }
    }

    #[test]
    fn line_endings_and_byte_order_marks_are_ignored() {
        let text = "a: |\n  x\n  y\nb: >-\n  x\n  y\nc: \"x\n  y\"\nd:\n- yes # no\n- 1\n";
        let value = json!({"a": "x\ny\n", "b": "x y", "c": "x y", "d": ["yes", 1]});
        assert_eq!(read(text), value);
        assert_eq!(read(&text.replace('\n', "\r\n")), value);
        assert_eq!(read(&format!("\u{feff}{text}")), value);
        assert_eq!(
            error("a: 1\r\nb: é !\r\nc: !x 1\r\n"),
            "line 3, column 4: unknown tag: !x"
        );
    }

    #[test]
    fn errors_have_line_and_column() {
        for (text, expected) in [
            (
                "a:\n\t- b\n",
                "line 2, column 2: tabs disallowed within this context (block indentation)",
            ),
            (
                "- a\n  b: 1\n",
                "line 2, column 4: mapping values are not allowed in this context",
            ),
            (
                "a: [1\nb: }",
                "line 2, column 2: illegal placement of ':' indicator",
            ),
            ("a: 'x\n", "line 1, column 4: unclosed quote"),
            ("a: @x\n", "line 1, column 4: unexpected character: `@'"),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }
}
