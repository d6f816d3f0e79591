//! `write_files` and `write_file`: content, confinement and atomic writes.

use std::fs;

use serde_json::{Value, json};

use crate::lab::Lab;

/// Writes the files of the artifact `files` to the lab's directory.
fn from_data(lab: &Lab, config: Value) -> Value {
    let mut config = config;
    config["files_key"] = json!("files");
    config["root"] = json!(lab.path("root"));
    json!([{"type": "write_files", "config": config}])
}

fn write(lab: &Lab, files: Value) -> Value {
    json!([{"type": "write_files", "config": {"files": files, "root": lab.path("root")}}])
}

mod content {
    use super::*;

    #[tokio::test]
    async fn strings_are_written_unchanged_and_other_values_as_json() {
        let lab = Lab::new();
        let files = json!([
            {"path": "text", "content": "a\nä"},
            {"path": "object", "content": {"b": [1, "ä"], "a": {}, "e": []}},
            {"path": "number", "content": 1.5},
            {"path": "bool", "content": true},
            {"path": "null", "content": null},
        ]);
        lab.run(write(&lab, files)).await.artifacts();
        let read = |name: &str| lab.read(&format!("root/{name}")).unwrap();
        assert_eq!(read("text"), "a\nä");
        let object = "{\n  \"b\": [\n    1,\n    \"ä\"\n  ],\n  \"a\": {},\n  \"e\": []\n}";
        assert_eq!(read("object"), object);
        assert_eq!(
            [read("number"), read("bool"), read("null")],
            ["1.5", "true", ""]
        );
    }

    #[tokio::test]
    async fn path_and_content_can_come_from_artifacts() {
        let lab = Lab::new();
        let files = json!([{"path_key": "where", "content_key": "what"}]);
        let artifacts = json!({"where": "deep/er/x.json", "what": [1]});
        lab.run_on(artifacts, write(&lab, files)).await.artifacts();
        assert_eq!(
            lab.read("root/deep/er/x.json").as_deref(),
            Some("[\n  1\n]")
        );
    }

    #[tokio::test]
    async fn an_artifact_can_be_a_file_or_a_list_for_both_steps() {
        let lab = Lab::new();
        let one = json!({"path": "one.txt", "content": "1"});
        let list = json!([{"path": "two.txt", "content": {"a": 2}}]);
        lab.run_on(json!({"files": one}), from_data(&lab, json!({})))
            .await
            .artifacts();
        let step = json!([{"type": "write_file", "artifact": "files", "root": lab.path("root")}]);
        lab.run_on(json!({"files": list}), step).await.artifacts();
        assert_eq!(lab.read("root/one.txt").as_deref(), Some("1"));
        assert_eq!(
            lab.read("root/two.txt").as_deref(),
            Some("{\n  \"a\": 2\n}")
        );
    }
}

mod errors {
    use super::*;

    #[tokio::test]
    async fn a_missing_artifact_is_an_error() {
        let lab = Lab::new();
        for (files, message) in [
            (
                json!([{"path_key": "no", "content": ""}]),
                "path_key: artifact not found: no",
            ),
            (
                json!([{"path": "a", "content_key": "no"}]),
                "content_key: artifact not found: no",
            ),
        ] {
            let error = lab.run(write(&lab, files)).await.error();
            assert_eq!(error, format!("recipe: step 0 (write_files): {message}"));
        }
        let error = lab.run(from_data(&lab, json!({}))).await.error();
        assert_eq!(
            error,
            "recipe: step 0 (write_files): files_key: artifact not found: files"
        );
    }

    #[tokio::test]
    async fn invalid_files_are_errors_before_anything_is_written() {
        let lab = Lab::new();
        for (data, message) in [
            (
                json!("text"),
                "files: missing `path` or `content` of a file",
            ),
            (
                json!({"path": "a"}),
                "files: missing `path` or `content` of a file",
            ),
            (
                json!([{"path": "a", "content": ""}, 1]),
                "files[1]: missing `path` or `content` of a file",
            ),
            (
                json!([{"path": "", "content": ""}]),
                "file path is empty after rendering: \"\"",
            ),
        ] {
            let outcome = lab
                .run_on(json!({"files": data}), from_data(&lab, json!({})))
                .await;
            assert_eq!(
                outcome.error(),
                format!("recipe: step 0 (write_files): {message}")
            );
            assert_eq!(lab.names(), Vec::<String>::new());
        }
    }

    #[tokio::test]
    async fn an_entry_without_path_or_content_is_an_error() {
        let lab = Lab::new();
        let outcome = lab.run(json!([
            {"type": "work"},
            {"type": "write_files", "files": [{"path": "a", "content": ""}, {"content": ""}]},
        ]));
        let error = outcome.await.error();
        assert!(
            error.starts_with("recipe: step 1 (write_files): files[1]"),
            "{error}"
        );
        assert_eq!(
            lab.log.actions(),
            Vec::<String>::new(),
            "no step ran before"
        );
        let error = lab.run(json!([{"type": "write_files"}])).await.error();
        assert!(
            error.contains("missing: set `files` or `files_key`"),
            "{error}"
        );
    }
}

mod confinement {
    use super::*;

    #[tokio::test]
    async fn a_path_from_data_outside_the_root_is_an_error() {
        let lab = Lab::new();
        let absolute = lab.path("absolute.txt");
        for path in ["../out.txt", "a/../../out.txt", "a/..", absolute.as_str()] {
            let good = json!({"path": "good.txt", "content": ""});
            let data = json!({"files": [good, {"path": path, "content": ""}]});
            let error = lab
                .run_on(data.clone(), from_data(&lab, json!({})))
                .await
                .error();
            let message = format!("path {path:?} is outside {}", lab.path("root"));
            assert!(error.contains(&message), "{error}");
            let step =
                json!([{"type": "write_file", "artifact": "files", "root": lab.path("root")}]);
            assert!(lab.run_on(data, step).await.error().contains(&message));
        }
        assert_eq!(lab.names(), Vec::<String>::new(), "nothing was written");
    }

    #[tokio::test]
    async fn paths_of_the_recipe_and_with_confine_false_can_be_outside() {
        let lab = Lab::new();
        let data = json!({"files": {"path": "../out.txt", "content": "data"}});
        fs::create_dir(lab.path("root")).unwrap();
        lab.run_on(data, from_data(&lab, json!({"confine": false})))
            .await
            .artifacts();
        assert_eq!(lab.read("out.txt").as_deref(), Some("data"));
        lab.run(write(
            &lab,
            json!([{"path": "../own.txt", "content": "own"}]),
        ))
        .await
        .artifacts();
        assert_eq!(lab.read("own.txt").as_deref(), Some("own"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_path_from_data_outside_the_root_through_a_link_is_an_error() {
        use std::os::unix::fs::symlink;
        let lab = Lab::new();
        lab.file("outside/file.txt", "old");
        lab.file("root/inside/x", "");
        symlink(lab.path("outside"), lab.path("root/dir")).unwrap();
        symlink(lab.path("outside/file.txt"), lab.path("root/file.txt")).unwrap();
        symlink(lab.path("root/inside"), lab.path("root/here")).unwrap();
        for path in ["dir/new.txt", "dir/deep/new.txt", "file.txt"] {
            let data = json!({"files": {"path": path, "content": "new"}});
            let error = lab.run_on(data, from_data(&lab, json!({}))).await.error();
            assert!(error.contains("is outside"), "{error}");
        }
        assert_eq!(fs::read_dir(lab.path("outside")).unwrap().count(), 1);
        assert_eq!(lab.read("outside/file.txt").as_deref(), Some("old"));
        // A link to a path inside is allowed.
        let data = json!({"files": {"path": "here/y", "content": "new"}});
        lab.run_on(data, from_data(&lab, json!({})))
            .await
            .artifacts();
        assert_eq!(lab.read("root/inside/y").as_deref(), Some("new"));
    }
}

mod atomicity {
    use super::*;

    #[tokio::test]
    async fn a_failing_write_keeps_the_old_file_and_leaves_no_other() {
        let lab = Lab::new();
        lab.file("root/taken/x", "");
        lab.file("root/file", "old");
        // The first is written, the second is a directory, the third has a file as its directory.
        for bad in ["taken", "file/x"] {
            let files =
                json!([{"path": "first", "content": "new"}, {"path": bad, "content": "new"}]);
            let error = lab.run(write(&lab, files)).await.error();
            let message = format!("cannot write {}: ", lab.path(&format!("root/{bad}")));
            assert!(error.contains(&message), "{error}");
        }
        assert_eq!(lab.read("root/first").as_deref(), Some("new"));
        assert_eq!(lab.read("root/file").as_deref(), Some("old"));
        let mut names: Vec<_> = fs::read_dir(lab.path("root"))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["file", "first", "taken"]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_reader_never_sees_a_partial_file() {
        let lab = Lab::new();
        let texts = ["a".repeat(300_000), "b".repeat(200_000)];
        let path = lab.file("root/file", &texts[0]);
        let writes: Vec<_> = (0..40)
            .map(|n| json!({"path": "file", "content": texts[n % 2]}))
            .collect();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|threads| {
            let reader = threads.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let text = fs::read_to_string(&path).expect("it always exists");
                    assert!(texts.contains(&text), "{} bytes", text.len());
                }
            });
            let steps = write(&lab, json!(writes));
            let outcome = tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(lab.run(steps))
            });
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            outcome.artifacts();
            reader.join().expect("all texts are complete");
        });
    }
}
