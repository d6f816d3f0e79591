//! Tool calls of a model.

use insta::assert_snapshot;
use recipe_core::Context;
use recipe_llm::Message;
use recipe_llm::model::SchemaWithTools;
use serde_json::{Value, json};

use crate::scripted::{Outcome, Scripted, calls, cut_off, text};
use crate::tool_server::script;

/// A server with two tools, which handles one call after the other.
const TWO_TOOLS: &str = r#"
handshake
tools look find.it
while :; do
    request
    case $line in
    *'"look"'*) text "$id" seen ;;
    *) reply "$id" '{"content":[{"type":"text","text":"nothing there"}],"isError":true}' ;;
    esac
done
"#;

fn config(servers: Value) -> Value {
    json!({"prompt": "p", "output_format": "text", "output_key": "out", "mcp_servers": servers})
}

async fn generate(model: &Scripted, changes: Value) -> Outcome {
    let mut config = config(json!([script(TWO_TOOLS)]));
    for (name, value) in changes.as_object().unwrap() {
        config[name] = value.clone();
    }
    model.generate(config).await
}

/// The last results sent to the model.
fn results(model: &Scripted) -> String {
    let requests = model.requests.lock().unwrap();
    let Some(Message::ToolResults(results)) = requests.last().unwrap().messages.last() else {
        panic!("no results: {requests:?}");
    };
    let lines = results.iter().map(|result| {
        let ending = if result.is_error { "failed" } else { "done" };
        format!("{} {} {ending}: {}", result.id, result.name, result.content)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_model_calls_tools_until_it_responds() {
    let model = Scripted::new([
        calls([("look", r#"{"where": "here"}"#), ("find_it", "")]),
        text("Seen."),
    ]);
    let outcome = generate(&model, json!({})).await;
    assert_eq!(outcome.artifact("out"), "Seen.");
    let offered = model.requests.lock().unwrap()[0].tools.clone();
    // Providers reject the dot.
    let names: Vec<&str> = offered.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["look", "find_it"]);
    assert_eq!(offered[0].description, "Does look.");
    assert_eq!(offered[0].parameters, json!({"type": "object"}));
    assert_snapshot!(results(&model), @"
    call-0 look done: seen
    call-1 find_it failed: nothing there
    ");
    assert_eq!(outcome.observed.used.lock().unwrap().requests, 2);
    assert_snapshot!(outcome.observed.tools.lock().unwrap().join("\n"), @r#"
    look {"where":"here"} Ok("seen")
    find_it {} Err("nothing there")
    "#);
}

#[tokio::test]
async fn parallel_calls_run_concurrently() {
    // It responds only once it has both requests.
    let server = script(
        "handshake\ntools look\nrequest\nfirst=$id\nrequest\ntext $id second\ntext $first first\nrequest",
    );
    let model = Scripted::new([calls([("look", "{}"), ("look", "{}")]), text("x")]);
    let outcome = model.generate(config(json!([server]))).await;
    assert_eq!(outcome.artifact("out"), "x");
    let mut lines: Vec<String> = results(&model).lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("call-0") && lines[1].starts_with("call-1"));
}

#[tokio::test]
async fn invalid_calls_are_reported_to_the_model() {
    let model = Scripted::new([
        calls([("loook", "{}"), ("look", "[1]"), ("look", "{\"a\": ")]),
        text("x"),
    ]);
    let outcome = generate(&model, json!({})).await;
    assert_eq!(outcome.artifact("out"), "x");
    assert_snapshot!(results(&model), @"
    call-0 loook failed: unknown tool loook, available: look, find_it
    call-1 look failed: arguments are not a JSON object
    call-2 look failed: arguments are not a JSON object: line 1, column 6: unexpected end of input, expected a value
    ");
    assert_eq!(outcome.observed.tools.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_rejected_call_is_reported_to_the_model() {
    let server = script("handshake\ntools look\nrequest\nrefuse $id 'where is missing'\nrequest");
    let model = Scripted::new([calls([("look", "{}")]), text("x")]);
    let outcome = model.generate(config(json!([server]))).await;
    assert_eq!(outcome.artifact("out"), "x");
    assert_snapshot!(results(&model), @"call-0 look failed: where is missing");
}

#[tokio::test]
async fn only_allowed_tools_are_available() {
    for (changes, names) in [
        (json!({"tools_allow": ["look"]}), &["look"][..]),
        (json!({"tools_deny": ["look"]}), &["find_it"]),
        (
            json!({"tools_allow": ["look"], "tools_deny": ["look"]}),
            &[],
        ),
        (json!({"tools_allow": []}), &[]),
    ] {
        let model = Scripted::new([calls([("look", "{}")]), text("x")]);
        let outcome = generate(&model, changes).await;
        assert_eq!(outcome.artifact("out"), "x");
        let offered = model.requests.lock().unwrap()[0].tools.clone();
        let offered: Vec<&str> = offered.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(offered, names);
        // The model may also call tools that are not offered.
        assert_eq!(
            results(&model).contains("done: seen"),
            names.contains(&"look")
        );
    }
}

#[tokio::test]
async fn an_unknown_tool_name_is_an_error() {
    let mut errors = String::new();
    for field in ["tools_allow", "tools_deny"] {
        let outcome = generate(&Scripted::default(), json!({field: ["lok"]})).await;
        errors += &format!("{}\n", outcome.error());
    }
    assert_snapshot!(errors, @"
    r: step 0 (llm_generate): tools_allow: unknown tool lok, available: look, find_it
    r: step 0 (llm_generate): tools_deny: unknown tool lok, available: look, find_it
    ");
}

#[tokio::test]
async fn duplicate_tools_need_a_prefix() {
    let both = json!([script(TWO_TOOLS), script(TWO_TOOLS)]);
    let outcome = Scripted::default().generate(config(both)).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): duplicate tool look in sh and sh: set `tool_prefix` on one of the servers");

    let mut second = script(TWO_TOOLS);
    second["tool_prefix"] = json!("{{ topic }}");
    let model = Scripted::new([calls([("look", "{}"), ("fish_look", "{}")]), text("x")]);
    let both = json!([script(TWO_TOOLS), second]);
    let outcome = model.generate(config(both)).await;
    assert_eq!(outcome.artifact("out"), "x");
    assert_snapshot!(results(&model), @"
    call-0 look done: seen
    call-1 fish_look done: seen
    ");
}

#[tokio::test]
async fn tool_rounds_are_limited() {
    let model = Scripted::new([calls([("look", "{}")]), calls([("look", "{}")])]);
    let outcome = generate(&model, json!({"max_tool_rounds": 1})).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): openai/gpt-4o: still calling tools after 1 rounds (`max_tool_rounds`)");
}

#[tokio::test]
async fn calls_that_are_cut_off_are_not_sent() {
    let model = Scripted::new([cut_off_calls()]);
    let outcome = generate(&model, json!({})).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): openai/gpt-4o: response cut off: max_tokens is too small");
    assert!(outcome.observed.tools.lock().unwrap().is_empty());
}

fn cut_off_calls() -> crate::scripted::Turn {
    let (calls, cut_off) = (calls([("look", "{\"a")]), cut_off(""));
    Box::new(|| {
        let mut response = cut_off()?;
        response.tool_calls = calls()?.tool_calls;
        Ok(response)
    })
}

#[tokio::test]
async fn a_response_after_tools_is_corrected_like_any_other() {
    let model = Scripted::new([calls([("look", "{}")]), text("seven"), text(r#"{"n": 7}"#)]);
    let schema =
        json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let outcome = generate(&model, json!({"output_format": schema})).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
    assert_eq!(model.requests.lock().unwrap()[2].messages.len(), 5);
}

#[tokio::test]
async fn a_server_that_exits_fails_the_step() {
    let server = script("handshake\ntools look\nrequest\necho 'out of fish' >&2; exit 1");
    let model = Scripted::new([calls([("look", "{}")])]);
    let outcome = model.generate(config(json!([server]))).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): tool server exited: sh exited with status 1: out of fish");
}

#[tokio::test]
async fn configured_servers_are_available_to_all_steps() {
    let model = Scripted::new([calls([("look", "{}")]), text("x")]);
    let mut context = Context::new();
    let configured = json!([script(TWO_TOOLS)]);
    context.set_config("mcp_servers", configured);
    let config = json!({"prompt": "p", "output_format": "text", "output_key": "out"});
    let outcome = model.generate_in(config.clone(), context).await;
    assert_eq!(outcome.artifact("out"), "x");
    assert_snapshot!(results(&model), @"call-0 look done: seen");

    let mut context = Context::new();
    context.set_config("mcp_servers", json!([{"comand": "x"}]));
    let outcome = Scripted::default().generate_in(config, context).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): invalid configuration value mcp_servers: expected a list of servers: missing `command` or `url`");
}

#[tokio::test]
async fn servers_that_start_programs_can_be_forbidden() {
    let mut model = Scripted::new([text("x")]);
    model.no_programs = true;
    let here = script("touch started");
    let elsewhere = json!({"url": "http://127.0.0.1:1/mcp"});
    let refused = model
        .generate(config(json!([elsewhere.clone(), here.clone()])))
        .await;
    assert_snapshot!(refused.error(), @"r: line 1, column 149: step 0 (llm_generate): mcp_servers[1].command: servers that start programs are not allowed: not here");

    // Configured servers are rejected as well.
    let mut context = Context::new();
    context.set_config("mcp_servers", json!([here]));
    let refused = model.generate_in(config(json!([])), context).await;
    assert_snapshot!(refused.error(), @"r: step 0 (llm_generate): mcp_servers[0].command: servers that start programs are not allowed: not here");

    let reached = model.generate(config(json!([elsewhere]))).await;
    assert!(
        reached.error().contains("Connection refused"),
        "{}",
        reached.error()
    );
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"seen": {"type": "boolean"}},
        "required": ["seen"],
    })
}

/// The requests so far: last message, names of tools, whether there was a schema.
fn requests(model: &Scripted) -> String {
    let requests = model.requests.lock().unwrap();
    let lines = requests.iter().map(|request| {
        let tools: Vec<&str> = request
            .tools
            .iter()
            .map(|tool| tool.name.as_str())
            .collect();
        let last = match request.messages.last() {
            Some(Message::User(text)) => text.lines().next().unwrap_or_default().to_owned(),
            Some(Message::ToolResults(results)) => results[0].content.clone(),
            other => format!("{other:?}"),
        };
        format!(
            "{last} | {} | {}",
            tools.join(" "),
            request.schema.is_some()
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn tools_first(turns: impl IntoIterator<Item = crate::scripted::Turn>) -> Scripted {
    let mut model = Scripted::new(turns);
    model.schema_with_tools = Some(SchemaWithTools::ToolsFirst);
    model
}

#[tokio::test]
async fn the_format_is_requested_after_the_last_tool_call() {
    let model = tools_first([
        calls([("look", "{}")]),
        text("I have seen it."),
        text(r#"{"seen": true}"#),
    ]);
    let outcome = generate(&model, json!({"output_format": schema()})).await;
    assert_eq!(outcome.artifact("out"), json!({"seen": true}));
    assert_snapshot!(requests(&model), @"
    p | look find_it | false
    seen | look find_it | false
    Give this answer as JSON that fits the schema, and nothing else: |  | true
    ");
    let requests = model.requests.lock().unwrap();
    let Some(Message::User(wanted)) = requests[2].messages.last() else {
        panic!("{requests:?}");
    };
    assert_snapshot!(wanted, @r#"
    Give this answer as JSON that fits the schema, and nothing else:
    {"type":"object","properties":{"seen":{"type":"boolean"}},"required":["seen"]}
    "#);
    assert_eq!(requests[2].messages.len(), 5);
    assert_eq!(outcome.observed.warnings.lock().unwrap().join("\n"), "");
}

#[tokio::test]
async fn a_response_in_the_wrong_format_is_corrected_without_tools() {
    let model = tools_first([
        text("Nothing to look at."),
        text(r#"{"seen": "no"}"#),
        text(r#"{"seen": false}"#),
    ]);
    let outcome = generate(&model, json!({"output_format": schema()})).await;
    assert_eq!(outcome.artifact("out"), json!({"seen": false}));
    assert_snapshot!(requests(&model), @r#"
    p | look find_it | false
    Give this answer as JSON that fits the schema, and nothing else: |  | true
    This cannot be used: the response does not match its schema: /seen: it is not of type "boolean". Answer again, with nothing but JSON that fits the schema: |  | true
    "#);
}

#[tokio::test]
async fn after_an_empty_response_the_request_is_repeated_with_the_format() {
    let model = tools_first([calls([("look", "{}")]), text(""), text(r#"{"seen": true}"#)]);
    let outcome = generate(&model, json!({"output_format": schema()})).await;
    assert_eq!(outcome.artifact("out"), json!({"seen": true}));
    assert_snapshot!(requests(&model), @"
    p | look find_it | false
    seen | look find_it | false
    seen |  | true
    ");
}

#[tokio::test]
async fn reasoning_is_not_sent_back_with_the_format() {
    for (turn, messages) in [
        ("<think>Hm.</think>I have seen it.", 3),
        ("<think>Hm.</think>\n", 1),
        ("<think>Hm.", 1),
    ] {
        let model = tools_first([text(turn), text(r#"{"seen": true}"#)]);
        let outcome = generate(&model, json!({"output_format": schema()})).await;
        assert_eq!(outcome.artifact("out"), json!({"seen": true}));
        let requests = model.requests.lock().unwrap();
        assert_eq!(requests[1].messages.len(), messages, "{turn}");
        assert!(!format!("{:?}", requests[1].messages).contains("Hm."));
    }
}

#[tokio::test]
async fn without_tools_or_a_schema_nothing_is_deferred() {
    let model = tools_first([text("Seen.")]);
    assert_eq!(generate(&model, json!({})).await.artifact("out"), "Seen.");
    let model = tools_first([text(r#"{"seen": true}"#)]);
    let changes = json!({"output_format": schema(), "mcp_servers": []});
    let outcome = generate(&model, changes).await;
    assert_eq!(outcome.artifact("out"), json!({"seen": true}));
    let model = tools_first([text(r#"{"seen": true}"#)]);
    let changes = json!({"output_format": schema(), "tools_allow": []});
    let outcome = generate(&model, changes).await;
    assert_eq!(outcome.artifact("out"), json!({"seen": true}));
    let together = Scripted::new([calls([("look", "{}")]), text(r#"{"seen": true}"#)]);
    let outcome = generate(&together, json!({"output_format": schema()})).await;
    assert_eq!(outcome.artifact("out"), json!({"seen": true}));
    assert!(
        together
            .requests
            .lock()
            .unwrap()
            .iter()
            .all(|request| request.schema.is_some())
    );
}

#[tokio::test]
async fn a_server_that_may_ignore_tools_causes_a_warning() {
    let unsure = |turns: Vec<crate::scripted::Turn>| {
        let mut model = Scripted::new(turns);
        model.schema_with_tools = Some(SchemaWithTools::Unsure);
        model
    };
    let with_schema = json!({"output_format": schema()});
    let model = unsure(vec![text("{}"), text(r#"{"seen": true}"#)]);
    let outcome = generate(&model, with_schema.clone()).await;
    assert_snapshot!(outcome.observed.warnings.lock().unwrap()[0], @"openai/gpt-4o: no tool was called: some servers call none if a response schema is set");
    // A tool was called, or a schema was missing.
    for (turns, changes) in [
        (
            vec![calls([("look", "{}")]), text(r#"{"seen": true}"#)],
            with_schema,
        ),
        (vec![text("Seen.")], json!({})),
    ] {
        let outcome = generate(&unsure(turns), changes).await;
        outcome.artifact("out");
        assert_eq!(outcome.observed.warnings.lock().unwrap().join("\n"), "");
    }
}
