"""The step mcp, and models with tools, with servers of the official Python SDK: over standard input and output, over
streamable HTTP, and over HTTP with server-sent events as old servers have it.

    python tools_of_servers.py PROGRAM
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PROGRAM = str(Path(sys.argv[1]).resolve())
TOOLS = str(Path(__file__).resolve().parent / "servers" / "tools.py")

SECRET = "tool-key-5678"

# Far more than anything here takes.
PATIENCE = 20


class Place:
    """A folder to run recipes in."""

    def __init__(self, folder, server):
        self.folder = Path(folder)
        self.server = server

    def begin(self, *steps):
        """Starts a run, whose first step has the server."""
        (self.folder / "r.json").write_text(json.dumps(steps))
        environment = {**os.environ, "TOOL_KEY": SECRET, "XDG_STATE_HOME": "state", "NO_PROXY": "*"}
        return subprocess.Popen(
            [PROGRAM, "run", "r.json", "--context-out", "-", "--log-dir", "logs", "--events", "events.jsonl"],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *steps):
        """Runs steps to their end: the exit code, the artifacts, and what was told."""
        run = self.begin(*steps)
        out, told = run.communicate(timeout=PATIENCE)
        return run.returncode, json.loads(out), told

    def call(self, tool, **arguments):
        """Calls a tool: the result."""
        code, artifacts, told = self.run(self.step(tool, **arguments))
        assert code == 0, told
        return artifacts["tool_result"]

    def step(self, tool, **arguments):
        return {"type": "mcp", "config": {"server": self.server, "tool_name": tool, "arguments": arguments}}

    def is_program(self):
        return "command" in self.server


def said(result):
    return result["content"][0]["text"]


def a_tool_is_called(place):
    result = place.call("greet", name="Ada", words=["Hello", "Bye"])
    assert result["isError"] is False, result
    assert said(result) == "Hello, Ada; Bye, Ada", result
    assert place.call("add", a=1, b=2)["structuredContent"] == {"result": 3}


def what_is_no_text_is_kept_as_it_is(place):
    (picture,) = place.call("picture")["content"]
    assert (picture["type"], picture["mimeType"], picture["data"]) == ("image", "image/png", "eA=="), picture


def a_tool_that_fails_has_a_result(place):
    code, artifacts, told = place.run(place.step("fail"))
    assert code == 0 and artifacts["tool_result"]["isError"] is True, artifacts
    assert "warning: 0: the tool fail says that it failed" in told, told


def wrong_arguments_are_told(place):
    assert "validation error" in said(place.call("add", a="x")), "no error of the SDK"


def a_tool_that_is_not_there_is_told(place):
    assert "Unknown tool" in said(place.call("nothing")), "no error of the SDK"


def only_what_is_given_is_seen(place):
    if place.is_program():
        assert said(place.call("variable", name="TOOL_KEY")) == SECRET
        assert said(place.call("variable", name="XDG_STATE_HOME")) == "not set"


def a_server_that_dies_is_told(place):
    if place.is_program():
        code, _, told = place.run(place.step("die"))
        assert code == 1 and "exited with status 3: the disk is on fire" in told, told


def nothing_is_left_of_a_run_that_is_stopped(place):
    mark = place.folder / "numbers"
    mark.unlink(missing_ok=True)
    run = place.begin(place.step("sleep", file=str(mark)))
    give_up = time.monotonic() + PATIENCE
    while not (mark.exists() and mark.read_text()):
        assert time.monotonic() < give_up, "the tool was not called"
        time.sleep(0.01)
    stopped = time.monotonic()
    run.terminate()
    run.communicate(timeout=PATIENCE)
    took = time.monotonic() - stopped
    assert took < 1, f"the run ended after {took} s"
    assert run.returncode == 130, run.returncode
    server, sleeper = mark.read_text().split()
    if place.is_program():
        assert not runs(server) and not runs(sleeper), "a process is left"
    else:
        # What a server elsewhere has started is its own.
        subprocess.run(["kill", sleeper], check=True)


def a_model_calls_tools(place):
    with model() as (url, asked):
        config = {
            "prompt": "p",
            "model": "openai/m",
            "mcp_servers": [place.server],
            "tools_deny": ["die"],
            "output_format": "text",
        }
        step = {"type": "llm_generate", "config": config}
        os.environ["OPENAI_BASE_URL"] = url
        code, artifacts, told = place.run(step)
    assert code == 0, told
    assert artifacts["llm_output"] == "3 and Hello, Ada", artifacts
    assert "2 requests" in told and "2 tool calls" in told, told
    offered = [tool["function"]["name"] for tool in asked[0]["tools"]]
    assert "add" in offered and "die" not in offered, offered
    events = (place.folder / "events.jsonl").read_text()
    assert events.count("tool_called") == 2, events


def runs(number):
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False
    return ") Z " not in stat


@contextmanager
def model():
    """A model that has two tools called at once and answers with what they said. Its address, and what it is asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append(request)
            results = [message["content"] for message in request["messages"] if message["role"] == "tool"]
            calls = [("add", {"a": 1, "b": 2}), ("greet", {"name": "Ada", "words": ["Hello"]})]
            message = {"content": " and ".join(results)}
            if not results:
                message["tool_calls"] = [
                    {"id": name, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
                    for name, arguments in calls
                ]
            body = json.dumps({"choices": [{"message": message}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()


CHECKS = [
    a_tool_is_called,
    what_is_no_text_is_kept_as_it_is,
    a_tool_that_fails_has_a_result,
    wrong_arguments_are_told,
    a_tool_that_is_not_there_is_told,
    only_what_is_given_is_seen,
    a_server_that_dies_is_told,
    nothing_is_left_of_a_run_that_is_stopped,
    a_model_calls_tools,
]


@contextmanager
def over_stdio():
    yield {"command": sys.executable, "args": [TOOLS, "stdio"], "env": {"TOOL_KEY": ""}}


@contextmanager
def over_http(transport, path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, TOOLS, transport, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        give_up = time.monotonic() + PATIENCE
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
            assert time.monotonic() < give_up and server.poll() is None, "the server does not start"
            time.sleep(0.05)
        yield {"url": f"http://127.0.0.1:{port}/{path}", "headers": {"Authorization": f"Bearer {SECRET}"}}
    finally:
        server.kill()
        server.wait()


def main():
    for name, servers in [
        ("stdio", over_stdio()),
        ("streamable HTTP", over_http("streamable-http", "mcp")),
        ("server-sent events", over_http("sse", "sse")),
    ]:
        with servers as server, tempfile.TemporaryDirectory() as folder:
            place = Place(folder, server)
            for check in CHECKS:
                try:
                    check(place)
                except BaseException:
                    print(f"failed over {name}: {check.__name__}")
                    raise
                finally:
                    logs = (place.folder / "logs" / "debug.log").read_text()
                    assert SECRET not in logs, "a secret in the log"
            print(f"ok over {name}: {len(CHECKS)} checks")


os.environ["OPENAI_API_KEY"] = "sk-live-1234"
main()
