//! `recipe mcp` from outside: a client that lists and calls recipes over standard input and output.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Folder;

/// A client of the program, with the conversation begun.
struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    requests: u64,
}

impl Client {
    fn new(folder: &Folder, arguments: &str) -> Self {
        let mut child = folder
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut client = Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            requests: 0,
        };
        let hello = json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        });
        client.request("initialize", &hello);
        client.notify("notifications/initialized", &json!({}));
        client
    }

    fn send(&mut self, message: &Value) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{message}").unwrap();
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

    /// The next message.
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

    /// Calls a tool: what it says.
    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.request("tools/call", &json!({"name": tool, "arguments": arguments}))
    }

    /// Calls a tool that fails: why.
    fn failure(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Goes away and waits for the program's end: its exit code.
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
    // Read anew.
    let changed = GREET.replace("Hello", "Good day");
    std::fs::write(folder.path("recipes/greet.json"), changed).unwrap();
    let result = client.call("Greet_someone", json!({"who": "Ada"}));
    assert_eq!(result["structuredContent"]["greeting"], "Good day Ada!");
    // Of a recipe without outputs a summary is told.
    let result = client.call("call", json!({"path": "recipes/parts/part.json"}));
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with("1 step done in ") && text.ends_with("; no artifacts"),
        "{text}"
    );
}

#[test]
fn what_is_wrong_is_told() {
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
    the recipe has not set its output a
    "there is no tool outside"
    "#);
}

#[test]
fn nothing_outside_the_folders_is_run() {
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
        let outside = "the recipe file lies outside the folders that recipes may be run from";
        assert_eq!(told, format!("step 0 (execute_recipe): {path}: {outside}"));
        let told = client.failure("validate_recipe", json!({"path": path}));
        assert_eq!(told, format!("{path}: {outside}"));
    }
    // A link to a recipe is no tool.
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
    assert_snapshot!(told, @"either path or text is needed, and beside text format: json, yaml or markdown");
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
fn a_client_that_asks_for_it_is_told_how_far_a_run_is() {
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
fn a_cancelled_call_a_client_that_goes_away_and_a_server_that_is_stopped_leave_nothing_running() {
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
fn no_secret_is_told() {
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

/// Whether a process is there that has not ended.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn what_looks_like_a_recipe_and_is_not_a_tool_is_told_at_once_and_when_it_is_called() {
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
    warning: recipes/cut.json: no tool: line 1, column 29: the text ends inside a list, near `"cut it", "steps": [`
    warning: recipes/deep/broken.yaml: no tool: line 4, column 14: outputs[1]: expected text, found `1`
    warning: recipes/good.json: no tool: the name good is taken by recipes/deep/again.yml
    note: recipes as tools: good
    error: the client does not begin as the protocol has it: connection closed: initialize request
    "#);
    let mut client = Client::new(&folder, "mcp recipes");
    let told = ["cut", "cut_it", "broken", "package", "none"].map(|name| {
        client.call(name, json!({}))["message"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    assert_snapshot!(told.join("\n"), @r#"
    there is no tool cut: recipes/cut.json: no tool: line 1, column 29: the text ends inside a list, near `"cut it", "steps": [`
    there is no tool cut_it: recipes/cut.json: no tool: line 1, column 29: the text ends inside a list, near `"cut it", "steps": [`
    there is no tool broken: recipes/deep/broken.yaml: no tool: line 4, column 14: outputs[1]: expected text, found `1`
    there is no tool package
    there is no tool none
    "#);
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn what_cannot_be_served_is_told_at_once() {
    let folder = Folder::new()
        .file("broken.json", "{")
        .file("plain.json", "[]");
    assert_snapshot!(folder.recipe("mcp none"), @"
    exit code 2
    --- stderr
    error: file or folder not found: none
    ");
    let mut command = folder.command("mcp broken.json plain.json");
    assert_snapshot!(folder.outcome(&mut command), @"
    exit code 2
    --- stderr
    warning: broken.json: no tool: line 1, column 1: the text ends inside an object, near `{`
    note: recipes as tools: plain
    error: the client does not begin as the protocol has it: connection closed: initialize request
    ");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let outcome = folder.recipe(&format!("mcp --http {port}"));
    assert_eq!(outcome.code(), 2);
    let told = outcome.stderr().replace(&port.to_string(), "[port]");
    assert_snapshot!(told, @"
    note: no recipes
    error: cannot listen at 127.0.0.1:[port]: Address already in use (os error 98)
    ");
}
