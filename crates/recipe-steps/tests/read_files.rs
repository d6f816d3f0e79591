//! `read_files` and `read_file`: paths, missing files, merging and parsing.

use serde_json::{Value, json};

use crate::lab::Lab;

fn read(config: Value) -> Value {
    let mut config = config;
    config["content_key"] = json!("got");
    json!([{"type": "read_files", "config": config}])
}

async fn got(lab: &Lab, config: Value) -> Value {
    lab.run(read(config)).await.artifacts()["got"].take()
}

mod paths {
    use super::*;

    /// Lab with some files, one of them hidden.
    fn notes() -> Lab {
        let lab = Lab::new();
        for name in [
            "b.md",
            "a.md",
            "c.txt",
            "deep/d.md",
            "deep/er/e.md",
            ".hidden.md",
        ] {
            lab.file(name, name);
        }
        lab
    }

    async fn found(lab: &Lab, path: Value) -> Vec<String> {
        let got = got(lab, json!({"path": path, "merge_mode": "dict"})).await;
        match got {
            Value::Object(files) => files.keys().map(|path| lab.short(path)).collect(),
            Value::String(one) => vec![one],
            other => panic!("{other}"),
        }
    }

    #[tokio::test]
    async fn a_glob_returns_its_files_sorted() {
        let lab = notes();
        assert_eq!(
            found(&lab, json!(lab.path("*"))).await,
            ["a.md", "b.md", "c.txt"]
        );
        assert_eq!(found(&lab, json!(lab.path("?.md"))).await, ["a.md", "b.md"]);
        assert_eq!(
            found(&lab, json!(lab.path("[ac].*"))).await,
            ["a.md", "c.txt"]
        );
    }

    #[tokio::test]
    async fn two_stars_match_directories() {
        let lab = notes();
        let all = ["a.md", "b.md", "deep/d.md", "deep/er/e.md"];
        assert_eq!(found(&lab, json!(lab.path("**/*.md"))).await, all);
        assert_eq!(
            found(&lab, json!(lab.path("deep/**"))).await,
            ["deep/d.md", "deep/er/e.md"]
        );
        assert_eq!(found(&lab, json!(lab.path("*/d.md"))).await, ["deep/d.md"]);
    }

    #[tokio::test]
    async fn a_relative_glob_returns_paths_in_the_same_form() {
        let lab = Lab::new();
        for prefix in ["", "./"] {
            let path = format!("{prefix}src/conditional/*.rs");
            let first = format!("{prefix}src/conditional/complexity.rs");
            assert_eq!(found(&lab, json!(path)).await[0], first);
        }
    }

    #[tokio::test]
    async fn paths_keep_their_order() {
        let lab = notes();
        let (a, b, deep) = (lab.path("a.md"), lab.path("b.md"), lab.path("deep/*.md"));
        let comma = format!("{b} ,{deep},, {a},");
        let expected = ["b.md", "deep/d.md", "a.md"];
        assert_eq!(found(&lab, json!(comma)).await, expected);
        assert_eq!(found(&lab, json!([b, deep, "", a])).await, expected);
    }

    #[tokio::test]
    async fn names_in_a_list_can_contain_commas_or_look_like_globs() {
        let lab = Lab::new();
        let (comma, glob) = (lab.file("x,y.txt", "comma"), lab.file("z[1].txt", "glob"));
        let got = got(&lab, json!({"path": [comma, glob], "merge_mode": "dict"})).await;
        assert_eq!(
            got.as_object().unwrap().values().collect::<Vec<_>>(),
            ["comma", "glob"]
        );
    }
}

mod missing {
    use super::*;

    #[tokio::test]
    async fn a_missing_file_fails_the_step() {
        let lab = Lab::new();
        let there = lab.file("a.txt", "A");
        for missing in ["notes.md", "none/*.md", "a[.md"] {
            let outcome = lab.run(read(json!({"path": [there, missing]}))).await;
            let message = format!("recipe: step 0 (read_files): file not found: {missing}");
            assert_eq!(outcome.error(), message);
            assert!(!outcome.context.contains("got"));
        }
    }

    #[tokio::test]
    async fn optional_files_are_skipped() {
        let lab = Lab::new();
        let (a, b) = (lab.file("a.txt", "A"), lab.file("b.txt", "B"));
        for (path, mode, expected) in [
            (json!("none.md"), "concat", json!("")),
            (json!("none.md"), "dict", json!("")),
            (json!("none.md, none/*.md"), "dict", json!({})),
            (json!("none.md, none/*.md"), "concat", json!("")),
            (json!("none/*.md"), "dict", json!({})),
            (json!("none/*.md"), "concat", json!("")),
            (json!(["none.md"]), "dict", json!({})),
            (json!(["none.md"]), "concat", json!("")),
            (json!([a, "none.md"]), "dict", json!({a.clone(): "A"})),
            (json!([a, "none.md"]), "concat", json!("A")),
            (
                json!(format!("{a}, none.md")),
                "dict",
                json!({a.clone(): "A"}),
            ),
            (
                json!([a, "none.md", b]),
                "concat",
                json!(format!("{a}\nA\n{b}\nB")),
            ),
            (json!([]), "dict", json!({})),
            (json!(["", "{{ no }}"]), "dict", json!({})),
            (json!([]), "concat", json!("")),
            (json!(""), "dict", json!("")),
        ] {
            let config = json!({"path": path, "optional": true, "merge_mode": mode});
            assert_eq!(got(&lab, config).await, expected, "{path} {mode}");
        }
    }
}

/// Tests of `merge_mode: dict`.
mod dict {
    use super::*;

    async fn dict(lab: &Lab, path: Value) -> Value {
        got(lab, json!({"path": path, "merge_mode": "dict"})).await
    }

    #[tokio::test]
    async fn lists_and_globs_return_an_object_for_any_number_of_files() {
        let lab = Lab::new();
        let one = lab.file("notes/one.json", r#"{"title": "A"}"#);
        let glob = lab.path("notes/*.json");
        let (odd, none) = (lab.file("z[1].txt", "odd"), lab.path("none/*.md"));
        let object = json!({one.clone(): {"title": "A"}});
        for path in [
            json!(glob),
            json!([glob]),
            json!([one]),
            json!([one, ""]),
            json!(format!("{one},")),
            json!([glob, none]),
            json!(format!("{none}, {one}")),
        ] {
            assert_eq!(dict(&lab, path.clone()).await, object, "{path}");
        }
        for path in [json!(none), json!([none]), json!([])] {
            assert_eq!(dict(&lab, path.clone()).await, json!({}), "{path}");
        }
        let found = lab.log.warnings();
        assert!(
            found.contains(&format!("no file matches {none}")),
            "{found:?}"
        );
        // A list, and a file that only looks like a glob.
        assert_eq!(dict(&lab, json!([odd])).await, json!({odd.clone(): "odd"}));
        assert_eq!(dict(&lab, json!(odd)).await, json!("odd"));
    }

    #[tokio::test]
    async fn a_single_path_returns_the_content() {
        let lab = Lab::new();
        let one = lab.file("one.json", r#"{"title": "A"}"#);
        assert_eq!(dict(&lab, json!(one)).await, json!({"title": "A"}));
        assert_eq!(
            dict(&lab, json!(format!(" {one} "))).await,
            json!({"title": "A"})
        );
    }

    #[tokio::test]
    async fn the_mode_can_be_a_template() {
        let lab = Lab::new();
        let one = lab.file("one.txt", "A");
        for (mode, expected) in [
            ("dict", json!({one.clone(): "A"})),
            ("concat", json!("A")),
            ("", json!("A")),
        ] {
            let config = json!({"path": [one], "merge_mode": format!("{{{{ '{mode}' }}}}")});
            assert_eq!(got(&lab, config).await, expected, "{mode}");
        }
    }

    #[tokio::test]
    async fn a_missing_path_fails_the_step() {
        let lab = Lab::new();
        let there = lab.file("a.txt", "A");
        for path in [
            json!([there, "notes.md"]),
            json!("none/*.md, notes.md"),
            json!("notes.md"),
        ] {
            let outcome = lab
                .run(read(json!({"path": path, "merge_mode": "dict"})))
                .await;
            let message = "recipe: step 0 (read_files): file not found: notes.md";
            assert_eq!(outcome.error(), message);
        }
    }
}

mod content {
    use super::*;

    #[tokio::test]
    async fn a_single_file_returns_its_content_parsed_by_extension() {
        let lab = Lab::new();
        for (name, text, expected) in [
            ("a.txt", "{\"a\": 1}\n", json!("{\"a\": 1}\n")),
            (
                "a.json",
                " {\"b\": 1, \"a\": [null]}",
                json!({"b": 1, "a": [null]}),
            ),
            ("a.JSON", "1.50", json!(1.5)),
            (
                "a.yaml",
                "b: 1\na: [x, ~]\nt: 'true'\nf: yes\n",
                json!({"b": 1, "a": ["x", null], "t": "true", "f": "yes"}),
            ),
            ("a.yml", "- 1\n- two: 2\n", json!([1, {"two": 2}])),
            ("empty.json", "", json!("")),
        ] {
            let path = lab.file(name, text);
            assert_eq!(got(&lab, json!({"path": path})).await, expected, "{name}");
        }
        let object = got(&lab, json!({"path": lab.path("a.json")})).await;
        assert_eq!(object.to_string(), r#"{"b":1,"a":[null]}"#, "order is kept");
    }

    #[tokio::test]
    async fn an_invalid_structured_file_is_a_string_with_a_warning() {
        let lab = Lab::new();
        for (name, text) in [("a.json", "{\"a\": "), ("a.yaml", "a: [1\nb: }")] {
            let path = lab.file(name, text);
            assert_eq!(got(&lab, json!({"path": path})).await, text);
        }
        let warnings = lab.log.warnings();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        let first = lab.short(&warnings[0]);
        assert!(
            first.starts_with(
                "cannot parse a.json, reading it as a string: line 1, column 6: unexpected end of input"
            ),
            "{first}"
        );
        assert!(!warnings[1].contains('\n'), "{warnings:?}");
    }

    #[tokio::test]
    async fn a_hostile_document_is_read_as_a_string() {
        let lab = Lab::new();
        let deep = "[".repeat(100_000);
        let bomb: String = (1..40)
            .map(|n| format!("l{n}: &l{n} [{0},{0}]\n", format!("*l{}", n - 1)))
            .collect();
        let bomb = format!("l0: &l0 [x]\n{bomb}");
        for (name, text) in [("a.json", &deep), ("a.yaml", &deep), ("b.yaml", &bomb)] {
            let path = lab.file(name, text);
            assert_eq!(
                got(&lab, json!({"path": path})).await,
                json!(text),
                "{name}"
            );
        }
    }

    #[tokio::test]
    async fn concat_joins_contents_after_their_paths_and_dict_maps_them() {
        let lab = Lab::new();
        let (a, b) = (
            lab.file("a.txt", "A\n"),
            lab.file("b.json", "{\"x\":[1,\"ä\"]}"),
        );
        let concat = got(&lab, json!({"path": [b, a]})).await;
        let text = concat.as_str().unwrap();
        assert!(
            text.starts_with(&format!("{b}\n{{")) && text.ends_with(&format!("}}\n{a}\nA\n")),
            "{text}"
        );
        let dict = got(&lab, json!({"path": [b, a], "merge_mode": "dict"})).await;
        assert_eq!(dict, json!({b: {"x": [1, "ä"]}, a: "A\n"}));
    }

    #[tokio::test]
    async fn an_empty_path_reads_nothing_with_a_warning() {
        let lab = Lab::new();
        assert_eq!(
            got(&lab, json!({"path": "{{ not_given }}"})).await,
            json!("")
        );
        let warnings = lab.log.warnings();
        assert_eq!(warnings, ["path is empty after rendering, no file is read"]);
        let optional = json!({"path": "{{ not_given }}", "optional": true});
        assert_eq!(got(&lab, optional).await, json!(""));
        assert_eq!(lab.log.warnings().len(), 1);
    }

    #[tokio::test]
    async fn invalid_utf8_and_directories_are_errors() {
        let lab = Lab::new();
        let bytes = lab.file("bytes.txt", b"ab\xff");
        let error = lab.run(read(json!({"path": bytes}))).await.error();
        assert_eq!(
            lab.short(&error),
            "recipe: step 0 (read_files): invalid UTF-8 at byte 2: bytes.txt"
        );
        lab.file("dir/x", "");
        let error = lab
            .run(read(json!({"path": lab.path("dir"), "optional": true})))
            .await
            .error();
        let error = lab.short(&error);
        assert!(
            error.starts_with("recipe: step 0 (read_files): cannot read dir: "),
            "{error}"
        );
    }

    #[tokio::test]
    async fn an_unknown_merge_mode_is_an_error() {
        let lab = Lab::new();
        let error = lab
            .run(read(json!({"path": "a", "merge_mode": "dct"})))
            .await
            .error();
        let message = "merge_mode: expected `concat` or `dict`, found \"dct\"";
        assert_eq!(error, format!("recipe: step 0 (read_files): {message}"));
    }
}

mod read_file {
    use super::*;

    fn read(path: &str, optional: bool) -> Value {
        json!([{"type": "read_file", "path": path, "artifact": "text", "optional": optional}])
    }

    #[tokio::test]
    async fn a_file_is_a_string_regardless_of_its_extension() {
        let lab = Lab::new();
        let path = lab.file("a.json", "{\"a\": 1}");
        assert_eq!(
            lab.run(read(&path, false)).await.artifacts(),
            json!({"text": "{\"a\": 1}"})
        );
    }

    #[tokio::test]
    async fn a_missing_file_fails_unless_it_is_optional() {
        let lab = Lab::new();
        let error = lab.run(read("notes.md", false)).await.error();
        assert_eq!(
            error,
            "recipe: step 0 (read_file): file not found: notes.md"
        );
        assert_eq!(
            lab.run(read("notes.md", true)).await.artifacts(),
            json!({"text": ""})
        );
    }
}
