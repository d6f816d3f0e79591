//! `recipe show`: shows a stored run.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Folder, settled};
use crate::report::data;
use crate::stored::{DONE, FAILS};

/// Recipe with everything that can be shown, which fails until the file `late.md` exists.
const MIXED: &str = r#"[
    {"type": "set_context", "config": {"key": "list", "value": [1, 2]}, "name": "first"},
    {"type": "set_context", "key": "list", "value": [3], "if_exists": "merge"},
    {"type": "read_file", "config": {"path": "no.md", "artifact": "x"},
     "retry": {"attempts": 2, "delay": 0}, "on_error": {"steps": [{"type": "set_context", "key": "x", "value": ""}]}},
    {"type": "loop", "items": "list", "item_key": "item", "result_key": "all", "substeps": [
        {"type": "execute_recipe", "recipe_path": "parts/part.json"}
    ]},
    {"type": "parallel", "config": {"max_concurrency": 1, "substeps": [
        {"type": "set_context", "key": "a", "value": "2"},
        {"type": "read_file", "config": {"path": "late.md", "artifact": "x"}, "retry": {"attempts": 2, "delay": 0}},
        {"type": "set_context", "key": "a", "value": "3"}
    ]}}
]"#;

fn mixed() -> Folder {
    let folder = Folder::new().file("r.json", MIXED).file(
        "parts/part.json",
        r#"[{"type": "set_context", "key": "part", "value": "{{ item }}"}]"#,
    );
    assert_eq!(
        folder
            .run_durably("r.json --report run.html --context topic=fish --context tone=calm")
            .code(),
        1
    );
    folder
}

/// Output of `recipe show` without varying parts.
fn shown(folder: &Folder) -> String {
    let outcome = folder.stored("show");
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
    folder.settled(&settled(
        &outcome.stdout(),
        &folder.path(".").canonicalize().unwrap(),
    ))
}

fn object(folder: &Folder) -> Value {
    let outcome = folder.stored("show --json");
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
    serde_json::from_str(&outcome.stdout()).unwrap()
}

fn report(folder: &Folder) -> Value {
    let outcome = folder.stored("show --report -");
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
    data(&outcome.stdout())
}

#[test]
fn a_run_is_shown_as_a_tree_of_steps() {
    assert_snapshot!(shown(&mixed()), @r#"
    id         [run]
    recipe     r.json
    folder     [folder]
    given      topic, tone
    status     failed
    began      [second]
    took       [time]
    steps      15 (11 done, 2 failed, 1 recovered, 1 skipped)
    error      step 4 (parallel): substep 1 (read_file): file not found: late.md

    done       0 set_context "first" ([time])
    done       1 set_context ([time])
    recovered  2 read_file ([time], attempt 2 of 2)
                   attempt 1 of 2: file not found: no.md
                   before on_error: file not found: no.md
    done         .on_error[0] set_context ([time])
    done       3 loop ([time])
    done         .items[0].substeps[0] execute_recipe ([time])
    done           /parts/part.json:0 set_context ([time])
    done         .items[1].substeps[0] execute_recipe ([time])
    done           /parts/part.json:0 set_context ([time])
    done         .items[2].substeps[0] execute_recipe ([time])
    done           /parts/part.json:0 set_context ([time])
    failed     4 parallel ([time])
                   error: substep 1 (read_file): file not found: late.md
    done         .substeps[0] set_context ([time])
    failed       .substeps[1] read_file ([time], attempt 2 of 2)
                     attempt 1 of 2: file not found: late.md
                     error: file not found: late.md
    skipped      .substeps[2] set_context
    "#);
}

#[test]
fn a_resumed_run_is_shown_in_its_current_state() {
    let folder = mixed();
    fs::write(folder.path("late.md"), "").unwrap();
    assert_eq!(folder.stored("resume -q").code(), 0);
    let shown = shown(&folder);
    let (facts, steps) = shown.split_once("\n\n").unwrap();
    let facts: Vec<&str> = facts.lines().skip(3).collect();
    assert_snapshot!(facts.join("\n"), @"
    given      topic, tone
    status     done
    began      [second]
    took       [time]
    processes  2
    steps      15 (14 done, 1 recovered)
    ");
    let (_, parallel) = steps.split_once("done       4 parallel").unwrap();
    assert_snapshot!(parallel, @"
     ([time])
    done         .substeps[0] set_context ([time])
    done         .substeps[1] read_file ([time])
    done         .substeps[2] set_context ([time])
    ");
    let run = object(&folder);
    assert_eq!(run["sessions"].as_array().unwrap().len(), 2);
    // Earlier failures are recorded.
    let read = run["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["path"] == "4.substeps[1]");
    assert_eq!(read.unwrap()["attempts"], 1);
    assert_eq!(read.unwrap()["failures"][0]["attempt"], 1);
    let report = report(&folder);
    assert_eq!(report["outcome"], "done");
    assert!(
        report["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["end"].as_u64() <= report["duration"].as_u64())
    );
}

#[test]
fn a_run_is_an_object_for_programs() {
    let folder = mixed();
    let mut run = object(&folder);
    let steps = run["steps"].take();
    let listed: Value = serde_json::from_str(&folder.stored("runs --json").stdout()).unwrap();
    run.as_object_mut().unwrap().remove("steps");
    let given = run.as_object_mut().unwrap().remove("artifacts");
    assert_eq!(given, Some(json!({"topic": "fish", "tone": "calm"})));
    assert_eq!(run, listed[0]);
    let mut tried = steps[2].clone();
    for failure in [0, 1] {
        assert!(tried["failures"][failure]["at"].take().is_string());
    }
    assert!(tried["began"].take().is_string() && tried["duration"].take().is_f64());
    assert_snapshot!(format!("{tried:#}"), @r#"
    {
      "path": "2",
      "type": "read_file",
      "name": null,
      "state": "recovered",
      "began": null,
      "duration": null,
      "error": null,
      "attempts": 2,
      "failures": [
        {
          "at": null,
          "attempt": 1,
          "attempts": 2,
          "delay": 0.0,
          "error": "file not found: no.md"
        },
        {
          "at": null,
          "attempt": null,
          "attempts": null,
          "delay": null,
          "error": "file not found: no.md"
        }
      ],
      "changes": [
        {
          "name": "error",
          "set": {
            "message": "file not found: no.md",
            "step": "2",
            "type": "read_file"
          }
        },
        {
          "name": "x",
          "set": ""
        }
      ]
    }
    "#);
    let changes = |path: &str| {
        let mut steps = steps.as_array().unwrap().iter();
        steps.find(|step| step["path"] == path).unwrap()["changes"].clone()
    };
    assert_eq!(changes("0"), json!([{"name": "list", "set": [1, 2]}]));
    assert_eq!(changes("1"), json!([{"name": "list", "added": [3]}]));
    assert_eq!(
        changes("3.items[0].substeps[0]/parts/part.json:0"),
        json!([{"name": "part", "set": "1"}])
    );
}

#[test]
fn the_report_is_that_of_the_run() {
    let folder = mixed();
    let written = folder.stored("show --report stored.html");
    assert_eq!(
        (written.code(), written.stdout(), written.stderr()),
        (0, String::new(), String::new())
    );
    let [told, stored] = ["run.html", "stored.html"].map(|file| data(&folder.read(file)));
    for field in ["recipe", "outcome", "error", "counts", "limits"] {
        assert_eq!(stored[field], told[field], "{field}");
    }
    let steps = |report: &Value| {
        let steps = report["steps"].as_array().unwrap().iter();
        let paths: Vec<&str> = steps
            .clone()
            .map(|step| step["path"].as_str().unwrap())
            .collect();
        let steps = steps.map(|step| {
            let mut step = step.clone();
            let (start, end) = (step["start"].take().as_u64(), step["end"].take().as_u64());
            assert!(start <= end && end <= report["duration"].as_u64(), "{step}");
            for failure in step["retries"].as_array_mut().into_iter().flatten() {
                failure["at"].take();
            }
            if let Some(failure) = step.get_mut("recovering") {
                failure["at"].take();
            }
            let config = step["config"].as_u64().unwrap() as usize;
            step["config"] = report["configs"][config].clone();
            if let Some(parent) = step["parent"].as_u64() {
                step["parent"] = paths[parent as usize].into();
            }
            step
        });
        steps.collect::<Vec<_>>()
    };
    let (told, mut stored) = (steps(&told), steps(&stored));
    // Only the added part of a grown value is stored.
    assert_eq!(
        stored[1]["changes"],
        json!([{"name": "list", "value": {"text": "[\n  3\n]"}, "addition": true}])
    );
    stored[1]["changes"] = told[1]["changes"].clone();
    assert_eq!(stored, told);
}

#[test]
fn equal_configurations_are_stored_once() {
    let report = report(&mixed());
    // Five steps, one in the loop, one in the called recipe, one of `on_error`, three concurrent
    // ones.
    assert_eq!(report["configs"].as_array().unwrap().len(), 11);
}

#[test]
fn a_run_is_selected_by_its_id_a_prefix_or_its_last_characters() {
    let folder = Folder::new()
        .file("good.json", DONE)
        .file("bad.json", FAILS);
    folder.run_durably("bad.json");
    folder.run_durably("good.json");
    let ids = folder.ids();
    for (id, recipe) in ids.iter().zip(["bad.json", "good.json"]) {
        for name in [&**id, &id[16..], &id[..19]] {
            let outcome = folder.stored(&format!("show {name}"));
            assert!(
                outcome.stdout().contains(&format!("recipe     {recipe}\n")),
                "{name}"
            );
        }
    }
    assert!(
        folder
            .stored("show")
            .stdout()
            .contains("recipe     good.json\n")
    );
    let ambiguous = folder.stored("show 20");
    assert_eq!(ambiguous.code(), 2);
    assert_snapshot!(folder.settled(&ambiguous.stderr()), @"error: ambiguous run id 20: matches [run], [run]");
    assert_snapshot!(folder.stored("show nothing"), @"
    exit code 2
    --- stderr
    error: run not found in runs: nothing
    ");
    let mut hostile = folder.command("show");
    let hostile = folder.outcome(hostile.args(["\u{1b}[2J\n", "--store", "runs"]));
    assert_snapshot!(hostile, @r"
    exit code 2
    --- stderr
    error: run not found in runs: \u{1b}[2J\n
    ");
}

#[test]
fn without_runs_there_is_nothing_to_show() {
    assert_snapshot!(Folder::new().stored("show"), @"
    exit code 2
    --- stderr
    error: no stored runs in runs
    ");
    assert_snapshot!(Folder::new().stored("show --json --report r.html"), @"
    exit code 2
    --- stderr
    error: the argument '--json' cannot be used with '--report <FILE>'

    Usage: recipe show --json --store <DIR> [RUN]

    For more information, try '--help'.
    ");
}

#[test]
fn a_run_that_cannot_be_read_is_an_error() {
    let folder = Folder::new().file("good.json", DONE);
    folder.run_durably("good.json");
    let file = folder.database(&folder.ids()[0]);
    let database = fs::read(&file).unwrap();
    // A truncated file, and one with all pages but the first overwritten.
    let mut overwritten = database.clone();
    overwritten[1_024..].fill(0xff);
    for damaged in [&database[..2_048], &overwritten, b"no database"] {
        fs::write(&file, damaged).unwrap();
        for options in ["", "--json", "--report -"] {
            let outcome = folder.stored(&format!("show {options}"));
            assert_eq!(
                (outcome.code(), outcome.stdout()),
                (2, String::new()),
                "{options}"
            );
            let stderr = outcome.stderr();
            assert!(
                stderr.starts_with("error: cannot read journal "),
                "{stderr}"
            );
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
        }
    }
}

#[test]
fn hostile_names_and_errors_are_escaped() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "parallel", "name": "<script>alert(1)</script>\n\u001b[2J", "config": {"substeps": [
            {"type": "read_file", "name": "\u202e\u0007", "config": {"path": "\u001b[31m</script>\r\n", "artifact": "a"}}
        ]}}]"#,
    );
    folder.run_durably("r.json");
    let text = folder.stored("show").stdout();
    assert!(
        !text.contains(|c: char| c.is_control() && c != '\n'),
        "{text}"
    );
    let (_, steps) = text.split_once("\n\n").unwrap();
    assert_snapshot!(folder.settled(steps), @r#"
    failed     0 parallel "<script>alert(1)</script>\n\u{1b}[2J" ([time])
                   error: substep 0 (read_file "\u{202e}\u{7}"): file not found: \u{1b}[31m</script>\r\n
    failed       .substeps[0] read_file "\u{202e}\u{7}" ([time])
                     error: file not found: \u{1b}[31m</script>\r\n
    "#);
    let page = folder.stored("show --report -").stdout();
    assert!(!page.contains("<script>alert"));
    assert_eq!(
        object(&folder)["steps"][0]["name"],
        "<script>alert(1)</script>\n\u{1b}[2J"
    );
}

#[test]
fn a_secret_that_was_learned_later_is_masked() {
    let folder = Folder::new()
        .file(
            "r.json",
            r#"[
                {"type": "read_file", "config": {"path": "hunter2-hunter2", "artifact": "a"},
                 "retry": {"attempts": 2, "delay": 0}, "on_error": {"steps": []}},
                {"type": "execute_recipe", "recipe_path": "inner.json"}
            ]"#,
        )
        .file("inner.json", r#"{"env_vars": ["API_TOKEN"], "steps": []}"#);
    let mut command = folder.command("run --durable --store runs -q r.json");
    folder.outcome(command.env("API_TOKEN", "hunter2-hunter2"));
    let (text, json) = (
        folder.stored("show").stdout(),
        folder.stored("show --json").stdout(),
    );
    let page = folder.stored("show --report -").stdout();
    for shown in [text, json, page] {
        assert!(
            !shown.contains("hunter2") && !shown.contains('\u{1}') && !shown.contains("u0001"),
            "{shown}"
        );
        assert!(shown.contains("file not found: ***"), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn a_running_run_is_shown_with_its_progress() {
    use crate::stored::{RunAtWork, SLOW};
    let folder = Folder::new().file("slow.json", SLOW);
    let at_work = RunAtWork::start(&folder);
    // Ended steps are written within a moment.
    let is_written = |run: &Value| run["counts"]["done"] == 2;
    let begun = std::time::Instant::now();
    while !is_written(&object(&folder)) {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_snapshot!(shown(&folder), @"
    id         [run]
    recipe     slow.json
    folder     [folder]
    status     running
    began      [second]
    took       [time]
    steps      3 (1 running, 2 done)

    done       0 set_context ([time])
    running    1 parallel ([time] so far)
    done         .substeps[0] write_files ([time])
    ");
    let running = report(&folder);
    assert_eq!(running["outcome"], "running");
    assert_eq!(running["counts"]["running"], 1);
    assert_eq!(running["steps"][1]["end"], running["duration"]);
    drop(at_work);
    assert_snapshot!(shown(&folder), @"
    id         [run]
    recipe     slow.json
    folder     [folder]
    status     interrupted
    began      [second]
    took       at least [time]
    steps      3 (2 done, 1 cancelled)

    done       0 set_context ([time])
    cancelled  1 parallel
    done         .substeps[0] write_files ([time])
    ");
    let killed = report(&folder);
    assert_eq!(killed["outcome"], "interrupted");
    assert_eq!(killed["steps"][1]["state"], "cancelled");
    assert_eq!(killed["steps"][1]["end"], killed["duration"]);
}

#[test]
fn a_report_with_an_invalid_destination_is_rejected() {
    let folder = Folder::new().file("good.json", DONE);
    folder.run_durably("good.json");
    assert_snapshot!(folder.stored("show --report no/run.html"), @"
    exit code 2
    --- stderr
    error: cannot write no/run.html: folder not found: no
    ");
}
