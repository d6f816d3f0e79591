//! End-to-end tests of `llm_generate` with a scripted local server.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Folder;
use crate::model_server::{KEY, Reply, Server};

fn generate(prompt: &str, key: &str) -> Value {
    json!({"type": "llm_generate", "config": {"prompt": prompt, "model": "openai/m", "output_format": "text", "output_key": key}})
}

fn folder(steps: &Value) -> Folder {
    Folder::new().file("r.json", steps.to_string())
}

#[test]
fn a_response_is_an_artifact_and_its_usage_is_reported() {
    let server = Server::new([Reply::Text("Fish swim."), Reply::Text("And sleep.")]);
    let folder = folder(&json!([
        generate("one", "a"),
        generate("{{ a }} Go on.", "b")
    ]));
    let outcome = server.recipe(&folder, "run r.json --context-out - --events e.jsonl");
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {
      "a": "Fish swim.",
      "b": "And sleep."
    }
    --- stderr
    2 steps done, 2 requests, 24 tokens in, 6 out in [time]
    "#);
    let used = folder.read("e.jsonl");
    let used: Vec<&str> = used
        .lines()
        .filter(|line| line.contains("\"used\""))
        .collect();
    assert_eq!(used.len(), 2, "{used:?}");
    let asked = server.asked.lock().unwrap();
    assert_eq!(asked[1]["messages"][0]["content"], "Fish swim. Go on.");
}

#[test]
fn a_wrong_key_is_reported_at_once_and_not_shown() {
    let server = Server::new([Reply::Status(
        401,
        "Incorrect API key provided: sk-live-1234",
    )]);
    let folder = folder(&json!([generate("one", "a")]));
    let outcome = server.recipe(
        &folder,
        "run r.json -v --log-dir logs --events e.jsonl --report r.html --durable --store s",
    );
    assert_eq!(outcome.code(), 1);
    assert_snapshot!(outcome, @"
    exit code 1
    --- stderr
    running    r.json
    started    0 llm_generate
    failed     0 llm_generate ([time])
    error: r.json: step 0 (llm_generate): openai/m: provider rejected the API key (HTTP 401): Incorrect API key provided: ***
    0 steps done, 1 failed in [time]
    help: to resume: recipe resume [run] --store s
    ");
    let mut texts = vec![
        outcome.stderr(),
        folder.read("e.jsonl"),
        folder.read("r.html"),
        folder.read("logs/debug.log"),
    ];
    let run = std::fs::read_dir(folder.path("s")).unwrap().next().unwrap();
    let journal = std::fs::read(run.unwrap().path().join("run.db")).unwrap();
    texts.push(String::from_utf8_lossy(&journal).into_owned());
    for text in texts {
        assert!(!text.contains(KEY), "{text}");
    }
}

#[test]
fn a_password_in_a_url_is_not_logged() {
    // The URL of a reusable connection is logged.
    let server = Server::new([Reply::Open("Fish swim.")]);
    let folder = folder(&json!([generate("one", "a")]));
    let mut command = server.command(&folder, "run r.json -vv --log-dir logs --events e.jsonl");
    let address = server.address.replace("//", "//me:pass-5678@");
    let outcome = folder.outcome(command.env("OPENAI_BASE_URL", address));
    assert_eq!(outcome.code(), 0, "{outcome}");
    for text in [
        outcome.stderr(),
        folder.read("e.jsonl"),
        folder.read("logs/debug.log"),
    ] {
        assert!(!text.contains("pass-5678"), "{text}");
    }
}

#[test]
fn a_missing_key_is_reported() {
    let folder = folder(&json!([generate("one", "a")]));
    let mut command = folder.command("run r.json");
    command
        .env_remove("OPENAI_API_KEY")
        .env_remove("OPENAI_BASE_URL");
    assert_snapshot!(folder.outcome(&mut command), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (llm_generate): openai/m: openai_api_key is not configured: set the environment variable OPENAI_API_KEY and list it in env_vars, or set the configuration value
    0 steps done, 1 failed in [time]
    ");
}

#[test]
fn a_response_that_was_paid_for_is_not_requested_again() {
    let server = Server::new([
        Reply::Text("Fish swim."),
        Reply::Status(400, "no"),
        Reply::Text("Yes."),
    ]);
    let folder = folder(&json!([generate("one", "a"), generate("two", "b")]));
    assert_eq!(
        server
            .recipe(&folder, "run r.json --durable --store s -q")
            .code(),
        1
    );
    let outcome = server.recipe(&folder, "resume --store s --context-out out.json");
    assert_snapshot!(outcome, @"
    exit code 0
    --- stderr
    1 step done, 1 reused, 1 request, 12 tokens in, 3 out in [time]
    ");
    assert_eq!(server.asked(), 3);
    assert_eq!(
        folder.read_json("out.json"),
        json!({"a": "Fish swim.", "b": "Yes."})
    );
    let shown = folder.recipe("show --store s").stdout();
    assert!(
        shown.contains("used       2 requests, 24 tokens in, 6 out"),
        "{shown}"
    );
}

#[test]
fn a_run_that_waits_for_a_response_stops_at_once() {
    let server = Server::new([Reply::Silence]);
    let folder = folder(&json!([generate("one", "a")]));
    let mut command = server.command(&folder, "run r.json");
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    while server.asked() == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    let stopped = Instant::now();
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(stopped.elapsed() < Duration::from_secs(5));
}

/// Recipe with `cache: true`.
fn cached(prompt: &str, key: &str) -> Value {
    let mut step = generate(prompt, key);
    step["config"]["cache"] = json!(true);
    step
}

#[test]
fn editing_the_last_step_repeats_no_request() {
    let server = Server::new([Reply::Text("Fish swim."), Reply::Text("Yes.")]);
    let folder = folder(&json!([cached("one", "a"), cached("two {{ a }}", "b")]));
    let first = server.recipe(&folder, "run r.json -q");
    assert_eq!(first.code(), 0);
    let edit = json!({"type": "set_context", "key": "c", "value": "{{ a }} {{ b }}"});
    let folder = folder.file(
        "r.json",
        json!([cached("one", "a"), cached("two {{ a }}", "b"), edit]).to_string(),
    );
    let second = server.recipe(&folder, "run r.json --context-out - --log-dir logs");
    assert_snapshot!(second, @r#"
    exit code 0
    --- stdout
    {
      "a": "Fish swim.",
      "b": "Yes.",
      "c": "Fish swim. Yes."
    }
    --- stderr
    3 steps done in [time]
    "#);
    assert_eq!(server.asked(), 2);
    let log = folder.read("logs/info.log");
    let told: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("found in the cache"))
        .collect();
    assert_eq!(told.len(), 2, "{log}");
    assert!(
        told[0].ends_with("openai/m: response found in the cache"),
        "{log}"
    );
}

#[test]
fn responses_are_cached_without_prompts_and_keys() {
    let server = Server::new([
        Reply::Text("Fish swim."),
        Reply::Text("The key is sk-live-1234."),
        Reply::Text("The key is sk-live-1234."),
    ]);
    let folder = folder(&json!([
        cached("What of the trout?", "a"),
        cached("Which key?", "b")
    ]));
    for durable in ["", " --durable"] {
        let outcome = server.recipe(&folder, &format!("run r.json -q{durable}"));
        assert_eq!(outcome.code(), 0, "{outcome}");
    }
    assert_eq!(server.asked(), 3);
    let answers = std::fs::read_dir(folder.path("state/recipe/answers")).unwrap();
    let answers: Vec<String> = answers
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert_snapshot!(answers.join("\n"), @r#"{"text":"Fish swim.","tool_calls":[]}"#);
}

#[test]
fn responses_that_cannot_be_cached_are_reported_and_used() {
    let server = Server::new([Reply::Text("Fish swim.")]);
    let folder = folder(&json!([cached("one", "a")])).file("state", "not a folder");
    let outcome = server.recipe(&folder, "run r.json --context-out -");
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {
      "a": "Fish swim."
    }
    --- stderr
    warning: 0: cache: cannot use [folder]/state/recipe/answers: Not a directory (os error 20)
    1 step done, 1 request, 12 tokens in, 3 out in [time]
    "#);
}

#[test]
fn the_request_of_a_dry_run_is_the_one_that_is_sent() {
    let server = Server::new([Reply::Text("Fish swim.")]);
    let step = generate("Tell me of {{ topic }}.", "a");
    let folder = folder(
        &json!([step, generate("{{ a }}", "b"), {"type": "llm_generate", "config": {
            "prompt": "p", "model": "anthropic/m", "output_format": "text",
        }}]),
    );
    let arguments = "run r.json --context topic=fish --dry-run --show-requests";
    let shown = server.recipe(&folder, arguments);
    assert!(!shown.to_string().contains(KEY), "{shown}");
    assert_eq!(server.asked(), 0);
    let address = server.address.trim_end_matches("/v1");
    assert_snapshot!(shown.to_string().replace(address, "[address]"), @r#"
    exit code 0
    --- stdout
    0 llm_generate prompt: "Tell me of fish.", model: "openai/m", output_format: "text" -> a
        request: POST [address]/v1/chat/completions
          authorization: Bearer ***
          content-type: application/json
          {
            "model": "m",
            "messages": [
              {
                "role": "user",
                "content": "Tell me of fish."
              }
            ]
          }
    1 llm_generate prompt: "{{ a }}" (known at run time), model: "openai/m", output_format: "text" -> b
        request: known at run time
    2 llm_generate prompt: "p", model: "anthropic/m", output_format: "text" -> llm_output
        request: none: anthropic_api_key is not configured: set the environment variable ANTHROPIC_API_KEY and list it in env_vars, or set the configuration value
    "#);

    let first = json!([step]);
    let folder = folder.file("first.json", first.to_string());
    server.recipe(&folder, "run first.json --context topic=fish");
    let asked = server.asked.lock().unwrap();
    let body = serde_json::to_string_pretty(&asked[0]).unwrap();
    let body = body.lines().map(|line| format!("      {line}\n"));
    assert!(shown.to_string().contains(&body.collect::<String>()));
}

#[test]
fn requests_are_shown_by_dry_runs_only() {
    let folder = folder(&json!([]));
    let outcome = folder.recipe("run r.json --show-requests");
    assert_snapshot!(outcome, @"
    exit code 2
    --- stderr
    error: the following required arguments were not provided:
      --dry-run

    Usage: recipe run --dry-run --show-requests <RECIPE>

    For more information, try '--help'.
    ");
}
