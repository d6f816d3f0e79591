"""The step mcp, and models with tools, with servers whose answers are rare (`servers/odd.mjs`), and with one that speaks the
newest revision of the protocol only (`servers/stateless.mjs`).

    python tools_of_odd_servers.py PROGRAM OLD_PYTHON
"""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tools_of_many_servers import OWN, listening, program, said, try_all

# What a run of a few steps may take on a slow machine, in seconds.
PATIENCE = 30


def told_or_read(tool, value):
    """A result that may be too much: it arrives, or the call fails at once, with its size."""

    def check(server):
        code, (result,), told = server.run((tool, {}))
        if code == 0:
            assert value(result), str(result)[:200]
        else:
            assert code == 1 and re.search(r"\d+.*(bytes|characters|B\b)", told), told

    check.__name__ = tool
    return check


def innermost(result):
    value = result["structuredContent"]["nested"]
    while not isinstance(value, str):
        value = value[0] if isinstance(value, list) else value["in"]
    return value == "the innermost"


def unknown_content(server):
    before, unknown, after = server.call("unknown_content")["content"]
    assert (before["text"], after["text"]) == ("before", "after")
    assert unknown == {"type": "hologram", "depth": 3, "data": "eA=="}, unknown


def image_without_kind(server):
    before, image = server.call("image_without_kind")["content"]
    assert before["text"] == "before" and image == {"type": "image", "data": "eA=="}, image


def text_without_text(server):
    empty, after = server.call("text_without_text")["content"]
    assert empty == {"type": "text"} and after["text"] == "after", empty


def without_content(server):
    assert server.call("no_content")["structuredContent"] == {"a": 1}
    assert server.call("nothing")["isError"] is False


def numbers(server):
    value = server.call("numbers")["structuredContent"]
    expected = {"share": 0.7, "large": 12345678901234567890123, "exact": 0.1, "whole": 1.0}
    assert value == expected and isinstance(value["large"], int), value


def protocol_error(server):
    code, _, told = server.run(("protocol_error", {}))
    for part in ["the number of copies is too high", "-32042", '"limit":3', "9007199254740993"]:
        assert code == 1 and part in told.replace('": ', '":'), told


def any_structured_content(server):
    assert server.call("list")["structuredContent"] == [1, 2, 3]
    assert server.call("scalar")["structuredContent"] == 42
    nothing = server.call("nothing_structured")
    assert nothing.get("structuredContent", "none") is None, nothing


def requests_of_the_server(server):
    for tool in ["elicit", "sample", "roots", "unknown_request"]:
        answer = json.loads(said(server.call(tool)))
        assert answer.get("code") in [-32601, -32600], (tool, answer)
    assert json.loads(said(server.call("ping"))) == {"result": {}}


def a_step_has_an_end(server):
    step = {"type": "mcp", "config": {"server": server.server, "tool_name": "never"}, "timeout": 2}
    code, _, told = server.run_steps(step)
    assert code == 1 and "2 s" in told, told


def other_lines(server):
    result = '{"jsonrpc":"2.0","id":$id,"result":{"content":[{"type":"text","text":"after"}]}}'
    for before in ["loading the model ...", '{"level":"info"}', '{"jsonrpc":"2.0","method":"notifications/moon"}', "", "[]"]:
        assert said(server.call("lines", lines=[before, result])) == "after", before


def cut_lines(server):
    for line in ['{"jsonrpc":"2.0","id":$id,"result":{"content":[', '{"jsonrpc":"2.0","id":$id}', '{"jsonrpc":"2.0","id":$id,"result":5}']:
        code, _, told = server.run(("lines", {"lines": [line]}))
        assert code == 1 and told, line


def a_tool_that_comes_later(server):
    """A model that calls a tool which makes another, and then that one."""
    with model("grow", "grown") as (url, asked):
        config = {"prompt": "p", "model": "openai/m", "mcp_servers": [server.server], "output_format": "text"}
        step = {"type": "llm_generate", "config": config}
        code, artifacts, told = server.run_steps(step, OPENAI_API_KEY="sk-1", OPENAI_BASE_URL=url)
    assert code == 0, told
    offered = [[tool["function"]["name"] for tool in request["tools"]] for request in asked]
    assert "grown" in offered[1], offered
    assert artifacts["llm_output"] == "there is one tool more and grown", artifacts


@contextmanager
def model(*tools):
    """A model that calls these tools one after the other and answers with what they said. Its address, and what it is asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append(request)
            results = [message["content"] for message in request["messages"] if message["role"] == "tool"]
            message = {"content": " and ".join(results)}
            if len(results) < len(tools):
                call = {"name": tools[len(results)], "arguments": "{}"}
                message["tool_calls"] = [{"id": f"c{len(results)}", "type": "function", "function": call}]
            body = json.dumps({"choices": [{"message": message}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{served.server_port}/v1", asked
    finally:
        served.shutdown()


def stateless(server):
    assert server.call("greet", name="Ada")["structuredContent"] == {"greeting": "Hello, Ada"}
    assert server.call("list")["structuredContent"] == [1, 2, 3]
    assert server.call("scalar")["structuredContent"] == 42
    assert server.failure("fail") == "the disk is on fire"


def an_argument_in_a_header(server):
    assert said(server.call("region", region="Köln")) == "Köln"


def greets(server):
    assert server.call("greet", name="Ada")["structuredContent"] == {"greeting": "Hello, Ada"}


def leads_nowhere(server):
    code, _, told = server.run(("greet", {"name": "Ada"}))
    assert code == 1 and told, told


ODD = [
    told_or_read("half_character", lambda result: "good" in said(result)),
    told_or_read("half_character_structured", lambda result: "good" in result["structuredContent"]["said"]),
    told_or_read("deep", innermost),
    told_or_read("large", lambda result: len(said(result)) == 17_000_000),
    told_or_read("immense_number", lambda result: True),
    unknown_content,
    image_without_kind,
    text_without_text,
    without_content,
    numbers,
    protocol_error,
    any_structured_content,
    requests_of_the_server,
    a_step_has_an_end,
    a_tool_that_comes_later,
]
NEWEST = [stateless, an_argument_in_a_header, a_step_has_an_end, a_tool_that_comes_later]


def odd(way):
    return listening("node", OWN / "odd.mjs", way, "{port}")


def newest(path="/mcp/"):
    return listening("node", OWN / "stateless.mjs", "http", "{port}", path=path)


CHECKS = [
    *((f"odd.mjs over stdio: {check.__name__}", check, program("node", OWN / "odd.mjs", "stdio")) for check in [*ODD, other_lines, cut_lines]),
    *((f"odd.mjs over HTTP with events: {check.__name__}", check, odd("http")) for check in ODD),
    *((f"odd.mjs over HTTP with JSON: {check.__name__}", check, odd("json")) for check in ODD if check is not requests_of_the_server),
    *((f"stateless.mjs over stdio: {check.__name__}", check, program("node", OWN / "stateless.mjs", "stdio")) for check in NEWEST),
    *((f"stateless.mjs over HTTP: {check.__name__}", check, newest()) for check in NEWEST),
    *((f"stateless.mjs at {path}", greets, newest(path)) for path in ["/mcp", "/permanent"]),
    *((f"stateless.mjs at {path}", leads_nowhere, newest(path)) for path in ["/round", "/elsewhere", "/nothing"]),
]

try_all(CHECKS, PATIENCE)
