//! End-to-end tests of `recipe mcp --http` with raw requests.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Folder;

const ACCEPTED: [(&str, &str); 2] = [
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
];

/// Listening server.
struct Server {
    child: Child,
    port: u16,
}

/// Response of the server.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Server {
    fn new(folder: &Folder) -> Self {
        let mut child = folder
            .command("mcp recipes --http 0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stderr.take().unwrap());
        let url = told
            .lines()
            .find_map(|line| Some(line.unwrap().strip_prefix("listening on ")?.to_owned()));
        let port = url.unwrap().split([':', '/']).nth(4).unwrap().parse();
        Self {
            child,
            port: port.unwrap(),
        }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        if !headers.iter().any(|(name, _)| *name == "Host") {
            write!(head, "Host: 127.0.0.1:{}\r\n", self.port).unwrap();
        }
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(stream, "{head}\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    fn post(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = [&ACCEPTED, headers].concat();
        self.ask("POST", "/mcp", &headers, body)
    }

    /// Starts a session and returns its id.
    fn session(&self) -> String {
        let hello = json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        });
        let answer = self.post(&[], &request("1", "initialize", &hello).to_string());
        let mut lines = answer.head.lines();
        let session = lines.find_map(|line| line.strip_prefix("mcp-session-id: "));
        session.unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    /// Status and message on one line.
    fn told(&self) -> String {
        format!("{} {}", self.status, self.body)
            .trim_end()
            .to_owned()
    }

    /// Id, result and error, from JSON or an event.
    fn message(&self) -> Value {
        let mut lines = self.body.lines();
        let message = lines.find_map(|line| {
            let line = line.strip_prefix("data: ").unwrap_or(line);
            let message = serde_json::from_str::<Value>(line).ok();
            // Lines with chunk lengths are numbers.
            message.filter(Value::is_object)
        });
        message.unwrap_or_else(|| panic!("no message: {}", self.body))
    }
}

fn request(id: &str, method: &str, parameters: &Value) -> Value {
    let id: Value = serde_json::from_str(id).unwrap();
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters})
}

fn folder() -> Folder {
    let greet = json!({
        "name": "greet", "inputs": {"who": {"type": "string"}}, "outputs": ["greeting"],
        "steps": [{"type": "set_context", "key": "greeting", "value": "Hello {{ who }}!"}],
    });
    Folder::new().file("recipes/greet.json", greet.to_string())
}

#[test]
fn an_invalid_request_gets_a_response() {
    let folder = folder();
    let server = Server::new(&folder);
    let session = server.session();
    let ping = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let told: Vec<String> = [
        "oops",
        "",
        r#"{"jsonrpc":"2.0","id":7,"method":oops}"#,
        &format!(r#"{{"method":"ping","params":{deep},"jsonrpc":"2.0","id":7}}"#),
        r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"greet","arguments":{"who":"\ud83d"}}}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":5}}"#,
        &ping("18446744073709551616"),
        &ping("1.5"),
        r#"{"id":7,"method":"ping"}"#,
        &format!("[{},{}]", ping("1"), ping("2")),
        "[]",
        r#"{"jsonrpc":"2.0","method":"moon/changed","params":5}"#,
    ]
    .into_iter()
    .map(|body| server.post(&[("Mcp-Session-Id", &session)], body).told())
    .collect();
    assert_snapshot!(told.join("\n"), @r#"
    400 {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"invalid JSON: expected value at line 1 column 1"}}
    400 {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"invalid JSON: EOF while parsing a value at line 1 column 0"}}
    400 {"jsonrpc":"2.0","id":7,"error":{"code":-32700,"message":"invalid JSON: expected value at line 1 column 34"}}
    400 {"jsonrpc":"2.0","id":7,"error":{"code":-32700,"message":"unsupported JSON: recursion limit exceeded at line 1 column 153"}}
    400 {"jsonrpc":"2.0","id":7,"error":{"code":-32700,"message":"unsupported JSON: unexpected end of hex escape at line 1 column 98"}}
    400 {"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"invalid params of tools/call: invalid type: integer `5`, expected a string"}}
    400 {"jsonrpc":"2.0","id":18446744073709551616,"error":{"code":-32600,"message":"invalid request: id is not a string or 64-bit integer"}}
    400 {"jsonrpc":"2.0","id":1.5,"error":{"code":-32600,"message":"invalid request: id is not a string or 64-bit integer"}}
    400 {"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"invalid request: jsonrpc is not \"2.0\""}}
    400 [{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"batches are not supported: send messages one by one"}},{"jsonrpc":"2.0","id":2,"error":{"code":-32600,"message":"batches are not supported: send messages one by one"}}]
    400 {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batches are not supported: send messages one by one"}}
    202
    "#);
    // The session continues.
    let answer = server.post(&[("Mcp-Session-Id", &session)], &ping("8"));
    assert_eq!(
        answer.message(),
        json!({"jsonrpc": "2.0", "id": 8, "result": {}})
    );
}

#[test]
fn a_rejection_by_the_sdk_is_an_error_of_the_request() {
    let folder = folder();
    let server = Server::new(&folder);
    let ping = r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#;
    let plain = [("Content-Type", "text/plain"), ACCEPTED[1]];
    let told = [
        server.post(&[], ping),
        server.post(&[("Mcp-Session-Id", "none")], ping),
        server.post(&[("MCP-Protocol-Version", "1999-01-01")], ping),
        server.post(&[("Origin", "http://evil.example")], ping),
        server.post(&[("Host", "evil.example")], ping),
        server.ask("POST", "/mcp", &plain, ping),
        server.ask("POST", "/mcp", &ACCEPTED[..1], ping),
        // A forbidden client does not learn details of the error.
        server.post(&[("Origin", "http://evil.example")], "oops"),
    ];
    assert_snapshot!(told.map(|answer| answer.told()).join("\n"), @r#"
    400 {"jsonrpc":"2.0","id":"p","error":{"code":-32600,"message":"Bad Request: Session ID is required"}}
    404 {"jsonrpc":"2.0","id":"p","error":{"code":-32600,"message":"Not Found: Session not found"}}
    400 {"jsonrpc":"2.0","id":"p","error":{"code":-32600,"message":"Bad Request: Unsupported MCP-Protocol-Version: 1999-01-01"}}
    403 {"jsonrpc":"2.0","id":"p","error":{"code":-32600,"message":"Forbidden: Origin header is not allowed"}}
    403 {"jsonrpc":"2.0","id":"p","error":{"code":-32600,"message":"Forbidden: Host header is not allowed"}}
    415 {"jsonrpc":"2.0","id":"p","error":{"code":-32600,"message":"Unsupported Media Type: Content-Type must be application/json"}}
    406 {"jsonrpc":"2.0","id":"p","error":{"code":-32600,"message":"Not Acceptable: Client must accept both application/json and text/event-stream"}}
    403 Forbidden: Origin header is not allowed
    "#);
}

#[test]
fn a_body_of_more_than_4_mib_is_rejected_with_the_limit() {
    let folder = folder();
    let server = Server::new(&folder);
    let session = server.session();
    let call = |length: usize| {
        let parameters = json!({"name": "greet", "arguments": {"who": "x".repeat(length)}});
        // The id comes after it.
        format!(r#"{{"method":"tools/call","params":{parameters},"jsonrpc":"2.0","id":"last"}}"#)
    };
    let headers = [("Mcp-Session-Id", session.as_str())];
    for length in [4 << 20, 20_000_000] {
        let answer = server.post(&headers, &call(length));
        let size = call(length).len();
        assert_eq!(answer.status, 413);
        assert_eq!(
            answer.message()["error"]["message"],
            format!("message too large: {size} bytes, limit 4194304")
        );
        assert_eq!(answer.message()["id"], "last");
    }
    let answer = server.post(&headers, &call((4 << 20) - 100));
    let greeting = answer.message()["result"]["structuredContent"]["greeting"].to_string();
    assert!(greeting.len() > (4 << 20) - 100, "{}", answer.told());
}

#[test]
fn ending_a_session_gets_a_response() {
    let folder = folder();
    let server = Server::new(&folder);
    let session = server.session();
    let end = |session: &str| {
        server
            .ask("DELETE", "/mcp", &[("Mcp-Session-Id", session)], "")
            .told()
    };
    let told = [
        end(&session),
        end(&session),
        end("none"),
        server.ask("DELETE", "/mcp", &[], "").told(),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    200
    404 Not Found: Session not found
    404 Not Found: Session not found
    400 Bad Request: Session ID is required
    "#);
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert_eq!(
        server.post(&[("Mcp-Session-Id", &session)], ping).status,
        404
    );
}

#[test]
fn unknown_methods_and_paths_are_reported() {
    let folder = folder();
    let server = Server::new(&folder);
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let mut told = String::new();
    for (method, path) in [
        ("GET", "/"),
        ("POST", "/"),
        ("POST", "/mcp/x"),
        ("POST", "/MCP"),
        ("GET", "/sse"),
        ("GET", "/.well-known/oauth-protected-resource"),
        ("POST", "/mcp/"),
        ("POST", "/mcp?a=b"),
        ("GET", "/mcp"),
        ("PUT", "/mcp"),
        ("OPTIONS", "/mcp"),
        ("MOON", "/mcp"),
    ] {
        let answer = server.ask(method, path, &ACCEPTED, ping);
        writeln!(told, "{method} {path}: {}", answer.told()).unwrap();
    }
    assert_snapshot!(told, @r#"
    GET /: 404 Not Found: the server is at /mcp
    POST /: 404 Not Found: the server is at /mcp
    POST /mcp/x: 404 Not Found: the server is at /mcp
    POST /MCP: 404 Not Found: the server is at /mcp
    GET /sse: 404 Not Found: the server is at /mcp
    GET /.well-known/oauth-protected-resource: 404 Not Found: the server is at /mcp
    POST /mcp/: 400 {"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"Bad Request: Session ID is required"}}
    POST /mcp?a=b: 400 {"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"Bad Request: Session ID is required"}}
    GET /mcp: 400 Bad Request: Session ID is required
    PUT /mcp: 405 Method Not Allowed
    OPTIONS /mcp: 405 Method Not Allowed
    MOON /mcp: 405 Method Not Allowed
    "#);
}

#[test]
fn requests_of_2026_declare_themselves_in_headers() {
    let folder = folder();
    let server = Server::new(&folder);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let call = json!({"name": "greet", "arguments": {"who": "Ada"}, "_meta": meta});
    let call = request("1", "tools/call", &call).to_string();
    let version = ("MCP-Protocol-Version", "2026-07-28");
    let method = ("Mcp-Method", "tools/call");
    let name = ("Mcp-Name", "greet");
    let answer = server.post(&[version, method, name], &call);
    assert_eq!(
        answer.message()["result"]["structuredContent"]["greeting"],
        "Hello Ada!"
    );
    let mut told = String::new();
    for headers in [
        &[method, name][..],
        &[version, name],
        &[version, method],
        &[version, ("Mcp-Method", "tools/list"), name],
        &[version, method, ("Mcp-Name", "Greet")],
        &[("MCP-Protocol-Version", "2025-06-18"), method, name],
    ] {
        let answer = server.post(headers, &call);
        let error = &answer.message()["error"];
        writeln!(
            told,
            "{} {} {}",
            answer.status, error["code"], error["message"]
        )
        .unwrap();
    }
    for asked in [
        "ping",
        "resources/list",
        "subscriptions/listen",
        "moon/phase",
    ] {
        let parameters = json!({"notifications": {}, "_meta": meta});
        let body = request("1", asked, &parameters).to_string();
        let answer = server.post(&[version, ("Mcp-Method", asked)], &body);
        let error = &answer.message()["error"];
        writeln!(
            told,
            "{} {} {}",
            answer.status, error["code"], error["message"]
        )
        .unwrap();
    }
    assert_snapshot!(told, @r#"
    400 -32020 "request _meta protocolVersion requires MCP-Protocol-Version header"
    400 -32020 "missing required Mcp-Method header"
    400 -32020 "missing required Mcp-Name header for `tools/call`"
    400 -32020 "Mcp-Method header `tools/list` does not match body method `tools/call`"
    400 -32020 "Mcp-Name header `Greet` does not match body value `greet`"
    400 -32020 "MCP-Protocol-Version header (2025-06-18) does not match request _meta protocolVersion (2026-07-28)"
    404 -32601 "ping"
    404 -32601 "resources/list"
    404 -32601 "subscriptions/listen"
    404 -32601 "moon/phase"
    "#);
}
