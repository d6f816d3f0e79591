"""The step mcp, and models with tools, with servers of the official Python SDK: over standard input
and output, over streamable HTTP, and over the older HTTP with server-sent events.

    python tools_of_servers.py PROGRAM
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from scripted_model import scripted_model

PROGRAM = str(Path(sys.argv[1]).resolve())
TOOLS = str(Path(__file__).resolve().parent / "servers" / "tools.py")

SECRET = "tool-key-5678"

# A generous timeout in seconds.
TIMEOUT = 20


class Workspace:
    """A directory to run recipes in."""

    def __init__(self, directory, server):
        self.directory = Path(directory)
        self.server = server

    def start(self, *steps):
        """Starts a run of these steps."""
        (self.directory / "r.json").write_text(json.dumps(steps))
        environment = {**os.environ, "TOOL_KEY": SECRET, "XDG_STATE_HOME": "state", "NO_PROXY": "*"}
        return subprocess.Popen(
            [PROGRAM, "run", "r.json", "--context-out", "-", "--log-dir", "logs", "--events", "events.jsonl"],
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *steps):
        """Runs steps to the end: the exit code, the artifacts, and stderr."""
        run = self.start(*steps)
        out, stderr = run.communicate(timeout=TIMEOUT)
        return run.returncode, json.loads(out), stderr

    def call(self, tool, **arguments):
        """Calls a tool and returns its result."""
        code, artifacts, stderr = self.run(self.step(tool, **arguments))
        assert code == 0, stderr
        return artifacts["tool_result"]

    def step(self, tool, **arguments):
        return {"type": "mcp", "config": {"server": self.server, "tool_name": tool, "arguments": arguments}}

    def is_program(self):
        return "command" in self.server


def text_of(result):
    return result["content"][0]["text"]


def a_tool_is_called(workspace):
    result = workspace.call("greet", name="Ada", words=["Hello", "Bye"])
    assert result["isError"] is False, result
    assert text_of(result) == "Hello, Ada; Bye, Ada", result
    assert workspace.call("add", a=1, b=2)["structuredContent"] == {"result": 3}


def other_content_is_stored_verbatim(workspace):
    (picture,) = workspace.call("picture")["content"]
    assert (picture["type"], picture["mimeType"], picture["data"]) == ("image", "image/png", "eA=="), picture


def a_tool_that_fails_has_a_result(workspace):
    code, artifacts, stderr = workspace.run(workspace.step("fail"))
    assert code == 0 and artifacts["tool_result"]["isError"] is True, artifacts
    assert "warning: 0: tool fail failed" in stderr, stderr


def invalid_arguments_are_reported(workspace):
    assert "validation error" in text_of(workspace.call("add", a="x")), "no error of the SDK"


def an_unknown_tool_is_reported(workspace):
    assert "Unknown tool" in text_of(workspace.call("nothing")), "no error of the SDK"


def only_given_variables_are_visible(workspace):
    if workspace.is_program():
        assert text_of(workspace.call("variable", name="TOOL_KEY")) == SECRET
        assert text_of(workspace.call("variable", name="XDG_STATE_HOME")) == "not set"


def a_server_that_exits_is_reported(workspace):
    if workspace.is_program():
        code, _, stderr = workspace.run(workspace.step("die"))
        assert code == 1 and "exited with status 3: the disk is on fire" in stderr, stderr


def a_cancelled_run_leaves_no_processes(workspace):
    pids = workspace.directory / "numbers"
    pids.unlink(missing_ok=True)
    run = workspace.start(workspace.step("sleep", file=str(pids)))
    deadline = time.monotonic() + TIMEOUT
    while not (pids.exists() and pids.read_text()):
        assert time.monotonic() < deadline, "the tool was not called"
        time.sleep(0.01)
    stopped = time.monotonic()
    run.terminate()
    run.communicate(timeout=TIMEOUT)
    elapsed = time.monotonic() - stopped
    assert elapsed < 1, f"the run ended after {elapsed} s"
    assert run.returncode == 130, run.returncode
    server, sleeper = pids.read_text().split()
    if workspace.is_program():
        assert not is_running(server) and not is_running(sleeper), "a process is left"
    else:
        # Processes of a remote server are its own.
        subprocess.run(["kill", sleeper], check=True)


def a_model_calls_tools(workspace):
    with scripted_model(two_calls) as (url, requests):
        config = {
            "prompt": "p",
            "model": "openai/m",
            "mcp_servers": [workspace.server],
            "tools_deny": ["die"],
            "output_format": "text",
        }
        step = {"type": "llm_generate", "config": config}
        os.environ["OPENAI_BASE_URL"] = url
        code, artifacts, stderr = workspace.run(step)
    assert code == 0, stderr
    assert artifacts["llm_output"] == "3 and Hello, Ada", artifacts
    assert "2 requests" in stderr and "2 tool calls" in stderr, stderr
    offered = [tool["function"]["name"] for tool in requests[0]["tools"]]
    assert "add" in offered and "die" not in offered, offered
    events = (workspace.directory / "events.jsonl").read_text()
    assert events.count("tool_called") == 2, events


def is_running(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return ") Z " not in stat


def two_calls(results):
    """Two calls in parallel, at first."""
    return [] if results else [("add", {"a": 1, "b": 2}), ("greet", {"name": "Ada", "words": ["Hello"]})]


CHECKS = [
    a_tool_is_called,
    other_content_is_stored_verbatim,
    a_tool_that_fails_has_a_result,
    invalid_arguments_are_reported,
    an_unknown_tool_is_reported,
    only_given_variables_are_visible,
    a_server_that_exits_is_reported,
    a_cancelled_run_leaves_no_processes,
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
        deadline = time.monotonic() + TIMEOUT
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
            assert time.monotonic() < deadline and server.poll() is None, "server did not start"
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
        with servers as server, tempfile.TemporaryDirectory() as directory:
            workspace = Workspace(directory, server)
            for check in CHECKS:
                try:
                    check(workspace)
                except BaseException:
                    print(f"failed over {name}: {check.__name__}")
                    raise
                finally:
                    logs = (workspace.directory / "logs" / "debug.log").read_text()
                    assert SECRET not in logs, "a secret in the log"
            print(f"ok over {name}: {len(CHECKS)} checks")


os.environ["OPENAI_API_KEY"] = "sk-live-1234"
main()
