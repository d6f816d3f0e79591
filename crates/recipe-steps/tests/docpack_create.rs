//! `docpack_create`: packed files, their names, and errors.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::fs::{self, File};
use std::io::Read;

use serde_json::{Value, json};
use zip::ZipArchive;

use crate::lab::Lab;

/// Packs resources and the lab's `outline.json` into its `out/p.docpack`.
fn create(lab: &Lab, resource_files: Value) -> Value {
    json!([{"type": "docpack_create", "config": {
        "outline_path": lab.path("outline.json"),
        "resource_files": resource_files,
        "output_path": lab.path("out/p.docpack"),
        "output_key": "result",
    }}])
}

/// Returns the entries of the lab's `out/p.docpack` in their order.
fn entries(lab: &Lab) -> Vec<(String, String)> {
    let mut archive = ZipArchive::new(File::open(lab.path("out/p.docpack")).unwrap()).unwrap();
    let entries = (0..archive.len()).map(|index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        (entry.name().unwrap().into_owned(), content)
    });
    entries.collect()
}

/// Returns the paths of the resources in the outline in the lab's `out/p.docpack`.
fn packed_paths(lab: &Lab) -> Vec<String> {
    let (_, outline) = entries(lab).pop().unwrap();
    let outline: Value = serde_json::from_str(&outline).unwrap();
    let resources = outline["resources"].as_array().unwrap().iter();
    let paths = resources.filter_map(|resource| resource["path"].as_str());
    paths.map(str::to_owned).collect()
}

/// Returns the names of the entries in the lab's `out/p.docpack`.
fn names(lab: &Lab) -> Vec<String> {
    entries(lab).into_iter().map(|(name, _)| name).collect()
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.file("x/a.md", "xa");
    lab.file("y/a.md", "ya");
    lab.file("x/b.md", "xb");
    let outline = json!({"title": "Tïtle", "resources": [], "sections": [{"z": 1, "a": 2.5}]});
    lab.file("outline.json", outline.to_string());
    lab
}

mod content {
    use super::*;

    #[tokio::test]
    async fn resources_are_packed_under_their_file_names_and_the_outline_last() {
        let lab = lab();
        let steps = create(&lab, json!([lab.path("x/b.md"), lab.path("x/a.md")]));
        let artifacts = lab.run(steps).await.artifacts();
        let result = json!({
            "output_path": lab.path("out/p.docpack"), "resource_count": 2, "success": true
        });
        assert_eq!(artifacts, json!({ "result": result }));
        let outline = "{\n  \"title\": \"Tïtle\",\n  \"resources\": [],\n  \"sections\": [\n    {\n      \"z\": 1,\n      \"a\": 2.5\n    }\n  ]\n}";
        let expected = [("b.md", "xb"), ("a.md", "xa"), ("outline.json", outline)];
        let expected = expected.map(|(name, content)| (name.to_owned(), content.to_owned()));
        assert_eq!(entries(&lab), expected);
    }

    #[tokio::test]
    async fn the_same_files_result_in_the_same_bytes() {
        let lab = lab();
        let steps = create(&lab, json!(lab.path("x/a.md")));
        lab.run(steps.clone()).await.artifacts();
        let first = fs::read(lab.path("out/p.docpack")).unwrap();
        lab.run(steps).await.artifacts();
        assert_eq!(fs::read(lab.path("out/p.docpack")).unwrap(), first);
    }

    #[tokio::test]
    async fn files_of_the_same_name_are_numbered_in_the_outline_as_well() {
        let lab = lab();
        let paths = ["y/a.md", "x/a.md"].map(|path| lab.path(path));
        let resources = paths.clone().map(|path| json!({"path": path}));
        lab.file("outline.json", json!({"resources": resources}).to_string());
        lab.run(create(&lab, json!([paths[1], paths[0]])))
            .await
            .artifacts();
        let packed = entries(&lab);
        assert_eq!(packed[0], ("a.md".to_owned(), "xa".to_owned()));
        assert_eq!(packed[1], ("a_1.md".to_owned(), "ya".to_owned()));
        assert_eq!(packed_paths(&lab), ["a_1.md", "a.md"]);
    }

    #[tokio::test]
    async fn a_resource_that_is_not_packed_has_its_file_name_in_the_outline() {
        let lab = lab();
        let resources = json!([
            {"path": "deep/gone.md"}, {"path": ""}, {"path": 7}, {"key": "none"}, "text"
        ]);
        lab.file("outline.json", json!({"resources": resources}).to_string());
        lab.run(create(&lab, json!(""))).await.artifacts();
        assert_eq!(packed_paths(&lab), ["gone.md", ""]);
    }

    #[tokio::test]
    async fn a_resource_never_replaces_the_outline() {
        let lab = lab();
        let steps = create(&lab, json!([lab.file("x/outline.json", "[]")]));
        lab.run(steps).await.artifacts();
        assert_eq!(names(&lab), ["outline_1.json", "outline.json"]);
        assert_eq!(entries(&lab)[0].1, "[]");
    }

    #[tokio::test]
    async fn missing_files_are_skipped_with_a_warning() {
        let lab = lab();
        let resources = ["gone.md", "x/a.md", "x"].map(|path| lab.path(path));
        let artifacts = lab.run(create(&lab, json!(resources))).await.artifacts();
        assert_eq!(artifacts["result"]["resource_count"], 1);
        assert_eq!(names(&lab), ["a.md", "outline.json"]);
        let warnings: Vec<_> = lab.log.warnings().iter().map(|w| lab.short(w)).collect();
        assert_eq!(
            warnings,
            [
                "resource file not found, skipped: gone.md",
                "resource file not found, skipped: x"
            ]
        );
    }
}

mod fields {
    use super::*;

    #[tokio::test]
    async fn resources_can_be_listed_in_many_ways() {
        let lab = lab();
        let [a, b] = ["x/a.md", "x/b.md"].map(|path| lab.path(path));
        let comma = lab.file("x/Smith, John.md", "");
        let artifacts = json!({
            "list": [a, b], "inner": {"list": [[a], format!("{b},")]}, "text": format!("{a}, {b}"),
            "folder": lab.path("x"), "comma": [comma, a],
        });
        for (resources, expected) in [
            (json!("{{ list }}"), ["a.md", "b.md"]),
            (json!("{{ inner.list }}"), ["a.md", "b.md"]),
            (json!("{{ text }}"), ["a.md", "b.md"]),
            (json!(format!(" {b} ,, {a}")), ["b.md", "a.md"]),
            (json!(["{{ folder }}/b.md", a]), ["b.md", "a.md"]),
            (json!([format!("{b},{a}")]), ["b.md", "a.md"]),
            (json!("{{ comma }}"), ["Smith, John.md", "a.md"]),
        ] {
            let steps = create(&lab, resources.clone());
            lab.run_on(artifacts.clone(), steps).await.artifacts();
            assert_eq!(names(&lab)[..2], expected, "{resources}");
        }
        lab.run(create(&lab, json!("{{ nothing }}")))
            .await
            .artifacts();
        assert_eq!(names(&lab), ["outline.json"]);
    }

    #[tokio::test]
    async fn all_fields_are_templates_and_output_key_is_optional() {
        let lab = lab();
        let artifacts = json!({"here": lab.path(""), "name": "n"});
        let mut steps = json!([{"type": "docpack_create", "config": {
            "outline_path": "{{ here }}outline.json",
            "resource_files": "{{ here }}x/a.md",
            "output_path": "{{ here }}./{{ name }}//{{ name }}.docpack",
            "output_key": "{{ name }}_result",
        }}]);
        let after = lab
            .run_on(artifacts.clone(), steps.clone())
            .await
            .artifacts();
        assert_eq!(
            after["n_result"]["output_path"],
            lab.path("n/n.docpack").as_str()
        );
        steps[0]["config"]
            .as_object_mut()
            .unwrap()
            .shift_remove("output_key");
        let after = lab.run_on(artifacts.clone(), steps).await.artifacts();
        assert_eq!(after, artifacts);
    }

    #[tokio::test]
    async fn resources_of_another_form_are_an_error() {
        let lab = lab();
        let error = lab.run(create(&lab, json!({"a": 1}))).await.error();
        assert!(
            error.contains("resource_files") && error.contains("a path or a list of paths"),
            "{error}"
        );
    }
}

mod errors {
    use super::*;

    #[tokio::test]
    async fn an_invalid_outline_is_an_error_and_an_existing_docpack_is_kept() {
        let lab = lab();
        lab.file("out/p.docpack", "old");
        let outline = lab.path("outline.json");
        for (text, message) in [
            (
                Some("{"),
                "invalid outline: outline.json: line 1, column 1: unexpected end of input in object",
            ),
            (Some("[1]"), "outline is not a JSON object: outline.json"),
            (
                Some("{\"a\": NaN}"),
                "invalid outline: outline.json: line 1, column 7: expected value",
            ),
            (None, "file not found: outline.json"),
        ] {
            match text {
                Some(text) => fs::write(&outline, text).unwrap(),
                None => fs::remove_file(&outline).unwrap(),
            }
            let error = lab.run(create(&lab, json!([]))).await.error();
            let expected = format!("recipe: step 0 (docpack_create): {message}");
            assert_eq!(lab.short(&error), expected);
            assert_eq!(lab.read("out/p.docpack").as_deref(), Some("old"));
        }
    }

    #[tokio::test]
    async fn an_output_that_cannot_be_written_is_an_error() {
        let lab = lab();
        fs::create_dir_all(lab.path("out/p.docpack")).unwrap();
        let error = lab.run(create(&lab, json!([]))).await.error();
        assert!(error.contains("cannot write"), "{error}");

        let mut steps = create(&lab, json!([]));
        steps[0]["config"]["output_path"] = json!("{{ nothing }}");
        let error = lab.run(steps).await.error();
        assert_eq!(
            error,
            "recipe: step 0 (docpack_create): output_path is empty after rendering"
        );
    }

    #[tokio::test]
    async fn a_docpack_can_contain_the_one_that_it_replaces() {
        let lab = lab();
        let old = lab.file("out/p.docpack", "old");
        lab.run(create(&lab, json!([old]))).await.artifacts();
        assert_eq!(entries(&lab)[0], ("p.docpack".to_owned(), "old".to_owned()));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_name_that_is_a_path_on_another_system_is_an_error() {
        let lab = lab();
        let file = lab.file("x/..\\a.md", "");
        let error = lab.run(create(&lab, json!([file]))).await.error();
        assert!(error.contains("invalid file name for a docpack"), "{error}");
        assert_eq!(lab.names(), ["outline.json", "x", "y"]);
    }

    #[tokio::test]
    async fn the_number_of_files_is_limited() {
        let lab = lab();
        let files = vec![lab.path("x/a.md"); 10_000];
        let error = lab
            .run_on(
                json!({"files": files}),
                create(&lab, json!("{{ files | join: ',' }}")),
            )
            .await
            .error();
        assert!(error.contains("too many entries: over 10000"), "{error}");
        assert_eq!(lab.names(), ["outline.json", "x", "y"]);
    }
}
