//! `--context-out`: the final artifacts, written atomically, even after a failed run.

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::json;

const FAILS_HALF_WAY: &str = r#"[
    {"type": "set_context", "key": "done", "value": "yes"},
    {"type": "read_file", "path": "gone.md", "artifact": "x"}
]"#;

#[test]
fn artifacts_are_written_as_indented_json_in_their_order() {
    let folder = Folder::new()
        .file("given.json", r#"{"z": 1, "a": {"b": [true, null, "é"]}}"#)
        .file(
            "r.json",
            r#"[{"type": "set_context", "key": "m", "value": "x"}]"#,
        );
    let outcome = folder.recipe("run r.json --context-file given.json --context-out out.json");
    assert_eq!((outcome.code(), &*outcome.stdout()), (0, ""));
    assert_snapshot!(folder.read("out.json"), @r#"
    {
      "z": 1,
      "a": {
        "b": [
          true,
          null,
          "é"
        ]
      },
      "m": "x"
    }
    "#);
    assert_eq!(folder.names(), ["given.json", "out.json", "r.json"]);
}

#[test]
fn a_failed_run_writes_its_artifacts() {
    let folder = Folder::new().file("r.json", FAILS_HALF_WAY);
    assert_snapshot!(folder.recipe("run r.json --context-out out.json"), @"
    exit code 1
    --- stderr
    error: r.json: step 1 (read_file): file not found: gone.md
    1 step done, 1 failed in [time]
    ");
    assert_eq!(folder.read_json("out.json"), json!({"done": "yes"}));
}

#[test]
fn standard_output_contains_only_the_artifacts() {
    let folder = Folder::new().file("r.json", FAILS_HALF_WAY);
    assert_snapshot!(folder.recipe("run r.json -v --context-out -"), @r#"
    exit code 1
    --- stdout
    {
      "done": "yes"
    }
    --- stderr
    running    r.json
    started    0 set_context
    done       0 set_context ([time])
    started    1 read_file
    failed     1 read_file ([time])
    error: r.json: step 1 (read_file): file not found: gone.md
    1 step done, 1 failed in [time]
    "#);
}

#[test]
fn a_missing_directory_is_reported_before_the_run() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "write_files", "files": [{"path": "made", "content": ""}]}]"#,
    );
    assert_snapshot!(folder.recipe("run r.json --context-out no/out.json"), @"
    exit code 2
    --- stderr
    error: cannot write no/out.json: folder not found: no
    ");
    assert_snapshot!(folder.recipe("run r.json --context-out ."), @"
    exit code 2
    --- stderr
    error: cannot write .: it is a folder
    ");
    assert_eq!(folder.names(), ["r.json"]);
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_and_a_link_its_target() {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new()
        .file("r.json", "[]")
        .file("target.json", "old");
    fs::set_permissions(
        folder.path("target.json"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    symlink("target.json", folder.path("link.json")).unwrap();
    assert_eq!(
        folder.recipe("run r.json --context-out link.json").code(),
        0
    );
    assert_eq!(folder.read("target.json"), "{}\n");
    assert!(folder.path("link.json").is_symlink());
    let mode = fs::metadata(folder.path("target.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[cfg(target_os = "linux")]
#[test]
fn devices_are_written_in_place() {
    let folder = Folder::new().file("r.json", "[]");
    assert_eq!(
        folder
            .recipe("run r.json --context-out /dev/stdout")
            .stdout(),
        "{}\n"
    );
    assert_eq!(
        folder.recipe("run r.json --context-out /dev/null").code(),
        0
    );
    assert_snapshot!(folder.recipe("run r.json --context-out /dev/full"), @"
    exit code 1
    --- stderr
    error: cannot write /dev/full: No space left on device (os error 28)
    0 steps done in [time]
    ");
}
