//! End-to-end tests of `recipe mcp` with a client over standard input and output.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Folder;

/// Client of the program.
struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    requests: u64,
}

impl Client {
    /// Connects with a handshake.
    fn new(folder: &Folder, arguments: &str) -> Self {
        let mut client = Self::silent(folder, arguments);
        let hello = json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        });
        client.request("initialize", &hello);
        client.notify("notifications/initialized", &json!({}));
        client
    }

    /// Connects without sending anything.
    fn silent(folder: &Folder, arguments: &str) -> Self {
        let mut child = folder
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            requests: 0,
        }
    }

    fn send(&mut self, message: &Value) {
        self.write(&format!("{message}\n"));
    }

    fn write(&mut self, text: &str) {
        self.input
            .as_mut()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    fn notify(&mut self, method: &str, parameters: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": parameters}));
    }

    /// Sends a request and returns its number.
    fn begin(&mut self, method: &str, parameters: &Value) -> u64 {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        id
    }

    /// Returns the next message.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Sends a request and returns its result or error.
    fn request(&mut self, method: &str, parameters: &Value) -> Value {
        let id = self.begin(method, parameters);
        let mut answer = self.next();
        assert_eq!(answer["id"], id, "{answer}");
        match answer.get("result") {
            Some(_) => answer["result"].take(),
            None => answer["error"].take(),
        }
    }

    /// Calls a tool and returns its result.
    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.request("tools/call", &json!({"name": tool, "arguments": arguments}))
    }

    /// Calls a tool that fails and returns the error.
    fn failure(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Disconnects, waits for the program to exit, and returns its exit code.
    fn leave(mut self) -> Option<i32> {
        self.input = None;
        self.child.wait().unwrap().code()
    }
}

const GREET: &str = r#"{
    "name": "Greet someone", "description": "Says hello.",
    "inputs": {
        "who": {"type": "string", "description": "Whom to greet."},
        "times": {"type": "integer", "default": 1}
    },
    "outputs": ["greeting", "times"],
    "steps": [{"type": "set_context", "key": "greeting", "value": "Hello {{ who }}!"}]
}"#;

fn folder() -> Folder {
    let call = json!([{"type": "execute_recipe", "recipe_path": "{{ path }}"}]);
    Folder::new()
        .file("recipes/greet.json", GREET)
        .file("recipes/parts/part.json", "[]")
        .file(
            "recipes/call.json",
            json!({"name": "call", "inputs": {"path": {}}, "steps": call}).to_string(),
        )
        .file("outside.json", r#"{"name": "outside", "steps": []}"#)
}

#[test]
fn recipes_are_listed_with_their_inputs() {
    let folder = folder();
    let mut client = Client::new(&folder, "mcp recipes");
    let tools = client.request("tools/list", &json!({}));
    let tools = tools["tools"].as_array().unwrap();
    let names: Vec<&str> = tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "call",
            "Greet_someone",
            "validate_recipe",
            "list_step_types"
        ]
    );
    assert_snapshot!(format!("{:#}", tools[1]), @r#"
    {
      "name": "Greet_someone",
      "title": "Greet someone",
      "description": "Says hello.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "who": {
            "description": "Whom to greet.",
            "type": "string"
          },
          "times": {
            "type": "integer",
            "default": 1
          }
        },
        "additionalProperties": false,
        "required": [
          "who"
        ]
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "greeting": {},
          "times": {}
        },
        "required": [
          "greeting",
          "times"
        ]
      }
    }
    "#);
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn a_call_runs_the_recipe_and_returns_its_outputs() {
    let folder = folder();
    let mut client = Client::new(&folder, "mcp recipes");
    let result = client.call("Greet_someone", json!({"who": "Ada", "times": "3"}));
    let outputs = json!({"greeting": "Hello Ada!", "times": 3});
    assert_eq!(result["structuredContent"], outputs);
    assert_eq!(result["content"][0]["text"], outputs.to_string());
    // The recipe is read again.
    let changed = GREET.replace("Hello", "Good day");
    std::fs::write(folder.path("recipes/greet.json"), changed).unwrap();
    let result = client.call("Greet_someone", json!({"who": "Ada"}));
    assert_eq!(result["structuredContent"]["greeting"], "Good day Ada!");
    // A recipe without outputs returns a summary.
    let result = client.call("call", json!({"path": "recipes/parts/part.json"}));
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with("1 step done in ") && text.ends_with("; no artifacts"),
        "{text}"
    );
}

#[test]
fn errors_are_returned_to_the_client() {
    let folder = folder().file(
        "recipes/forgets.json",
        r#"{"name": "forgets", "outputs": ["a"], "steps": []}"#,
    );
    let mut client = Client::new(&folder, "mcp recipes");
    let told = [
        client.failure("Greet_someone", json!({})),
        client.failure("Greet_someone", json!({"who": "Ada", "time": 1})),
        client.failure("Greet_someone", json!({"who": "Ada", "times": "many"})),
        client.failure("call", json!({"path": "recipes/none.json"})),
        client.failure("forgets", json!({})),
        client.call("outside", json!({}))["message"].to_string(),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    missing input: who (Whom to greet.)
    unknown argument: time; did you mean times?
    input times is not an integer: "many"
    step 0 (execute_recipe): recipes/none.json: recipe file not found
    output a is not set
    "unknown tool outside"
    "#);
}

#[test]
fn nothing_outside_the_directories_runs() {
    let folder = folder();
    std::os::unix::fs::symlink(
        folder.path("outside.json"),
        folder.path("recipes/link.json"),
    )
    .unwrap();
    let mut client = Client::new(&folder, "mcp recipes");
    let absolute = folder.path("outside.json").display().to_string();
    for path in [
        "outside.json",
        "recipes/../outside.json",
        "recipes/link.json",
        &absolute,
    ] {
        let told = client.failure("call", json!({"path": path}));
        let outside = "recipe file is outside the allowed recipe directories";
        assert_eq!(told, format!("step 0 (execute_recipe): {path}: {outside}"));
        let told = client.failure("validate_recipe", json!({"path": path}));
        assert_eq!(told, format!("{path}: {outside}"));
    }
    // A link to a recipe is not a tool.
    let told = client.call("outside", json!({}));
    assert_eq!(told["code"], -32602, "{told}");
}

#[test]
fn recipes_are_checked_and_step_types_listed() {
    let folder = folder();
    let mut client = Client::new(&folder, "mcp recipes");
    let good = client.call("validate_recipe", json!({"path": "recipes/greet.json"}));
    assert_eq!(good["structuredContent"]["valid"], true, "{good}");
    let text = "steps:\n- type: paralel\n";
    let bad = client.call("validate_recipe", json!({"text": text, "format": "yaml"}));
    assert_snapshot!(bad["structuredContent"], @r#"{"valid":false,"problems":[{"file":"recipe.yaml","line":2,"column":9,"end_line":2,"end_column":16,"severity":"error","code":"unknown-step-type","message":"step 0: unknown step type: paralel","suggestion":"parallel"}]}"#);
    let told = client.failure("validate_recipe", json!({}));
    assert_snapshot!(told, @"expected either path or text, and optionally format with text: json, yaml or markdown");
    let types = client.call("list_step_types", json!({}));
    let types = types["structuredContent"]["step_types"]
        .as_array()
        .unwrap()
        .clone();
    assert!(
        types.iter().any(|step| step["type"] == "parallel"),
        "{types:?}"
    );
}

#[test]
fn a_client_can_request_progress() {
    let steps = json!([
        {"type": "set_context", "key": "a", "value": "1"},
        {"type": "wait", "config": {"seconds": 0}, "name": "rest"},
    ]);
    let folder = Folder::new().file("r.json", json!({"steps": steps}).to_string());
    let mut client = Client::new(&folder, "mcp r.json");
    client.begin(
        "tools/call",
        &json!({"name": "r", "arguments": {}, "_meta": {"progressToken": "t"}}),
    );
    let progress: Vec<String> = [client.next(), client.next()]
        .iter()
        .map(|message| message["params"].to_string())
        .collect();
    assert_snapshot!(progress.join("\n"), @r#"
    {"progressToken":"t","progress":1.0,"message":"done 0 set_context"}
    {"progressToken":"t","progress":2.0,"message":"done 1 wait \"rest\""}
    "#);
    assert_eq!(client.next()["result"]["isError"], false);
}

#[test]
fn cancelling_disconnecting_and_stopping_leave_nothing_running() {
    let sleep =
        json!([{"type": "shell", "command": "echo $$ > pid.new; mv pid.new pid; exec sleep 600"}]);
    for end in ["cancels", "leaves", "is stopped"] {
        let folder = Folder::new().file("r.json", json!({"steps": sleep}).to_string());
        let mut client = Client::new(&folder, "mcp r.json");
        let id = client.begin("tools/call", &json!({"name": "r", "arguments": {}}));
        while !folder.path("pid").exists() {
            thread::sleep(Duration::from_millis(5));
        }
        let pid = folder.read("pid").trim().to_owned();
        assert!(runs(&pid));
        match end {
            "cancels" => {
                client.notify("notifications/cancelled", &json!({"requestId": id}));
                while runs(&pid) {
                    thread::sleep(Duration::from_millis(5));
                }
                assert_eq!(client.call("list_step_types", json!({}))["isError"], false);
                assert_eq!(client.leave(), Some(0));
            }
            "leaves" => assert_eq!(client.leave(), Some(0)),
            _ => {
                let id = client.child.id().to_string();
                let kill = Command::new("kill").args(["-TERM", &id]).status();
                assert!(kill.unwrap().success());
                assert_eq!(client.child.wait().unwrap().code(), Some(130));
            }
        }
        assert!(!runs(&pid), "{end}");
    }
}

#[test]
fn secrets_are_masked_in_results() {
    let tell = json!({
        "name": "tell", "inputs": {"count": {"type": "integer", "default": 1}}, "outputs": ["said"],
        "steps": [{"type": "set_context", "key": "said", "value": {"it is": ["key-5678"]}}],
    });
    let fail = json!({"name": "fail", "steps": [{"type": "shell", "command": "echo key-5678 >&2; exit 3"}]});
    let folder = Folder::new()
        .file("tell.json", tell.to_string())
        .file("fail.json", fail.to_string());
    let mut client = Client::new(&folder, "mcp --config api_key=key-5678");
    let result = client.call("tell", json!({}));
    let said = json!({"said": {"it is": ["***"]}});
    assert_eq!(result["structuredContent"], said);
    assert_eq!(result["content"][0]["text"], said.to_string());
    let told = [
        client.failure("fail", json!({})),
        client.failure("tell", json!({"count": "key-5678"})),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    step 0 (shell): sh exited with status 3: ***
    input count is not an integer: "***"
    "#);
}

/// Whether a process is running.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn files_that_cannot_be_tools_are_reported_at_the_start_and_when_called() {
    let folder = Folder::new()
        .file("recipes/good.json", r#"{"name": "good", "steps": []}"#)
        .file("recipes/cut.json", r#"{"name": "cut it", "steps": ["#)
        .file(
            "recipes/deep/broken.yaml",
            "name: broken\nsteps:\n- {type: set_context, key: a, value: 1}\noutputs: [a, 1]\n",
        )
        .file("recipes/deep/again.yml", "name: good\nsteps: []\n")
        .file("recipes/package.json", r#"{"name": "package"}"#);
    assert_snapshot!(folder.recipe("mcp recipes"), @r#"
    exit code 2
    --- stderr
    warning: recipes/cut.json: not a tool: line 1, column 29: unexpected end of input in list, near `"cut it", "steps": [`
    warning: recipes/deep/broken.yaml: not a tool: line 4, column 14: outputs[1]: expected text, found `1`
    warning: recipes/good.json: not a tool: name good is already used by recipes/deep/again.yml
    note: recipes as tools: good
    error: client did not send a message
    "#);
    let mut client = Client::new(&folder, "mcp recipes");
    let told = ["cut", "cut_it", "broken", "package", "none"].map(|name| {
        client.call(name, json!({}))["message"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    assert_snapshot!(told.join("\n"), @r#"
    unknown tool cut: recipes/cut.json: not a tool: line 1, column 29: unexpected end of input in list, near `"cut it", "steps": [`
    unknown tool cut_it: recipes/cut.json: not a tool: line 1, column 29: unexpected end of input in list, near `"cut it", "steps": [`
    unknown tool broken: recipes/deep/broken.yaml: not a tool: line 4, column 14: outputs[1]: expected text, found `1`
    unknown tool package
    unknown tool none
    "#);
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn invalid_directories_are_reported_at_the_start() {
    let folder = Folder::new()
        .file("broken.json", "{")
        .file("plain.json", "[]");
    assert_snapshot!(folder.recipe("mcp none"), @"
    exit code 2
    --- stderr
    error: file or directory not found: none
    ");
    let mut command = folder.command("mcp broken.json plain.json");
    assert_snapshot!(folder.outcome(&mut command), @"
    exit code 2
    --- stderr
    warning: broken.json: not a tool: line 1, column 1: unexpected end of input in object, near `{`
    note: recipes as tools: plain
    error: client did not send a message
    ");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let outcome = folder.recipe(&format!("mcp --http {port}"));
    assert_eq!(outcome.code(), 2);
    let told = outcome.stderr().replace(&port.to_string(), "[port]");
    assert_snapshot!(told, @"
    note: no recipes
    error: cannot listen on 127.0.0.1:[port]: Address already in use (os error 98)
    ");
}

/// Metadata of the client in each request of revision 2026-07-28.
fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

/// Serialized request.
fn request(id: &str, method: &str, parameters: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{parameters}}}"#)
}

/// Invalid requests.
fn bad_requests() -> Vec<String> {
    let call = |parameters: &str| request("7", "tools/call", parameters);
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let named = |arguments: &str| {
        call(&format!(
            r#"{{"name":"Greet_someone","arguments":{arguments}}}"#
        ))
    };
    vec![
        "oops".to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"method":oops}"#.to_owned(),
        r#"{"method":"ping","params":{"a":[1,2},"jsonrpc":"2.0","id":"seven"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"method":"ping","#.to_owned(),
        named(r#"{"who":"\ud83d"}"#),
        named(r#"{"who":"\ude00 a"}"#),
        named(&format!(r#"{{"who":{deep}}}"#)),
        named("[]"),
        call("{}"),
        call(r#"{"name":5}"#),
        call(r#"{"name":"Greet_someone","_meta":5}"#),
        call("[]"),
        call("5"),
        call("null"),
        r#"{"jsonrpc":"2.0","id":7,"method":"tools/call"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"method":"initialize"}"#.to_owned(),
        request(
            "7",
            "initialize",
            r#"{"protocolVersion":5,"capabilities":{}}"#,
        ),
        r#"{"jsonrpc":"2.0","id":7,"method":"server/discover"}"#.to_owned(),
        request("9223372036854775808", "ping", "{}"),
        request("1.5", "ping", "{}"),
        request("null", "ping", "{}"),
        request("[1]", "ping", "{}"),
        r#"{"jsonrpc":"2.0","id":6,"id":7,"method":"ping"}"#.to_owned(),
        r#"{"jsonrpc":"1.0","id":7,"method":"ping"}"#.to_owned(),
        r#"{"id":7,"method":"ping"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"method":5}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"method":"ping","result":{}}"#.to_owned(),
        "{}".to_owned(),
        "5".to_owned(),
        "[]".to_owned(),
        format!("[{}]", request("7", "ping", "{}")),
    ]
}

/// Truncated requests with their responses.
fn with_answers(answers: impl Iterator<Item = (String, Value)>) -> String {
    let lines = answers.map(|(request, answer)| {
        assert_eq!(answer["jsonrpc"], "2.0");
        let error = &answer["error"];
        let request: String = request.chars().take(90).collect();
        format!(
            "{request}\n  {} {} {}",
            answer["id"], error["code"], error["message"]
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_invalid_request_gets_a_response() {
    let folder = folder();
    let mut client = Client::silent(&folder, "mcp recipes");
    let answers = bad_requests().into_iter().map(|request| {
        client.write(&format!("{request}\n"));
        let answer = client.next();
        (request, answer)
    });
    assert_snapshot!(with_answers(answers), @r#"
    oops
      null -32700 "invalid JSON: expected value at line 1 column 1"
    {"jsonrpc":"2.0","id":7,"method":oops}
      7 -32700 "invalid JSON: expected value at line 1 column 34"
    {"method":"ping","params":{"a":[1,2},"jsonrpc":"2.0","id":"seven"}
      "seven" -32700 "invalid JSON: expected `,` or `]` at line 1 column 36"
    {"jsonrpc":"2.0","id":7,"method":"ping",
      7 -32700 "invalid JSON: EOF while parsing a value at line 1 column 40"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"Greet_someone","arguments"
      7 -32700 "unsupported JSON: unexpected end of hex escape at line 1 column 106"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"Greet_someone","arguments"
      7 -32700 "unsupported JSON: lone leading surrogate in hex escape at line 1 column 105"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"Greet_someone","arguments"
      7 -32700 "unsupported JSON: recursion limit exceeded at line 1 column 223"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"Greet_someone","arguments"
      7 -32602 "invalid params of tools/call: invalid type: sequence, expected a map"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}}
      7 -32602 "invalid params of tools/call: missing field `name`"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":5}}
      7 -32602 "invalid params of tools/call: invalid type: integer `5`, expected a string"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"Greet_someone","_meta":5}}
      7 -32602 "invalid request: _meta is not an object"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":[]}
      7 -32602 "invalid request: params is not an object"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":5}
      7 -32602 "invalid request: params is not an object"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":null}
      7 -32602 "invalid params of tools/call: missing field `name`"
    {"jsonrpc":"2.0","id":7,"method":"tools/call"}
      7 -32602 "invalid params of tools/call: missing field `name`"
    {"jsonrpc":"2.0","id":7,"method":"initialize"}
      7 -32602 "invalid params of initialize: missing field `protocolVersion`"
    {"jsonrpc":"2.0","id":7,"method":"initialize","params":{"protocolVersion":5,"capabilities"
      7 -32602 "invalid params of initialize: invalid type: integer `5`, expected a string"
    {"jsonrpc":"2.0","id":7,"method":"server/discover"}
      7 -32602 "invalid params of server/discover: missing field `_meta`"
    {"jsonrpc":"2.0","id":9223372036854775808,"method":"ping","params":{}}
      9223372036854775808 -32600 "invalid request: id is not a string or 64-bit integer"
    {"jsonrpc":"2.0","id":1.5,"method":"ping","params":{}}
      1.5 -32600 "invalid request: id is not a string or 64-bit integer"
    {"jsonrpc":"2.0","id":null,"method":"ping","params":{}}
      null -32600 "invalid request: id is not a string or 64-bit integer"
    {"jsonrpc":"2.0","id":[1],"method":"ping","params":{}}
      null -32600 "invalid request: id is not a string or 64-bit integer"
    {"jsonrpc":"2.0","id":6,"id":7,"method":"ping"}
      7 -32600 "invalid request: duplicate or invalid field"
    {"jsonrpc":"1.0","id":7,"method":"ping"}
      7 -32600 "invalid request: jsonrpc is not \"2.0\""
    {"id":7,"method":"ping"}
      7 -32600 "invalid request: jsonrpc is not \"2.0\""
    {"jsonrpc":"2.0","id":7}
      7 -32600 "invalid request: method is not a string"
    {"jsonrpc":"2.0","id":7,"method":5}
      7 -32600 "invalid request: method is not a string"
    {"jsonrpc":"2.0","id":7,"method":"ping","result":{}}
      7 -32600 "invalid request: both a method and a result"
    {}
      null -32600 "invalid request: jsonrpc is not \"2.0\""
    5
      null -32600 "invalid request: not an object"
    []
      null -32600 "batches are not supported: send messages one by one"
    [{"jsonrpc":"2.0","id":7,"method":"ping","params":{}}]
      7 -32600 "batches are not supported: send messages one by one"
    "#);
    // The session continues.
    assert_eq!(client.request("ping", &json!({})), json!({}));
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn each_request_of_a_batch_gets_a_response() {
    let folder = folder();
    let mut client = Client::silent(&folder, "mcp recipes");
    let batch = format!(
        "[{},{},{}]\n",
        request("1", "ping", "{}"),
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        request("\"b\"", "tools/list", "{}"),
    );
    client.write(&batch);
    let answered = [client.next(), client.next()].map(|answer| answer["id"].clone());
    assert_eq!(answered, [json!(1), json!("b")]);
}

#[test]
fn only_requests_get_a_response() {
    let folder = folder();
    let mut client = Client::silent(&folder, "mcp recipes");
    for line in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":null}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
        r#"{"jsonrpc":"2.0","method":"moon/changed","params":5}"#,
        r#"{"jsonrpc":"2.0","id":5,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":5,"result":"\ud83d"}"#,
        r#"{"jsonrpc":"2.0","id":5,"error":{"code":-1,"message":"m"}}"#,
        r#"{"jsonrpc":"2.0","id":5,"error":5}"#,
        r#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#,
        "",
        "  \r",
    ] {
        client.write(&format!("{line}\n"));
    }
    // Also with a byte order mark, and with CRLF.
    client.write(&format!("\u{feff}{}\r\n", request("1", "ping", "{}")));
    assert_eq!(
        client.next(),
        json!({"jsonrpc": "2.0", "id": 1, "result": {}})
    );
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn a_too_large_message_gets_a_response_wherever_its_id_is() {
    let folder = folder();
    let mut client = Client::silent(&folder, "mcp recipes");
    let text = "x".repeat(17_000_000);
    let parameters = format!(r#"{{"name":"Greet_someone","arguments":{{"who":"{text}"}}}}"#);
    let requests = [
        request("7", "tools/call", &parameters),
        format!(r#"{{"method":"tools/call","params":{parameters},"jsonrpc":"2.0","id":"last"}}"#),
        format!(r#""{text}""#),
    ];
    let answers = requests.map(|request| {
        client.write(&format!("{request}\n"));
        let answer = client.next();
        (request, answer)
    });
    assert_snapshot!(with_answers(answers.into_iter()), @r#"
    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"Greet_someone","arguments"
      7 -32600 "message too large: 17000103 bytes, limit 16777216"
    {"method":"tools/call","params":{"name":"Greet_someone","arguments":{"who":"xxxxxxxxxxxxxx
      "last" -32600 "message too large: 17000108 bytes, limit 16777216"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
      null -32600 "message too large: 17000002 bytes, limit 16777216"
    "#);
    // A slightly smaller message is accepted.
    let who = "x".repeat(16_000_000);
    let result = client.call("Greet_someone", json!({"who": who}));
    assert_eq!(
        result["structuredContent"]["greeting"],
        format!("Hello {who}!")
    );
}

#[test]
fn concurrent_requests_with_the_same_id_both_get_a_response() {
    let sleep = json!([{"type": "shell", "command": "touch begun; exec sleep 600"}]);
    let folder = Folder::new().file("r.json", json!({"steps": sleep}).to_string());
    let mut client = Client::silent(&folder, "mcp r.json");
    let call = request("1", "tools/call", r#"{"name":"r"}"#);
    client.write(&format!("{call}\n"));
    while !folder.path("begun").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    client.write(&format!("{call}\n"));
    let refused = client.next();
    assert_eq!(refused["error"]["message"], "duplicate request id");
    client.notify("notifications/cancelled", &json!({"requestId": 1}));
    // Then the id can be used again.
    client.write(&format!("{}\n", request("1", "ping", "{}")));
    assert_eq!(
        client.next(),
        json!({"jsonrpc": "2.0", "id": 1, "result": {}})
    );
}

#[test]
fn a_client_that_disconnects_after_a_request_gets_its_response() {
    let folder = folder();
    for (said, answered) in [
        (
            request(
                "1",
                "server/discover",
                &json!({"_meta": meta()}).to_string(),
            ),
            "supportedVersions",
        ),
        (request("1", "ping", "{}"), "result"),
        (request("1", "tools/list", "{}"), "inputSchema"),
        (
            request(
                "1",
                "initialize",
                r#"{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"c","version":"1"}}"#,
            ),
            "2024-11-05",
        ),
        ("oops".to_owned(), "-32700"),
    ] {
        // Without the final newline, too.
        for end in ["\n", ""] {
            let mut client = Client::silent(&folder, "mcp recipes");
            client.write(&format!("{said}{end}"));
            client.input = None;
            let answer = client.next().to_string();
            assert!(answer.contains(answered), "{answer}");
            assert_eq!(client.leave(), Some(0), "{said}");
        }
    }
}

#[test]
fn clients_without_a_handshake_are_served() {
    let folder = folder();
    let mut client = Client::silent(&folder, "mcp recipes");
    let meta = meta();
    let found = client.request("server/discover", &json!({"_meta": meta}));
    assert_eq!(
        found["supportedVersions"],
        json!([
            "2024-11-05",
            "2025-03-26",
            "2025-06-18",
            "2025-11-25",
            "2026-07-28"
        ])
    );
    let called = client.request(
        "tools/call",
        &json!({"name": "Greet_someone", "arguments": {"who": "Ada"}, "_meta": meta}),
    );
    assert_eq!(called["resultType"], "complete");
    assert_eq!(called["structuredContent"]["times"], 1);
    let listed = client.request("tools/list", &json!({"_meta": meta}));
    assert_eq!(
        (&listed["ttlMs"], &listed["resultType"]),
        (&json!(0), &json!("complete"))
    );
    // Removed methods.
    let told = client.request("ping", &json!({"_meta": meta}));
    assert_eq!(told["code"], -32601, "{told}");
    let mut unknown = meta.clone();
    unknown["io.modelcontextprotocol/protocolVersion"] = json!("2030-01-01");
    let told = client.request("tools/list", &json!({"_meta": unknown}));
    assert_eq!(told["code"], -32022, "{told}");
    // A handshake is still possible afterwards.
    let hello = json!({
        "protocolVersion": "2026-07-28", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    });
    assert_eq!(
        client.request("initialize", &hello)["protocolVersion"],
        "2025-11-25"
    );
    let called = client.call("Greet_someone", json!({"who": "Ada"}));
    assert_eq!(called.get("resultType"), None);
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn unsupported_methods_are_unknown() {
    let folder = folder();
    let mut client = Client::new(&folder, "mcp recipes");
    for (method, parameters) in [
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
        ("resources/read", json!({"uri": "file:///a"})),
        ("resources/subscribe", json!({"uri": "file:///a"})),
        ("prompts/list", json!({})),
        ("prompts/get", json!({"name": "a"})),
        (
            "completion/complete",
            json!({"ref": {"type": "ref/prompt", "name": "a"}, "argument": {"name": "a", "value": ""}}),
        ),
        ("completion/complete", json!({})),
        ("logging/setLevel", json!({"level": "debug"})),
        ("tasks/list", json!({})),
        ("tasks/get", json!({"taskId": "a"})),
        ("skills/list", json!({})),
        (
            "subscriptions/listen",
            json!({"notifications": {"toolsListChanged": true}}),
        ),
        ("sampling/createMessage", json!({})),
        ("moon/phase", json!({})),
        ("", json!({})),
    ] {
        let told = client.request(method, &parameters);
        assert_eq!(told["code"], -32601, "{method}: {told}");
    }
}

#[test]
fn built_in_tools_declare_their_output() {
    let folder = folder();
    let mut client = Client::new(&folder, "mcp recipes");
    let listed = client.request("tools/list", &json!({}));
    let tools = listed["tools"].as_array().unwrap();
    let schema = |name: &str| {
        let tool = tools.iter().find(|tool| tool["name"] == name);
        tool.unwrap().get("outputSchema")
    };
    for (tool, arguments) in [
        ("validate_recipe", json!({"path": "recipes/greet.json"})),
        (
            "validate_recipe",
            json!({"text": r#"[{"type":"paralel"}]"#}),
        ),
        ("list_step_types", json!({})),
        ("Greet_someone", json!({"who": "Ada"})),
    ] {
        let schema = schema(tool).unwrap();
        assert_eq!(schema["type"], "object", "{schema}");
        let result = client.call(tool, arguments);
        let members: Vec<&String> = result["structuredContent"]
            .as_object()
            .unwrap()
            .keys()
            .collect();
        assert_eq!(schema["required"], json!(members), "{result}");
    }
    assert_eq!(schema("call"), None);
}

#[test]
fn an_unusual_recipe_does_not_prevent_listing_others() {
    // The maximum nesting depth of a recipe.
    let deep = format!("{}{}", "[".repeat(124), "]".repeat(124));
    let deep = format!(r#"{{"name":"deep","inputs":{{"a":{{"default":{deep}}}}},"steps":[]}}"#);
    let weird = json!({
        "name": "../weird\u{0}\n\u{1f600}", "description": "x".repeat(1_000_000),
        "inputs": {"": {"default": null}, "$ref": {"enum": [{"$ref": "#/none"}], "default": null}, "a b": {}},
        "outputs": ["", "$ref", "a b", "a b"], "steps": [],
    });
    let folder = folder()
        .file("recipes/deep.json", deep)
        .file("recipes/weird.json", weird.to_string());
    let mut client = Client::new(&folder, "mcp recipes");
    let listed = client.request("tools/list", &json!({}));
    let tools = listed["tools"].as_array().unwrap();
    let names: Vec<&str> = tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"deep") && names.contains(&"___weird___"),
        "{names:?}"
    );
}
