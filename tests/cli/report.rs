//! `--report`: a run as a page. `cargo xtask report-check` checks its display in a browser.

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::{Value, json};

const FAILS: &str = r#"[
    {"type": "set_context", "config": {"key": "a", "value": "1"}, "name": "first"},
    {"type": "read_file", "config": {"path": "no.md", "artifact": "x"},
     "retry": {"attempts": 2, "delay": 0}, "on_error": {"steps": []}},
    {"type": "parallel", "config": {"max_concurrency": 1, "substeps": [
        {"type": "set_context", "key": "a", "value": "2"},
        {"type": "read_file", "path": "gone.md", "artifact": "x"},
        {"type": "set_context", "key": "a", "value": "3"}
    ]}}
]"#;

/// Data of the page.
pub(crate) fn data(page: &str) -> Value {
    let begin = r#"<script type="application/json" id="data">"#;
    let (_, behind) = page.split_once(begin).expect("there is a block of data");
    let (data, _) = behind.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap()
}

fn report_of(recipe: &str, options: &str) -> Value {
    let folder = Folder::new().file("r.json", recipe);
    folder.recipe(&format!("run r.json --report run.html {options}"));
    data(&folder.read("run.html"))
}

#[test]
fn a_failed_run_writes_a_report_of_all_its_steps() {
    let folder = Folder::new().file("r.json", FAILS);
    let outcome = folder.recipe("run r.json -q --report run.html");
    let report = data(&folder.read("run.html"));
    assert_eq!(outcome.code(), 1);
    assert_eq!(report["outcome"], "failed");
    assert_eq!(
        format!("error: {}\n", report["error"].as_str().unwrap()),
        outcome.stderr()
    );
    assert_eq!(
        report["counts"],
        json!({"steps": 6, "done": 2, "failed": 2, "retried": 1, "recovered": 1, "skipped": 1, "cancelled": 0})
    );
    let steps = report["steps"].as_array().unwrap().iter();
    let lines = steps.map(|step| {
        let (start, end) = (step["start"].as_u64(), step["end"].as_u64());
        assert!(start <= end && end <= report["duration"].as_u64(), "{step}");
        format!("{} {} {}\n", step["path"], step["state"], step["parent"])
    });
    assert_snapshot!(lines.collect::<String>(), @r#"
    "0" "done" null
    "1" "recovered" null
    "2" "failed" null
    ".substeps[0]" "done" 2
    ".substeps[1]" "failed" 2
    ".substeps[2]" "skipped" 2
    "#);
    assert_eq!(folder.names(), ["r.json", "run.html"]);
}

#[test]
fn a_step_has_its_configuration_its_attempts_and_the_artifacts_it_changed() {
    let report = report_of(FAILS, "");
    let first = &report["steps"][0];
    assert_eq!(first["name"], "first");
    assert_eq!(
        first["changes"],
        json!([{"name": "a", "value": {"text": "1"}}])
    );
    let config = &report["configs"][first["config"].as_u64().unwrap() as usize]["text"];
    assert_eq!(config, "{\n  \"key\": \"a\",\n  \"value\": \"1\"\n}");
    let tried = &report["steps"][1];
    assert_eq!(tried["retries"][0]["attempt"], 1);
    assert_eq!(tried["retries"][0]["attempts"], 2);
    for failure in [&tried["retries"][0], &tried["recovering"]] {
        assert_eq!(failure["error"]["text"], "file not found: no.md");
    }
}

#[test]
fn values_are_truncated_and_many_changes_are_counted() {
    let items: Vec<usize> = (0..200).collect();
    let recipe = json!([
        {"type": "set_context", "key": "list", "value": items},
        {"type": "set_context", "key": "text", "value": "é".repeat(3_000)},
    ]);
    let steps = &report_of(&recipe.to_string(), "")["steps"];
    let value = |step: usize| &steps[step]["changes"][0]["value"];
    assert_eq!(value(0)["size"], Value::Null);
    assert_eq!(value(1)["size"], 6_000);
    assert_eq!(value(1)["text"], "é".repeat(1_000));

    let inner = json!(
        (0..60)
            .map(|i| json!({"type": "set_context", "key": format!("a{i}"), "value": ""}))
            .collect::<Vec<_>>()
    );
    let folder = Folder::new().file("inner.json", inner.to_string()).file(
        "r.json",
        r#"[{"type": "execute_recipe", "recipe_path": "inner.json"}]"#,
    );
    folder.recipe("run r.json --report run.html");
    let outer = &data(&folder.read("run.html"))["steps"][0];
    assert_eq!(outer["changes"].as_array().unwrap().len(), 50);
    assert_eq!(outer["more"], 10);
}

#[test]
fn files_stay_small_with_deeply_nested_steps() {
    let mut step = json!({"type": "execute_recipe", "recipe_path": "r.json"});
    for _ in 0..15 {
        step = json!({"type": "conditional", "condition": "true", "if_true": {"steps": [step]}});
    }
    let folder = Folder::new().file("r.json", json!([step]).to_string());
    assert_eq!(
        folder
            .recipe("run r.json -q --report run.html --trace run.json")
            .code(),
        1
    );
    let steps = data(&folder.read("run.html"))["steps"]
        .as_array()
        .unwrap()
        .len();
    assert!(steps > 1_000, "{steps}");
    for name in ["run.html", "run.json"] {
        let size = folder.read(name).len();
        assert!(size < 4_000 * steps, "{name} has {size} bytes");
    }
}

#[test]
fn no_content_of_a_run_ends_the_data_block() {
    let hostile = "</script><script>alert(1)</script><!--";
    let recipe = json!([{
        "type": "set_context", "name": hostile, "config": {"key": hostile, "value": hostile},
    }]);
    let folder = Folder::new().file("r.json", recipe.to_string());
    folder.recipe("run r.json --report run.html");
    let page = folder.read("run.html");
    assert!(!page.contains("alert(1)</script>") && !page.contains("<!--"));
    assert_eq!(data(&page)["steps"][0]["name"], hostile);
    assert_eq!(data(&page)["steps"][0]["changes"][0]["name"], hostile);
}

#[test]
fn the_page_requests_nothing_and_allows_no_other_script() {
    let folder = Folder::new().file("r.json", "[]");
    let nonces = ["a.html", "b.html"].map(|name| {
        folder.recipe(&format!("run r.json --report {name}"));
        let page = folder.read(name);
        assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("@@"));
        let (_, behind) = page
            .split_once("default-src 'none'; style-src 'nonce-")
            .unwrap();
        let nonce = behind.split_once('\'').unwrap().0.to_owned();
        assert!(behind.contains(&format!("script-src 'nonce-{nonce}'")));
        nonce
    });
    assert_ne!(nonces[0], nonces[1]);
}

#[test]
fn a_secret_is_masked_everywhere() {
    let secret = "pa\"ss\\wo<rd>-4711";
    let in_json = json!({ "deep": secret }).to_string();
    let recipe = json!([
        {"type": "set_context", "name": secret, "config": {"key": secret, "value": {"in": in_json, secret: [secret]}}},
        {"type": "loop", "items": {secret: 1}, "item_key": "i", "substeps": [
            {"type": "read_file", "path": format!("{secret}.md"), "artifact": "x"}
        ]},
    ]);
    let folder = Folder::new().file("r.json", recipe.to_string());
    let mut command = folder.command("run r.json -q --report run.html --trace run.json --config");
    folder.outcome(command.arg(format!("password={secret}")));
    for name in ["run.html", "run.json"] {
        let text = folder.read(name);
        assert!(text.contains("***"), "{name}");
        for part in ["4711", "ss\\\\wo", "wo<rd", "wo\\u003crd"] {
            assert!(!text.contains(part), "{part} is in {name}: {text}");
        }
    }
}

#[test]
fn a_secret_that_is_learned_late_is_masked_in_earlier_values() {
    let folder = Folder::new()
        .file(
            "main.json",
            r#"[{"type": "set_context", "key": "a", "value": "sk-live-1234"},
                {"type": "execute_recipe", "recipe_path": "sub.json"}]"#,
        )
        .file(
            "sub.json",
            r#"{"env_vars": ["RECIPE_TEST_API_KEY"], "steps": []}"#,
        );
    let mut command = folder.command("run main.json --report run.html --trace run.json");
    folder.outcome(command.env("RECIPE_TEST_API_KEY", "sk-live-1234"));
    let page = folder.read("run.html");
    assert!(!page.contains("sk-live") && page.contains("***"));
}

#[test]
fn an_invalid_recipe_has_a_report() {
    let folder = Folder::new().file("r.json", r#"[{"type": "nope"}]"#);
    assert_eq!(folder.recipe("run r.json --report run.html").code(), 2);
    let report = data(&folder.read("run.html"));
    assert_eq!(
        (&report["outcome"], &report["steps"]),
        (&json!("failed"), &json!([]))
    );
    assert!(
        report["error"]
            .as_str()
            .unwrap()
            .contains("unknown step type: nope")
    );
}

#[test]
fn an_invalid_destination_is_reported_before_the_run() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "write_files", "files": [{"path": "made", "content": ""}]}]"#,
    );
    assert_snapshot!(folder.recipe("run r.json --report no/run.html"), @"
    exit code 2
    --- stderr
    error: cannot write no/run.html: folder not found: no
    ");
    assert_snapshot!(folder.recipe("run r.json --trace no/run.json"), @"
    exit code 2
    --- stderr
    error: cannot write no/run.json: folder not found: no
    ");
    assert_snapshot!(folder.recipe("run r.json --report - --context-out -"), @"
    exit code 2
    --- stderr
    error: --context-out and --report cannot both be written to standard output
    ");
    assert_eq!(folder.names(), ["r.json"]);
}

#[test]
fn a_report_can_go_to_standard_output() {
    let folder = Folder::new().file("r.json", "[]");
    let page = folder.recipe("run r.json -v --report -").stdout();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert_eq!(data(&page)["outcome"], "done");
}
