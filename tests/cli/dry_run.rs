//! `recipe run --dry-run`: the plan of a run.

use std::fs;
use std::path::Path;

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::{Value, json};

fn recipe(steps: Value) -> Folder {
    Folder::new().file("main.json", steps.to_string())
}

fn set(key: &str, value: &str) -> Value {
    json!({"type": "set_context", "key": key, "value": value})
}

fn call(path: &str) -> Value {
    json!({"type": "execute_recipe", "recipe_path": path})
}

/// Names and contents of all files in a directory.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let content = fs::read(&path).unwrap();
            found.push((path.display().to_string(), content));
        }
    }
    found.sort();
    found
}

#[test]
fn every_step_is_shown_with_its_known_values() {
    let main = json!({
        "inputs": {"title": {}, "count": {"type": "integer", "default": 3}},
        "steps": [
            set("heading", "{{ title }} ({{ count }})"),
            {"type": "read_files", "name": "the notes", "timeout": 5, "retry": {"attempts": 3}, "config": {
                "path": "{{ title }}.md", "content_key": "notes", "merge_mode": "dict",
            }},
            set("report", "{{ heading }}: {{ notes }}"),
            {"type": "parallel", "max_concurrency": 2, "delay": 0.5, "result_key": "parts", "substeps": [
                {"type": "execute_recipe", "recipe_path": "parts/part.yaml", "context_overrides": {
                    "part": "{{ heading }}", "notes": "{{ notes }}", "tags": "[{{ count }}]",
                }},
                {"type": "read_file", "path": "a.md", "artifact": "a"},
            ]},
            {"type": "write_files", "root": "out", "files": [
                {"path": "{{ title }}.md", "content_key": "report"},
                {"path": "{{ a }}.md", "content": "a long text that has no place on the same line, so that each is on its own"},
            ]},
        ],
    });
    let folder = Folder::new()
        .file("main.json", main.to_string())
        .file("notes.md", "do not read")
        .file(
            "parts/part.yaml",
            "steps:\n- {type: set_context, key: line, value: '{{ part }} {{ notes }} {{ tags[0] }}'}\n\
             - {type: set_context, key: line, value: '{{ part }}, {{ tags[0] }}'}\n",
        );
    let before = files(&folder.path(""));
    assert_snapshot!(folder.recipe("run main.json --dry-run --context title=Q3"), @r#"
    exit code 0
    --- stdout
    0 set_context heading = "Q3 (3)"
    1 "the notes" read_files path: "Q3.md", merge_mode: "dict", timeout: 5, retry.attempts: 3 -> notes
    2 set_context report = "{{ heading }}: {{ notes }}" (known at run time)
    3 parallel 2 substeps, 2 at a time, delay: 0.5 -> parts
      substeps[0] execute_recipe "parts/part.yaml", part = "Q3 (3)", notes = "{{ notes }}" (known at run time), tags = [3]
        0 set_context line = "{{ part }} {{ notes }} {{ tags[0] }}" (known at run time)
        1 set_context line = "Q3 (3), 3"
      substeps[1] read_file path: "a.md" -> a
    4 write_files
        root: "out"
        files[0].path: "Q3.md"
        files[0].content_key: "report"
        files[1].path: ".md"
        files[1].content: "a long text that has no place on the same line, so that each is on its own"
    "#);
    assert!(before == files(&folder.path("")));
}

#[test]
fn a_known_condition_shows_only_its_branch() {
    let conditional = |condition: Value| {
        json!({
            "type": "conditional", "condition": condition,
            "if_true": {"steps": [set("branch", "one")]},
            "if_false": {"steps": [set("branch", "other"), set("c", "2")]},
        })
    };
    let folder = recipe(json!([
        {"type": "read_file", "path": "a", "artifact": "read"},
        conditional(json!("{{ given }} > 2")),
        set("after", "{{ branch }}"),
        conditional(json!("{% if given == '9' %}true{% else %}false{% endif %}")),
        conditional(json!("'{{ read }}' == ''")),
        set("after", "{{ branch }} {{ given }}"),
        conditional(json!("file_exists('{{ given }}')")),
        conditional(json!(true)),
        {"type": "conditional", "condition": false, "if_true": {"steps": [call("missing.json")]}},
        set("after", "{{ branch }}"),
    ]));
    assert_snapshot!(folder.recipe("run main.json --dry-run --context given=3"), @r#"
    exit code 0
    --- stdout
    0 read_file path: "a" -> read
    1 conditional "3 > 2": holds
      if_true[0] set_context branch = "one"
      if_false: 2 steps not taken
    2 set_context after = "one"
    3 conditional "{% if given == '9' %}true{% else %}false{% endif %}": does not hold
      if_false[0] set_context branch = "other"
      if_false[1] set_context c = "2"
      if_true: 1 step not taken
    4 conditional "'{{ read }}' == ''" (known at run time)
      if_true[0] set_context branch = "one"
      if_false[0] set_context branch = "other"
      if_false[1] set_context c = "2"
    5 set_context after = "{{ branch }} {{ given }}" (known at run time)
    6 conditional "file_exists('3')" (known at run time)
      if_true[0] set_context branch = "one"
      if_false[0] set_context branch = "other"
      if_false[1] set_context c = "2"
    7 conditional true: holds
      if_true[0] set_context branch = "one"
      if_false: 2 steps not taken
    8 conditional false: does not hold
      if_true: 1 step not taken
    9 set_context after = "one"
    "#);
}

#[test]
fn a_loop_is_shown_once_with_the_number_of_its_items() {
    let each = |items: Value| {
        json!({
            "type": "loop", "items": items, "item_key": "part", "result_key": "made",
            "substeps": [set("part", "{{ part }} {{ __index }}"), set("other", "{{ fixed }}")],
        })
    };
    let folder = recipe(json!([
        set("fixed", "yes"),
        {"type": "set_context", "key": "parts", "value": ["a", "b"]},
        {"type": "set_context", "key": "book", "value": {"chapters": {"one": 1}}},
        each(json!("parts")),
        each(json!("{{ 'book' }}.chapters")),
        each(json!([])),
        each(json!("made")),
        set("after", "{{ part }}|{{ other }}|{{ fixed }}"),
    ]));
    assert_snapshot!(folder.recipe("run main.json --dry-run"), @r#"
    exit code 0
    --- stdout
    0 set_context fixed = "yes"
    1 set_context parts = ["a","b"]
    2 set_context book = {"chapters":{"one":1}}
    3 loop each part in parts: 2 items, one at a time -> made
      substeps[0] set_context part = "{{ part }} {{ __index }}" (known at run time)
      substeps[1] set_context other = "yes"
    4 loop each part in "book.chapters": 1 item -> made
      substeps[0] set_context part = "{{ part }} {{ __index }}" (known at run time)
      substeps[1] set_context other = "yes"
    5 loop each part in a list: no items -> made
    6 loop each part in made: items known at run time, one at a time -> made
      substeps[0] set_context part = "{{ part }} {{ __index }}" (known at run time)
      substeps[1] set_context other = "yes"
    7 set_context after = "||yes"
    "#);
}

#[test]
fn on_error_steps_are_shown_below_the_step() {
    let folder = recipe(json!([
        set("a", "before"),
        {"type": "execute_recipe", "config": {"recipe_path": "sets.json"}, "on_error": {"steps": [
            set("said", "{{ error.message }}"), set("now", "{{ a }}{{ b }}"),
        ]}},
        set("after", "{{ a }}"),
        {"type": "read_file", "config": {"path": "x", "artifact": "x"}, "on_error": {"steps": []}},
        {"type": "execute_recipe", "config": {"recipe_path": "missing.json"}, "on_error": {"steps": [
            set("a", "recovered"),
        ]}},
        set("after", "{{ a }}"),
    ]))
    .file("sets.json", json!([set("a", "during"), set("b", "1")]).to_string());
    assert_snapshot!(folder.recipe("run main.json --dry-run"), @r#"
    exit code 0
    --- stdout
    0 set_context a = "before"
    1 execute_recipe "sets.json"
      0 set_context a = "during"
      1 set_context b = "1"
      on_error[0] set_context said = "{{ error.message }}" (known at run time)
      on_error[1] set_context now = "{{ a }}{{ b }}" (known at run time)
    2 set_context after = "{{ a }}" (known at run time)
    3 read_file path: "x" -> x
      on_error: carries on
    4 execute_recipe "missing.json"
      fails: missing.json: recipe file not found
      on_error[0] set_context a = "recovered"
    5 set_context after = "recovered"
    "#);
}

#[test]
fn nothing_is_known_after_a_recipe_that_is_not_followed() {
    let folder = recipe(json!([
        {"type": "read_file", "path": "a", "artifact": "read"},
        call("{{ read }}.json"),
        set("after", "{{ given }}{{ never }}"),
        set("given", "again"),
        set("after", "{{ given }}"),
        {"type": "parallel", "substeps": [call("{{ read }}.json")]},
        set("after", "{{ given }}"),
    ]));
    assert_snapshot!(folder.recipe("run main.json --dry-run --context given=1"), @r#"
    exit code 0
    --- stdout
    0 read_file path: "a" -> read
    1 execute_recipe "{{ read }}.json" (known at run time)
    2 set_context after = "{{ given }}{{ never }}" (known at run time)
    3 set_context given = "again"
    4 set_context after = "again"
    5 parallel 1 substep
      substeps[0] execute_recipe "{{ read }}.json" (known at run time)
    6 set_context after = "again"
    "#);
}

#[test]
fn values_are_merged_and_rendered_again_as_in_a_run() {
    let folder = recipe(json!([
        {"type": "set_context", "key": "log", "value": "{{ 'one' }}"},
        {"type": "set_context", "key": "log", "value": ", two", "if_exists": "merge"},
        set("template", "{% raw %}{{ log }}{% endraw %}"),
        {"type": "set_context", "key": "log", "value": "{{ template }}!", "nested_render": true},
        {"type": "read_file", "path": "a", "artifact": "read"},
        {"type": "set_context", "key": "read", "value": "more", "if_exists": "merge"},
        set("all", "{{ read }}"),
    ]));
    assert_snapshot!(folder.recipe("run main.json --dry-run"), @r#"
    exit code 0
    --- stdout
    0 set_context log = "one"
    1 set_context log = ", two", if_exists: "merge"
    2 set_context template = "{{ log }}"
    3 set_context log = "one, two!", nested_render: true
    4 read_file path: "a" -> read
    5 set_context read = "more", if_exists: "merge"
    6 set_context all = "{{ read }}" (known at run time)
    "#);
}

#[test]
fn recipes_that_call_themselves_are_followed_once() {
    let folder = recipe(json!([call("a.json"), call("a.json"), call("./main.json")]))
        .file("a.json", json!([call("b.json")]).to_string())
        .file(
            "b.json",
            json!([call("a.json"), set("done", "yes")]).to_string(),
        );
    assert_snapshot!(folder.recipe("run main.json --dry-run"), @r#"
    exit code 0
    --- stdout
    0 execute_recipe "a.json"
      0 execute_recipe "b.json"
        0 execute_recipe "a.json" (calls itself again, not followed)
        1 set_context done = "yes"
    1 execute_recipe "a.json"
      0 execute_recipe "b.json"
        0 execute_recipe "a.json" (calls itself again, not followed)
        1 set_context done = "yes"
    2 execute_recipe "./main.json" (calls itself again, not followed)
    "#);
}

#[test]
fn recipes_that_multiply_are_followed_up_to_a_limit() {
    let mut folder = recipe(json!([call("0.json")]));
    for index in 0..30 {
        let next = call(&format!("{}.json", index + 1));
        let steps = json!([next, next, next, next]);
        folder = folder.file(&format!("{index}.json"), steps.to_string());
    }
    let folder = folder.file("30.json", "[]");
    let outcome = folder.recipe("run main.json --dry-run");
    let plan = outcome.stdout();
    assert_eq!(outcome.code(), 0);
    assert!(
        plan.lines().count() < 5_000,
        "{} lines",
        plan.lines().count()
    );
    assert!(
        plan.contains("execute_recipe \"3.json\" (over 1000 calls, not followed)"),
        "{plan}"
    );
}

#[test]
fn a_plan_has_a_limited_length() {
    let steps: Vec<Value> = (0..12_000).map(|_| set("a", "1")).collect();
    let outcome = recipe(json!(steps)).recipe("run main.json --dry-run");
    let plan = outcome.stdout();
    let last: Vec<_> = plan.lines().skip(9_999).collect();
    assert_eq!(
        last,
        [
            "9999 set_context a = \"1\"",
            "… the plan ends here, after 10000 steps"
        ]
    );

    let deep = (0..45).fold(
        set("a", "1"),
        |inner, _| json!({"type": "parallel", "substeps": [inner, set("b", "2")]}),
    );
    let outcome = recipe(json!([deep])).recipe("run main.json --dry-run");
    assert_eq!(outcome.code(), 0);
    assert!(outcome.stdout().contains("too deep to show"), "{outcome}");
}

#[test]
fn an_invalid_recipe_ends_a_dry_run_like_a_run() {
    let folder = recipe(json!([{"type": "set_contxt", "key": "a"}]))
        .file(
            "inputs.json",
            json!({"inputs": {"n": {"type": "integer"}, "m": {}}, "steps": []}).to_string(),
        )
        .file("calls.json", json!([set("a", "1"), call("main.json")]).to_string())
        .file("lost.json", json!([call("missing.json"), set("a", "1")]).to_string())
        .file(
            "writes.json",
            json!([
                {"type": "write_files", "root": "out", "files": [{"path": "main.json", "content": "[]"}]},
                call("./main.json"),
            ])
            .to_string(),
        )
        .file(
            "items.json",
            json!([
                {"type": "loop", "items": [1], "item_key": "i", "substeps": [
                    {"type": "parallel", "substeps": [{"type": "conditional", "condition": "{{ x }}"}]},
                ]},
            ])
            .to_string(),
        );
    for (arguments, code) in [
        ("main.json", 2),
        ("nowhere.json", 2),
        ("inputs.json", 2),
        ("inputs.json --context n=x", 2),
        ("calls.json", 1),
        ("lost.json", 1),
        ("items.json", 1),
        ("writes.json", 1),
        ("main.json --context-file missing.json", 2),
    ] {
        let run = folder.recipe(&format!("run -q {arguments}"));
        let dry = folder.recipe(&format!("run -q {arguments} --dry-run"));
        assert_eq!(
            (dry.code(), dry.stderr()),
            (code, run.stderr()),
            "{arguments}"
        );
        assert_eq!(run.code(), code, "{arguments}");
    }
    assert_snapshot!(folder.recipe("run calls.json --dry-run"), @r#"
    exit code 1
    --- stdout
    0 set_context a = "1"
    1 execute_recipe "main.json"
      fails: main.json: line 1, column 10: step 0: unknown step type: set_contxt
    --- stderr
    error: calls.json: step 1 (execute_recipe): main.json: line 1, column 10: step 0: unknown step type: set_contxt
    help: did you mean `set_context`?
    "#);
    assert_eq!(folder.recipe("run main.json --dry-run").stdout(), "");
}

#[test]
fn an_uncertain_failure_is_shown_at_its_step() {
    let bad = || json!([call("bad.json"), set("unreached", "1")]);
    let folder = recipe(json!([
        {"type": "read_file", "path": "a", "artifact": "read"},
        {"type": "conditional", "condition": "{{ read }}", "if_true": {"steps": bad()},
         "if_false": {"steps": [set("branch", "other")]}},
        set("branch_is", "{{ branch }}"),
        {"type": "loop", "items": "read", "item_key": "i", "substeps": bad()},
        {"type": "parallel", "fail_fast": false, "substeps": [call("bad.json"), set("a", "1")]},
        {"type": "write_files", "files": [{"path": "bad.json", "content": "[]"}]},
        call("bad.json"),
        set("end", "{{ branch }}"),
    ]))
    .file("bad.json", "[1]");
    assert_snapshot!(folder.recipe("run main.json --dry-run"), @r#"
    exit code 0
    --- stdout
    0 read_file path: "a" -> read
    1 conditional "{{ read }}" (known at run time)
      if_true[0] execute_recipe "bad.json"
        fails: bad.json: line 1, column 2: steps[0]: expected an object with a `type`, found `1`
      if_false[0] set_context branch = "other"
    2 set_context branch_is = "other"
    3 loop each i in read: items known at run time, one at a time
      substeps[0] execute_recipe "bad.json"
        fails: bad.json: line 1, column 2: steps[0]: expected an object with a `type`, found `1`
    4 parallel 2 substeps, all at once, fail_fast: false
      substeps[0] execute_recipe "bad.json"
        fails: bad.json: line 1, column 2: steps[0]: expected an object with a `type`, found `1`
      substeps[1] set_context a = "1"
    5 write_files files[0].path: "bad.json", files[0].content: "[]"
    6 execute_recipe "bad.json"
      not followed, as it is now: line 1, column 2: steps[0]: expected an object with a `type`, found `1`
    7 set_context end = "{{ branch }}" (known at run time)
    "#);
}

#[test]
fn unknown_fields_are_warnings_and_errors_under_strict() {
    let steps = json!([{"type": "set_context", "key": "a", "value": 1, "vlue": 2}]);
    let folder = recipe(json!([call("inner.json")])).file("inner.json", steps.to_string());
    assert_snapshot!(folder.recipe("run main.json --dry-run"), @r#"
    exit code 0
    --- stdout
    0 execute_recipe "inner.json"
      0 set_context a = 1, vlue: 2
    --- stderr
    warning: 0/inner.json: line 1, column 44: step 0 (set_context): unknown field: vlue
    help: did you mean `value`?
    "#);
    assert_eq!(
        folder.recipe("run main.json --dry-run --quiet").stderr(),
        ""
    );
    assert_snapshot!(folder.recipe("run main.json --dry-run --strict"), @r#"
    exit code 1
    --- stdout
    0 execute_recipe "inner.json"
      fails: inner.json: line 1, column 44: step 0 (set_context): unknown field: vlue
    --- stderr
    error: main.json: step 0 (execute_recipe): inner.json: line 1, column 44: step 0 (set_context): unknown field: vlue
    help: did you mean `value`?
    "#);
}

#[test]
fn secrets_are_masked_and_control_characters_escaped() {
    let folder = Folder::new()
        .file(
            "main.json",
            json!({"env_vars": ["RECIPE_TEST_TOKEN"], "steps": [
                set("a", "{{ given }} and {{ other }}"),
                set("long", &format!("{}sk-live-1234", "x".repeat(95))),
                {"type": "read_file", "name": "sk-live-1234\u{1b}[31m", "config": {
                    "path": "sk-live-1234/\u{9b}31m", "artifact": "sk-live-1234",
                }},
                {"type": "conditional", "condition": "'tok-5678' == ''"},
                set("lines", "one\ntwo"),
            ]})
            .to_string(),
        )
        .file(".env", "RECIPE_TEST_TOKEN=tok-5678\n");
    let arguments = "run main.json --dry-run --config api_key=sk-live-1234 --context given=sk-live-1234 \
                     --context other=tok-5678";
    let outcome = folder.recipe(arguments);
    assert!(!outcome.stdout().contains("sk-l"), "{outcome}");
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    0 set_context a = "*** and ***"
    1 set_context long = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx***"
    2 "***\u001b[31m" read_file path: "***/\u{9b}31m" -> ***
    3 conditional "'***' == ''": does not hold
    4 set_context lines = "one\ntwo"
    "#);
}

#[test]
fn a_dry_run_writes_no_results() {
    let folder = recipe(json!([]));
    for option in [
        "--context-out x.json",
        "--events e",
        "--report r.html",
        "--trace t",
        "--log-dir logs",
        "-v",
    ] {
        let outcome = folder.recipe(&format!("run main.json --dry-run {option}"));
        assert_eq!(outcome.code(), 2, "{option}");
        assert!(
            outcome.stderr().contains("cannot be used with"),
            "{outcome}"
        );
    }
    assert_eq!(folder.names(), ["main.json"]);
    assert_snapshot!(folder.recipe("run main.json --dry-run"), @"
    exit code 0
    --- stdout
    no steps
    ");
}

#[cfg(unix)]
#[test]
fn a_pipe_instead_of_a_recipe_is_not_opened() {
    let folder = recipe(json!([call("pipe.json")]));
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path("pipe.json"))
        .status();
    assert!(made.unwrap().success());
    assert_snapshot!(folder.recipe("run main.json --dry-run"), @r#"
    exit code 0
    --- stdout
    0 execute_recipe "pipe.json" (not a regular file, not followed)
    "#);
}

#[test]
fn a_dry_run_rejects_the_steps_that_a_run_rejects() {
    let folder = Folder::new().file("r.json", r#"[{"type": "shell", "command": "true"}]"#);
    let [run, dry] = ["", " --dry-run"]
        .map(|option| folder.recipe(&format!("run r.json --no-commands{option}")));
    assert_eq!((run.code(), run.stderr()), (2, dry.stderr()));
    assert_eq!((dry.code(), &*dry.stdout()), (2, ""));
    assert_eq!(folder.recipe("run r.json --dry-run").code(), 0);
}
