"""The step mcp with widely used servers: those of the Model Context Protocol project, and servers
on each of its official packages, old and new.

    python tools_of_many_servers.py PROGRAM OLD_PYTHON

OLD_PYTHON is a Python with the official package from before 2026; the current one has the newest.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PROGRAM = str(Path(sys.argv[1]).resolve())
OLD_PYTHON = os.path.abspath(sys.argv[2])
HERE = Path(__file__).resolve().parent
OWN = HERE / "servers"
BIN = HERE / "node_modules" / ".bin"

# A generous timeout in seconds.
TIMEOUT = 120


class Server:
    """A server, with calls of its tools."""

    def __init__(self, directory, server, timeout=TIMEOUT):
        self.directory = Path(directory)
        self.server = server
        self.timeout = timeout

    def run(self, *calls):
        """Calls tools, each in its own step: the exit code, the results, and stderr."""
        steps = []
        for number, (tool, arguments) in enumerate(calls):
            config = {"server": self.server, "tool_name": tool, "arguments": arguments, "result_key": f"r{number}"}
            steps.append({"type": "mcp", "config": config})
        code, artifacts, stderr = self.run_steps(*steps)
        return code, [artifacts.get(f"r{number}") for number in range(len(calls))], stderr

    def run_steps(self, *steps, **environment):
        """Runs steps: the exit code, the artifacts, and stderr."""
        (self.directory / "r.json").write_text(json.dumps(steps))
        run = subprocess.run(
            [PROGRAM, "run", "r.json", "-q", "--context-out", "-"],
            cwd=self.directory,
            env={**os.environ, "NO_PROXY": "*", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.timeout,
        )
        artifacts = json.loads(run.stdout) if run.stdout else {}
        return run.returncode, artifacts, run.stderr

    def results(self, *calls):
        """Calls tools that succeed: their results."""
        code, results, stderr = self.run(*calls)
        assert code == 0, stderr
        return results

    def call(self, tool, **arguments):
        (result,) = self.results((tool, arguments))
        return result

    def failure(self, tool, **arguments):
        """The message of a tool that fails."""
        result = self.call(tool, **arguments)
        assert result["isError"] is True, result
        return text_of(result)


def text_of(result):
    return "\n".join(block["text"] for block in result["content"] if block["type"] == "text")


def everything(server):
    assert text_of(server.call("echo", message="zähle 😀")) == "Echo: zähle 😀"
    assert "42.5" in text_of(server.call("get-sum", a=40, b=2.5))
    weather = server.call("get-structured-content", location="New York")
    assert weather["structuredContent"]["temperature"] == 33, weather
    assert json.loads(text_of(weather)) == weather["structuredContent"], weather
    kinds = [block["type"] for block in server.call("get-tiny-image")["content"]]
    assert kinds == ["text", "image", "text"], kinds
    link = server.call("get-resource-links", count=2)["content"][-1]
    assert link["type"] == "resource_link" and link["uri"], link
    reference = server.call("get-resource-reference", resourceType="Text", resourceId=1)
    assert reference["content"][1]["resource"]["uri"], reference
    annotated = server.call("get-annotated-message", messageType="error", includeImage=True)["content"]
    assert annotated[0]["annotations"] == {"priority": 1.0, "audience": ["user", "assistant"]}, annotated
    assert "completed" in text_of(server.call("trigger-long-running-operation", duration=0.2, steps=2))
    assert "Input validation error" in server.failure("echo")


def filesystem(server):
    directory = server.directory / "files"
    directory.mkdir()
    file = str(directory / "a.txt")
    written, read, listed, moved, found = server.results(
        ("write_file", {"path": file, "content": "eins\nzwei\n"}),
        ("read_text_file", {"path": file, "head": 1}),
        ("list_directory", {"path": str(directory)}),
        ("move_file", {"source": file, "destination": str(directory / "b.txt")}),
        ("search_files", {"path": str(directory), "pattern": "*.txt"}),
    )
    assert "Successfully wrote" in text_of(written), written
    assert read["structuredContent"] == {"content": "eins"}, read
    assert text_of(listed) == "[FILE] a.txt", listed
    assert (directory / "b.txt").read_text() == "eins\nzwei\n", moved
    assert text_of(found).endswith("b.txt"), found
    assert "Access denied" in server.failure("read_text_file", path="/etc/hostname")


def memory(server):
    entity = {"name": "Ada", "entityType": "person", "observations": ["writes programs"]}
    # Each step starts its own server, whose memory is a file.
    created, graph, found = server.results(
        ("create_entities", {"entities": [entity]}), ("read_graph", {}), ("search_nodes", {"query": "programs"})
    )
    assert created["structuredContent"]["entities"] == [entity], created
    assert graph["structuredContent"] == {"entities": [entity], "relations": []}, graph
    assert found["structuredContent"]["entities"] == [entity], found


def sequential_thinking(server):
    thought = server.call("sequentialthinking", thought="t", nextThoughtNeeded=False, thoughtNumber=1, totalThoughts=2)
    expected = {"thoughtNumber": 1, "totalThoughts": 2, "nextThoughtNeeded": False, "branches": [], "thoughtHistoryLength": 1}
    assert thought["structuredContent"] == expected, thought


def git(server):
    directory = server.directory / "repository"
    for command in [["init", "-q", "-b", "main", str(directory)], ["-C", str(directory), "config", "user.email", "a@example.com"]]:
        subprocess.run(["git", *command], check=True)
    subprocess.run(["git", "-C", str(directory), "config", "user.name", "Ada"], check=True)
    (directory / "a.txt").write_text("a\n")
    here = {"repo_path": str(directory)}
    _, staged, committed, log, status = server.results(
        ("git_add", {**here, "files": ["a.txt"]}),
        ("git_diff_staged", here),
        ("git_commit", {**here, "message": "The first"}),
        ("git_log", {**here, "max_count": 5}),
        ("git_status", here),
    )
    assert "+a" in text_of(staged), staged
    assert "Changes committed successfully" in text_of(committed), committed
    assert "The first" in text_of(log) and "nothing to commit" in text_of(status), log


def clock(server):
    time = server.call("get_current_time", timezone="Europe/Berlin")
    now = time.get("structuredContent") or json.loads(text_of(time))
    assert now["timezone"] == "Europe/Berlin" and re.match(r"\d{4}-\d\d-\d\dT", now["datetime"]), time
    assert "Invalid timezone" in text_of(server.call("get_current_time", timezone="Moon")), "no error of the server"


def fetch(server):
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write("<html><body><h1>Grüße</h1><p>a page</p></body></html>".encode())

        def log_message(self, *_):
            pass

    pages = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{pages.server_port}/page"
        assert "<h1>Grüße</h1>" in text_of(server.call("fetch", url=url, raw=True))
    finally:
        pages.shutdown()


def fast(server):
    added, words, counts, steps = server.results(
        ("add", {"a": 1}), ("words", {"text": "a b"}), ("counts", {"text": "a b a"}), ("steps", {})
    )
    assert added["structuredContent"] == {"result": 3} and text_of(added) == "3", added
    assert words["structuredContent"] == {"result": ["a", "b"]}, words
    assert counts["structuredContent"] == {"a": 2, "b": 1}, counts
    assert text_of(steps) == "done", steps
    assert "the disk is on fire" in server.failure("fail")


def old_python(server):
    added, people, steps = server.results(("add", {"a": 1, "b": 2}), ("people", {}), ("steps", {}))
    assert added["structuredContent"] == {"result": 3}, added
    ada, alan = {"name": "Ada", "age": 36}, {"name": "Alan", "age": None}
    assert people["structuredContent"] == {"result": [ada, alan]} and len(people["content"]) == 2, people
    assert text_of(steps) == "done", steps
    assert "this tool always fails" in server.failure("fail")


def new_python(server):
    assert server.call("add", a=1, b=2)["structuredContent"] == {"result": 3}
    assert "Error executing tool fail" in server.failure("fail")


def old_typescript(server):
    assert text_of(server.call("good")) == "good"
    assert text_of(server.call("progress")) in ["no token", "sent"]
    assert text_of(server.call("unknown_notification")) == "sent"


def typescript(server):
    assert server.call("greet", name="Ada")["structuredContent"] == {"greeting": "Hello, Ada"}
    assert server.failure("fail") == "the disk is on fire"
    assert text_of(server.call("progress")) in ["no token", "sent"]


def program(*command, **environment):
    """A server started for each step."""

    @contextmanager
    def start(directory):
        environment_here = {name: value.format(directory=directory) for name, value in environment.items()}
        args = [str(argument).format(directory=directory) for argument in command[1:]]
        yield {"command": str(command[0]), "args": args, "env": environment_here, "cwd": str(directory)}

    return start


def running(*command, path="/mcp", **environment):
    """A running server; `{port}` in its command and environment is its port."""

    @contextmanager
    def start(directory):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(
            [str(argument).format(port=port) for argument in command],
            cwd=directory,
            env={**os.environ, **{name: value.format(port=port) for name, value in environment.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + TIMEOUT
            while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
                assert time.monotonic() < deadline and process.poll() is None, "server did not start"
                time.sleep(0.05)
            yield {"url": f"http://127.0.0.1:{port}{path}"}
        finally:
            process.kill()
            process.wait()

    return start


PYTHON = Path(sys.executable)
SCRIPTS = PYTHON.parent

SERVERS = [
    ("server-everything over stdio", everything, program(BIN / "mcp-server-everything")),
    ("server-everything over HTTP", everything, running(BIN / "mcp-server-everything", "streamableHttp", PORT="{port}")),
    ("server-filesystem", filesystem, program(BIN / "mcp-server-filesystem", "{directory}/files")),
    ("server-memory", memory, program(BIN / "mcp-server-memory", MEMORY_FILE_PATH="{directory}/memory.jsonl")),
    ("server-sequential-thinking", sequential_thinking, program(BIN / "mcp-server-sequential-thinking")),
    ("mcp-server-git", git, program(SCRIPTS / "mcp-server-git", "--repository", "{directory}/repository")),
    ("mcp-server-time", clock, program(SCRIPTS / "mcp-server-time", "--local-timezone", "UTC")),
    ("mcp-server-fetch", fetch, program(SCRIPTS / "mcp-server-fetch", "--ignore-robots-txt", "--allow-private-ips")),
    ("fastmcp 4 over stdio", fast, program(PYTHON, OWN / "fastmcp.py", "stdio")),
    ("fastmcp 4 over HTTP", fast, running(PYTHON, OWN / "fastmcp.py", "http", "{port}")),
    ("mcp 1.30 over stdio", old_python, program(OLD_PYTHON, OWN / "old_python.py", "stdio")),
    ("mcp 1.30 over HTTP", old_python, running(OLD_PYTHON, OWN / "old_python.py", "streamable-http", "{port}")),
    ("mcp 2.3 over stdio", new_python, program(PYTHON, OWN / "tools.py", "stdio")),
    ("mcp 2.3 over HTTP", new_python, running(PYTHON, OWN / "tools.py", "streamable-http", "{port}")),
    ("sdk 1.32 over stdio", old_typescript, program("node", OWN / "edge_cases.mjs", "stdio")),
    ("sdk 1.32 over HTTP with events", old_typescript, running("node", OWN / "edge_cases.mjs", "http", "{port}")),
    ("sdk 1.32 over HTTP with JSON", old_typescript, running("node", OWN / "edge_cases.mjs", "json", "{port}")),
    ("server 2.4 over stdio", typescript, program("node", OWN / "stateless.mjs", "stdio", "0", "both")),
    ("server 2.4 over HTTP", typescript, running("node", OWN / "stateless.mjs", "http", "{port}", "both", path="/mcp/")),
]


def run_check(check, start, timeout):
    """The error of a check."""
    try:
        with tempfile.TemporaryDirectory() as directory, start(directory) as server:
            check(Server(directory, server, timeout))
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:500]}"
    return None


def run_all(checks, timeout=TIMEOUT):
    """Checks servers in parallel, since starting takes most of the time; exits the program."""
    failed = []
    with ThreadPoolExecutor(4) as pool:
        outcomes = [(name, pool.submit(run_check, check, start, timeout)) for name, check, start in checks]
        for name, outcome in outcomes:
            error = outcome.result()
            if error:
                failed.append(name)
            print(f"failed with {name}: {error}" if error else f"ok with {name}", flush=True)
    sys.exit(f"error: failed with {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    run_all(SERVERS)
