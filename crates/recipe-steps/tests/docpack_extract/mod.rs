//! `docpack_extract`: unpacked files, the outline, and invalid archives.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod archive;
mod hostile;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::lab::Lab;
use archive::{Entry, archive, file};

/// Unpacks the lab's `p.docpack` into its directory `got`.
fn extract(lab: &Lab) -> Value {
    json!([{"type": "docpack_extract", "config": {
        "docpack_path": lab.path("p.docpack"), "extract_dir": lab.path("got"),
    }}])
}

/// Returns all paths in the lab's directory `got` with their contents; directories end in `/`.
fn got(lab: &Lab) -> Vec<(String, String)> {
    fn collect(dir: &Path, prefix: &str, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                found.push((format!("{name}/"), String::new()));
                collect(&entry.path(), &format!("{name}/"), found);
            } else {
                found.push((name, fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    collect(Path::new(&lab.path("got")), "", &mut found);
    found.sort();
    found
}

fn outline(resources: &Value) -> Entry {
    file(
        "outline.json",
        json!({"title": "T", "resources": resources}).to_string(),
    )
}

/// Returns the absolute path of a file in the lab's directory `got`.
fn real(lab: &Lab, path: &str) -> String {
    let dir = fs::canonicalize(lab.path("got")).unwrap();
    dir.join(path).display().to_string()
}

#[tokio::test]
async fn the_outline_is_unpacked_to_the_directory_and_files_to_files() {
    let lab = Lab::new();
    let resources = json!([{"key": "b", "path": "b.md"}, {"key": "a", "path": "deep/a.md"}]);
    let outline = outline(&resources);
    let entries = [
        file("deep/", "").mode(0o040_755),
        file("deep/a.md", "A"),
        outline,
        file("b.md", "B"),
        file("besides.md", "C").mode(0),
    ];
    lab.file("p.docpack", archive(&entries));
    let artifacts = lab.run(extract(&lab)).await.artifacts();

    let (a, b) = (real(&lab, "files/deep/a.md"), real(&lab, "files/b.md"));
    let resources = json!([{"key": "b", "path": b}, {"key": "a", "path": a}]);
    let outline = json!({"title": "T", "resources": resources});
    let text = format!("{outline:#}");
    let expected = [
        ("files/", ""),
        ("files/b.md", "B"),
        ("files/besides.md", "C"),
        ("files/deep/", ""),
        ("files/deep/a.md", "A"),
        ("outline.json", &text),
    ];
    assert_eq!(
        got(&lab),
        expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
    let expected = json!({"outline_data": outline, "resource_files": [b, a]});
    assert_eq!(artifacts, expected);
    assert_eq!(lab.names(), ["got", "p.docpack"]);
}

#[tokio::test]
async fn all_fields_are_templates() {
    let lab = Lab::new();
    lab.file("in/P.DOCPACK", archive(&[outline(&json!([]))]));
    let artifacts = json!({"in": lab.path("in"), "out": lab.path("new/deep/got"), "name": "n"});
    let steps = json!([{"type": "docpack_extract", "config": {
        "docpack_path": "{{ in }}/P.DOCPACK", "extract_dir": "{{ out }}/",
        "outline_key": "{{ name }}_outline", "resources_key": "{{ name }}_files",
    }}]);
    let after = lab.run_on(artifacts, steps).await.artifacts();
    assert_eq!(after["n_outline"], json!({"title": "T", "resources": []}));
    assert_eq!(after["n_files"], json!([]));
    assert!(lab.read("new/deep/got/outline.json").is_some());
}

#[tokio::test]
async fn the_unpacked_outline_has_the_paths_of_the_unpacked_files() {
    let lab = Lab::new();
    let entries = [outline(&json!([{"path": "a.md"}])), file("a.md", "A")];
    lab.file("p.docpack", archive(&entries));
    lab.file("old/a.md", "old");
    for target in ["new", "old", "new/deep/er", "./there/"] {
        let target = lab.path(target);
        let steps = json!([
            {"type": "docpack_extract", "config": {"docpack_path": lab.path("p.docpack"), "extract_dir": target}},
            {"type": "read_files", "config": {"path": format!("{target}/outline.json"), "content_key": "outline"}},
            {"type": "read_files", "config": {"path": "{{ outline.resources[0].path }}", "content_key": "content"}},
        ]);
        let after = lab.run(steps).await.artifacts();
        assert_eq!(after["content"], "A", "{target}");
        assert_eq!(after["outline"], after["outline_data"], "{target}");
    }
}

#[tokio::test]
async fn a_created_docpack_can_be_extracted() {
    let lab = Lab::new();
    let long = "long ä\n".repeat(50_000);
    let resources = [lab.file("x/a.md", "xa"), lab.file("y/a.md", &long)];
    let described = resources.clone().map(|path| json!({"path": path, "n": 1}));
    lab.file(
        "o.json",
        json!({"resources": described, "sections": [{"a": null}]}).to_string(),
    );
    let mut steps = extract(&lab);
    let create = json!({"type": "docpack_create", "config": {
        "outline_path": lab.path("o.json"), "resource_files": "{{ files }}",
        "output_path": lab.path("p.docpack"),
    }});
    steps.as_array_mut().unwrap().insert(0, create);
    let after = lab
        .run_on(json!({"files": resources}), steps)
        .await
        .artifacts();
    let paths = [real(&lab, "files/a.md"), real(&lab, "files/a_1.md")];
    let described = paths.clone().map(|path| json!({"path": path, "n": 1}));
    assert_eq!(
        after["outline_data"],
        json!({"resources": described, "sections": [{"a": null}]})
    );
    assert_eq!(after["resource_files"], json!(paths));
    assert_eq!(lab.read("got/files/a_1.md"), Some(long));
}

#[tokio::test]
async fn an_existing_directory_keeps_its_other_files() {
    let lab = Lab::new();
    lab.file("got/mine.txt", "mine");
    lab.file("got/files/mine.md", "mine");
    lab.file("got/files/a.md", "old");
    lab.file("got/outline.json", "old");
    let resources = json!([{"path": "a.md"}]);
    lab.file(
        "p.docpack",
        archive(&[outline(&resources), file("a.md", "new"), file("d/b.md", "")]),
    );
    lab.run(extract(&lab)).await.artifacts();
    let names: Vec<_> = got(&lab).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "files/",
        "files/a.md",
        "files/d/",
        "files/d/b.md",
        "files/mine.md",
        "mine.txt",
        "outline.json",
    ];
    assert_eq!(names, expected);
    assert_eq!(lab.read("got/files/a.md").as_deref(), Some("new"));
    assert_eq!(lab.read("got/files/mine.md").as_deref(), Some("mine"));
    let outline = lab.read("got/outline.json").unwrap();
    assert!(outline.contains(&real(&lab, "files/a.md")), "{outline}");
}

#[tokio::test]
async fn resources_missing_from_the_archive_are_a_warning_and_not_listed() {
    let lab = Lab::new();
    let outside = lab.file("outside.md", "secret");
    // A malicious outline that refers to files elsewhere.
    let paths = [
        outside.as_str(),
        "../../outside.md",
        "gone.md",
        "./a.md",
        "a.md/",
    ];
    let resources = paths.map(|path| json!({"path": path}));
    let entries = [outline(&json!(resources)), file("a.md", "A")];
    lab.file("p.docpack", archive(&entries));
    lab.file("got/files/gone.md", "from before");
    let artifacts = lab.run(extract(&lab)).await.artifacts();
    let a = real(&lab, "files/a.md");
    assert_eq!(artifacts["resource_files"], json!([a, a]));
    assert_eq!(lab.log.warnings().len(), 3, "{:?}", lab.log.warnings());
    assert_eq!(
        lab.log.warnings()[2],
        "resource of the outline is not in the docpack: gone.md"
    );
}

#[tokio::test]
async fn resources_in_other_forms_are_unchanged() {
    for resources in [
        json!(null),
        json!("a.md"),
        json!({"path": "a.md"}),
        json!([1, "a", null, [], {}, {"path": null}, {"path": ""}, {"path": 3}]),
    ] {
        let lab = Lab::new();
        lab.file(
            "p.docpack",
            archive(&[outline(&resources), file("a.md", "A")]),
        );
        let artifacts = lab.run(extract(&lab)).await.artifacts();
        assert_eq!(artifacts["outline_data"]["resources"], resources);
        assert_eq!(artifacts["resource_files"], json!([]));
    }
}
