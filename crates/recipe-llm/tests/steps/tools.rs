//! Tools that a model calls.

use insta::assert_snapshot;
use recipe_core::Context;
use recipe_llm::{Message, SchemaWithTools};
use serde_json::{Value, json};

use crate::scripted::{Outcome, Scripted, calls, cut_off, text};
use crate::tool_server::script;

/// A server with two tools, which does what it is asked one call after the other.
const TWO_TOOLS: &str = r#"
hello
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

/// The results that the model was shown last.
fn results(model: &Scripted) -> String {
    let asked = model.asked.lock().unwrap();
    let Some(Message::ToolResults(results)) = asked.last().unwrap().messages.last() else {
        panic!("no results: {asked:?}");
    };
    let lines = results.iter().map(|result| {
        let ending = if result.is_error { "failed" } else { "done" };
        format!("{} {} {ending}: {}", result.id, result.name, result.content)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_model_has_tools_called_until_it_answers() {
    let model = Scripted::new([
        calls([("look", r#"{"where": "here"}"#), ("find_it", "")]),
        text("Seen."),
    ]);
    let outcome = generate(&model, json!({})).await;
    assert_eq!(outcome.artifact("out"), "Seen.");
    let offered = model.asked.lock().unwrap()[0].tools.clone();
    // Providers refuse the dot.
    let names: Vec<&str> = offered.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["look", "find_it"]);
    assert_eq!(offered[0].description, "Does look.");
    assert_eq!(offered[0].parameters, json!({"type": "object"}));
    assert_snapshot!(results(&model), @"
    call-0 look done: seen
    call-1 find_it failed: nothing there
    ");
    assert_eq!(outcome.told.used.lock().unwrap().requests, 2);
    assert_snapshot!(outcome.told.tools.lock().unwrap().join("\n"), @r#"
    look {"where":"here"} Ok("seen")
    find_it {} Err("nothing there")
    "#);
}

#[tokio::test]
async fn calls_at_once_are_on_their_way_at_once() {
    // It answers none of them before it has both.
    let server = script(
        "hello\ntools look\nrequest\nfirst=$id\nrequest\ntext $id second\ntext $first first\nrequest",
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
async fn what_a_model_gets_wrong_it_is_told() {
    let model = Scripted::new([
        calls([("loook", "{}"), ("look", "[1]"), ("look", "{\"a\": ")]),
        text("x"),
    ]);
    let outcome = generate(&model, json!({})).await;
    assert_eq!(outcome.artifact("out"), "x");
    assert_snapshot!(results(&model), @"
    call-0 loook failed: there is no tool loook, but look, find_it
    call-1 look failed: the arguments are not a JSON object
    call-2 look failed: the arguments are not a JSON object: line 1, column 6: unexpected end of input, expected a value
    ");
    assert_eq!(outcome.told.tools.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_call_that_the_server_refuses_is_shown_to_the_model() {
    let server = script("hello\ntools look\nrequest\nrefuse $id 'where is missing'\nrequest");
    let model = Scripted::new([calls([("look", "{}")]), text("x")]);
    let outcome = model.generate(config(json!([server]))).await;
    assert_eq!(outcome.artifact("out"), "x");
    assert_snapshot!(results(&model), @"call-0 look failed: where is missing");
}

#[tokio::test]
async fn only_tools_that_are_allowed_and_not_denied_are_there() {
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
        let offered = model.asked.lock().unwrap()[0].tools.clone();
        let offered: Vec<&str> = offered.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(offered, names);
        // Whether it is offered or not: the model may try.
        assert_eq!(
            results(&model).contains("done: seen"),
            names.contains(&"look")
        );
    }
}

#[tokio::test]
async fn a_misspelt_tool_is_no_other_tool() {
    let mut errors = String::new();
    for field in ["tools_allow", "tools_deny"] {
        let outcome = generate(&Scripted::default(), json!({field: ["lok"]})).await;
        errors += &format!("{}\n", outcome.error());
    }
    assert_snapshot!(errors, @"
    r: step 0 (llm_generate): tools_allow: no server has a tool lok, there are look, find_it
    r: step 0 (llm_generate): tools_deny: no server has a tool lok, there are look, find_it
    ");
}

#[tokio::test]
async fn tools_of_one_name_need_a_prefix() {
    let both = json!([script(TWO_TOOLS), script(TWO_TOOLS)]);
    let outcome = Scripted::default().generate(config(both)).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): two tools are called look, of sh and of sh: give one of the servers a `tool_prefix`");

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
async fn rounds_are_bounded() {
    let model = Scripted::new([calls([("look", "{}")]), calls([("look", "{}")])]);
    let outcome = generate(&model, json!({"max_tool_rounds": 1})).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): openai/gpt-4o: it wants more tools called after 1 rounds, `max_tool_rounds` says how many it may have");
}

#[tokio::test]
async fn calls_that_are_cut_off_are_not_made() {
    let model = Scripted::new([cut_off_calls()]);
    let outcome = generate(&model, json!({})).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): openai/gpt-4o: the answer was cut off, max_tokens is too small for it");
    assert!(outcome.told.tools.lock().unwrap().is_empty());
}

fn cut_off_calls() -> crate::scripted::Turn {
    let (calls, cut_off) = (calls([("look", "{\"a")]), cut_off(""));
    Box::new(|| {
        let mut answer = cut_off()?;
        answer.tool_calls = calls()?.tool_calls;
        Ok(answer)
    })
}

#[tokio::test]
async fn an_answer_after_tools_is_put_right_as_any_other() {
    let model = Scripted::new([calls([("look", "{}")]), text("seven"), text(r#"{"n": 7}"#)]);
    let schema =
        json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let outcome = generate(&model, json!({"output_format": schema})).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
    assert_eq!(model.asked.lock().unwrap()[2].messages.len(), 5);
}

#[tokio::test]
async fn a_server_that_is_gone_ends_the_step() {
    let server = script("hello\ntools look\nrequest\necho 'out of fish' >&2; exit 1");
    let model = Scripted::new([calls([("look", "{}")])]);
    let outcome = model.generate(config(json!([server]))).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): the server is gone: sh exited with status 1: out of fish");
}

#[tokio::test]
async fn servers_of_the_configuration_are_there_for_all_steps() {
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
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): the configuration value mcp_servers is no list of servers: a server has either `command` or `url`");
}

#[tokio::test]
async fn servers_that_are_programs_are_refused_where_no_programs_may_run() {
    let mut model = Scripted::new([text("x")]);
    model.no_programs = true;
    let here = script("touch started");
    let elsewhere = json!({"url": "http://127.0.0.1:1/mcp"});
    let refused = model
        .generate(config(json!([elsewhere.clone(), here.clone()])))
        .await;
    assert_snapshot!(refused.error(), @"r: line 1, column 149: step 0 (llm_generate): mcp_servers[1].command: servers that are programs are refused: not here");

    // Those of the configuration, too, whoever has put them there.
    let mut context = Context::new();
    context.set_config("mcp_servers", json!([here]));
    let refused = model.generate_in(config(json!([])), context).await;
    assert_snapshot!(refused.error(), @"r: step 0 (llm_generate): mcp_servers[0].command: servers that are programs are refused: not here");

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

/// How the conversation stood at each request: the last message, the names of tools, whether there was a schema.
fn asked(model: &Scripted) -> String {
    let asked = model.asked.lock().unwrap();
    let lines = asked.iter().map(|request| {
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
async fn the_format_is_asked_for_when_no_more_tools_are_wanted() {
    let model = tools_first([
        calls([("look", "{}")]),
        text("I have seen it."),
        text(r#"{"seen": true}"#),
    ]);
    let outcome = generate(&model, json!({"output_format": schema()})).await;
    assert_eq!(outcome.artifact("out"), json!({"seen": true}));
    assert_snapshot!(asked(&model), @"
    p | look find_it | false
    seen | look find_it | false
    Give this answer as JSON that fits the schema, and nothing else: |  | true
    ");
    let asked = model.asked.lock().unwrap();
    let Some(Message::User(wanted)) = asked[2].messages.last() else {
        panic!("{asked:?}");
    };
    assert_snapshot!(wanted, @r#"
    Give this answer as JSON that fits the schema, and nothing else:
    {"type":"object","properties":{"seen":{"type":"boolean"}},"required":["seen"]}
    "#);
    assert_eq!(asked[2].messages.len(), 5);
    assert_eq!(outcome.told.warnings.lock().unwrap().join("\n"), "");
}

#[tokio::test]
async fn an_answer_in_the_wrong_format_is_put_right_without_tools() {
    let model = tools_first([
        text("Nothing to look at."),
        text(r#"{"seen": "no"}"#),
        text(r#"{"seen": false}"#),
    ]);
    let outcome = generate(&model, json!({"output_format": schema()})).await;
    assert_eq!(outcome.artifact("out"), json!({"seen": false}));
    assert_snapshot!(asked(&model), @r#"
    p | look find_it | false
    Give this answer as JSON that fits the schema, and nothing else: |  | true
    This cannot be used: the answer does not fit its schema: /seen: it is not of type "boolean". Answer again, with nothing but JSON that fits the schema: |  | true
    "#);
}

#[tokio::test]
async fn after_no_words_the_question_is_asked_once_more_with_the_format() {
    let model = tools_first([calls([("look", "{}")]), text(""), text(r#"{"seen": true}"#)]);
    let outcome = generate(&model, json!({"output_format": schema()})).await;
    assert_eq!(outcome.artifact("out"), json!({"seen": true}));
    assert_snapshot!(asked(&model), @"
    p | look find_it | false
    seen | look find_it | false
    seen |  | true
    ");
}

#[tokio::test]
async fn reasoning_is_not_repeated_when_the_format_is_asked_for() {
    for (said, messages) in [
        ("<think>Hm.</think>I have seen it.", 3),
        ("<think>Hm.</think>\n", 1),
        ("<think>Hm.", 1),
    ] {
        let model = tools_first([text(said), text(r#"{"seen": true}"#)]);
        let outcome = generate(&model, json!({"output_format": schema()})).await;
        assert_eq!(outcome.artifact("out"), json!({"seen": true}));
        let asked = model.asked.lock().unwrap();
        assert_eq!(asked[1].messages.len(), messages, "{said}");
        assert!(!format!("{:?}", asked[1].messages).contains("Hm."));
    }
}

#[tokio::test]
async fn without_tools_or_without_a_schema_nothing_is_held_back() {
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
            .asked
            .lock()
            .unwrap()
            .iter()
            .all(|request| request.schema.is_some())
    );
}

#[tokio::test]
async fn a_server_that_may_have_left_no_choice_is_warned_of() {
    let unsure = |turns: Vec<crate::scripted::Turn>| {
        let mut model = Scripted::new(turns);
        model.schema_with_tools = Some(SchemaWithTools::Unsure);
        model
    };
    let with_schema = json!({"output_format": schema()});
    let model = unsure(vec![text("{}"), text(r#"{"seen": true}"#)]);
    let outcome = generate(&model, with_schema.clone()).await;
    assert_snapshot!(outcome.told.warnings.lock().unwrap()[0], @"openai/gpt-4o: no tool was called: some servers call none where an answer is to fit a schema");
    // It has called one, or there was nothing to choose.
    for (turns, changes) in [
        (
            vec![calls([("look", "{}")]), text(r#"{"seen": true}"#)],
            with_schema,
        ),
        (vec![text("Seen.")], json!({})),
    ] {
        let outcome = generate(&unsure(turns), changes).await;
        outcome.artifact("out");
        assert_eq!(outcome.told.warnings.lock().unwrap().join("\n"), "");
    }
}
