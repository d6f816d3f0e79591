"""The step mcp, and models with tools, with a server of unusual responses
(`servers/edge_cases.mjs`), and with one that supports only the newest protocol version
(`servers/stateless.mjs`).

    python tools_of_edge_case_servers.py PROGRAM OLD_PYTHON
"""

import json
import re

from scripted_model import scripted_model
from tools_of_many_servers import OWN, running, program, text_of, run_all

# Timeout of a short run on a slow machine, in seconds.
TIMEOUT = 30


def within_limit_or_error(tool, value):
    """A result that may exceed a limit: it arrives, or the call fails at once with its size."""

    def check(server):
        code, (result,), stderr = server.run((tool, {}))
        if code == 0:
            assert value(result), str(result)[:200]
        else:
            assert code == 1 and re.search(r"\d+.*(bytes|characters|B\b)", stderr), stderr

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
    expected = {"share": 0.7, "large": 18446744073709551615, "exact": 0.1, "whole": 1.0}
    assert value == expected and isinstance(value["large"], int), value


def protocol_error(server):
    code, _, stderr = server.run(("protocol_error", {}))
    for part in ["the number of copies is too high", "-32042", '"limit":3', "9007199254740993"]:
        assert code == 1 and part in stderr.replace('": ', '":'), stderr


def any_structured_content(server):
    assert server.call("list")["structuredContent"] == [1, 2, 3]
    assert server.call("scalar")["structuredContent"] == 42
    nothing = server.call("nothing_structured")
    assert nothing.get("structuredContent", "none") is None, nothing


def requests_of_the_server(server):
    for tool in ["elicit", "sample", "roots", "unknown_request"]:
        answer = json.loads(text_of(server.call(tool)))
        assert answer.get("code") in [-32601, -32600], (tool, answer)
    assert json.loads(text_of(server.call("ping"))) == {"result": {}}


def a_step_has_a_timeout(server):
    step = {"type": "mcp", "config": {"server": server.server, "tool_name": "never"}, "timeout": 2}
    code, _, stderr = server.run_steps(step)
    assert code == 1 and "2 s" in stderr, stderr


def other_lines(server):
    result = '{"jsonrpc":"2.0","id":$id,"result":{"content":[{"type":"text","text":"after"}]}}'
    for before in ["loading the model ...", '{"level":"info"}', '{"jsonrpc":"2.0","method":"notifications/moon"}', "", "[]"]:
        assert text_of(server.call("lines", lines=[before, result])) == "after", before


def truncated_lines(server):
    for line in ['{"jsonrpc":"2.0","id":$id,"result":{"content":[', '{"jsonrpc":"2.0","id":$id}', '{"jsonrpc":"2.0","id":$id,"result":5}']:
        code, _, stderr = server.run(("lines", {"lines": [line]}))
        assert code == 1 and stderr, line


def a_tool_added_later(server):
    """A model that calls a tool which adds another, and then that one."""
    tools = ["grow", "grown"]
    with scripted_model(lambda results: [(tool, {}) for tool in tools[len(results) :][:1]]) as (url, requests):
        config = {"prompt": "p", "model": "openai/m", "mcp_servers": [server.server], "output_format": "text"}
        step = {"type": "llm_generate", "config": config}
        code, artifacts, stderr = server.run_steps(step, OPENAI_API_KEY="sk-1", OPENAI_BASE_URL=url)
    assert code == 0, stderr
    offered = [[tool["function"]["name"] for tool in request["tools"]] for request in requests]
    assert "grown" in offered[1], offered
    assert artifacts["llm_output"] == "there is one tool more and grown", artifacts


def stateless(server):
    assert server.call("greet", name="Ada")["structuredContent"] == {"greeting": "Hello, Ada"}
    assert server.call("list")["structuredContent"] == [1, 2, 3]
    assert server.call("scalar")["structuredContent"] == 42
    assert server.failure("fail") == "the disk is on fire"


def an_argument_in_a_header(server):
    assert text_of(server.call("region", region="Köln")) == "Köln"


def greets(server):
    assert server.call("greet", name="Ada")["structuredContent"] == {"greeting": "Hello, Ada"}


def redirect_fails(server):
    code, _, stderr = server.run(("greet", {"name": "Ada"}))
    assert code == 1 and stderr, stderr


EDGE_CASES = [
    within_limit_or_error("half_character", lambda result: "good" in text_of(result)),
    within_limit_or_error("half_character_structured", lambda result: "good" in result["structuredContent"]["said"]),
    within_limit_or_error("deep", innermost),
    within_limit_or_error("large", lambda result: len(text_of(result)) == 17_000_000),
    # An artifact holds integers of 64 bits; larger ones are rejected, not rounded.
    within_limit_or_error("immense_integer", lambda result: result["structuredContent"]["large"] == 12345678901234567890123),
    within_limit_or_error("immense_number", lambda result: True),
    unknown_content,
    image_without_kind,
    text_without_text,
    without_content,
    numbers,
    protocol_error,
    any_structured_content,
    requests_of_the_server,
    a_step_has_a_timeout,
    a_tool_added_later,
]
NEWEST = [stateless, an_argument_in_a_header, a_step_has_a_timeout, a_tool_added_later]


def edge_cases(transport):
    return running("node", OWN / "edge_cases.mjs", transport, "{port}")


def newest(path="/mcp/"):
    return running("node", OWN / "stateless.mjs", "http", "{port}", path=path)


CHECKS = [
    *((f"edge_cases.mjs over stdio: {check.__name__}", check, program("node", OWN / "edge_cases.mjs", "stdio")) for check in [*EDGE_CASES, other_lines, truncated_lines]),
    *((f"edge_cases.mjs over HTTP with events: {check.__name__}", check, edge_cases("http")) for check in EDGE_CASES),
    *((f"edge_cases.mjs over HTTP with JSON: {check.__name__}", check, edge_cases("json")) for check in EDGE_CASES if check is not requests_of_the_server),
    *((f"stateless.mjs over stdio: {check.__name__}", check, program("node", OWN / "stateless.mjs", "stdio")) for check in NEWEST),
    *((f"stateless.mjs over HTTP: {check.__name__}", check, newest()) for check in NEWEST),
    *((f"stateless.mjs at {path}", greets, newest(path)) for path in ["/mcp", "/permanent"]),
    *((f"stateless.mjs at {path}", redirect_fails, newest(path)) for path in ["/round", "/elsewhere", "/nothing"]),
]

run_all(CHECKS, TIMEOUT)
