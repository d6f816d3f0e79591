"""`recipe mcp` with the client of the official Python SDK: over standard input and output and over
streamable HTTP, each with the handshake of clients from before 2026, and without it, like newer
ones, which have no sessions.

    python recipes_as_tools.py PROGRAM
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import anyio
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

PROGRAM = str(Path(sys.argv[1]).resolve())

SECRET = "recipe-key-5678"

# A generous timeout in seconds.
TIMEOUT = 20

# Number of parallel calls.
CALLERS = 4

HELLO = {"type": "set_context", "key": "greeting", "value": "Hello {{ who }}!"}

RECIPES = {
    "recipes/greet.json": {
        "name": "greet",
        "description": "Says hello.",
        "inputs": {
            "who": {"type": "string", "description": "Whom to greet."},
            "times": {"type": "integer", "default": 1},
            "share": {"type": "number", "required": False},
            "names": {"type": "array", "default": ["Ada"]},
        },
        "outputs": ["greeting", "times"],
        "steps": [HELLO],
    },
    "recipes/count.yaml": {
        "name": "Count to three",
        "steps": [
            {"type": "set_context", "key": "one", "value": "1"},
            {"type": "wait", "config": {"seconds": 0.01}, "name": "rest"},
            {"type": "parallel", "substeps": [{"type": "set_context", "key": "three", "value": "3"}]},
        ],
    },
    # Ends once all calls have started.
    "recipes/meet.json": {
        "name": "meet",
        "inputs": {"me": {"type": "string"}},
        "outputs": ["me"],
        "steps": [
            {"type": "write_files", "files": [{"path": "met/{{ me }}", "content": ""}]},
            {"type": "wait", "config": {"seconds": 0.01}},
            {"type": "shell", "command": f"until [ $(ls met | wc -l) -ge {CALLERS} ]; do sleep 0.01; done"},
        ],
    },
    "recipes/fail.json": {
        "name": "fail",
        "steps": [HELLO, {"type": "shell", "command": "echo the disk is on fire >&2; exit 3"}],
    },
    "recipes/sleep.json": {
        "name": "sleep",
        "steps": [
            {"type": "set_context", "key": "a", "value": "1"},
            {
                "type": "parallel",
                "substeps": [
                    {"type": "command", "program": "sleep", "args": ["600"]},
                    {"type": "shell", "command": "sleep 600 & sleep 600"},
                ],
            },
        ],
    },
    "recipes/call.json": {
        "name": "call",
        "inputs": {"path": {"type": "string"}},
        "steps": [{"type": "execute_recipe", "recipe_path": "{{ path }}"}],
    },
    "recipes/wrong.json": {"name": "wrong", "steps": [{"type": "paralel"}]},
    # The variable holds the value of --config.
    "recipes/tell.json": {
        "name": "tell",
        "outputs": ["said"],
        "steps": [{"type": "shell", "command": "echo the key is $TOLD", "output_key": "said"}],
    },
    "recipes/tell_and_fail.json": {
        "name": "tell_and_fail",
        "steps": [{"type": "shell", "command": "echo the key is $TOLD >&2; exit 3"}],
    },
    "recipes/parts/part.json": [HELLO],
    "outside.json": {"name": "outside", "steps": []},
}

OUTSIDE = "recipe file is outside the allowed recipe directories"


class Workspace:
    """A directory with recipes, and clients that call them."""

    def __init__(self, directory, connect, port=None):
        self.directory = directory
        self.connect = connect
        self.port = port

    def processes(self, name):
        """The IDs of the processes of this name in the directory."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                here = Path(os.readlink(process / "cwd")) == self.directory
                if here and (process / "comm").read_text().strip() == name:
                    found.append(int(process.name))
            except OSError:
                # The process has exited, or belongs to another user.
                pass
        return found

    async def sleepers(self, number):
        """Waits until this many processes sleep."""
        await until(lambda: len(self.processes("sleep")) == number, f"not {number} programs sleep")

    async def ended(self):
        """Waits until a server has exited: its exit status."""
        status = self.directory / "status"
        await until(lambda: status.exists() and status.read_text(), "the server does not end")
        return int(status.read_text())


class Caller:
    """A client, which checks everything it receives for the secret."""

    def __init__(self, client):
        self.client = client

    async def tools(self):
        listed = await self.client.list_tools()
        return {tool.name: tool for tool in listed.tools}

    async def result(self, tool, /, updates=None, **arguments):
        """Calls a tool and returns the result. Progress is appended to the list."""

        async def progress(done, total, message):
            updates.append((done, total, message))

        result = await self.client.call_tool(tool, arguments, progress_callback=None if updates is None else progress)
        assert SECRET not in result.model_dump_json() and SECRET not in str(updates), "leaked secret"
        return result

    async def call(self, tool, /, **arguments):
        """Calls a tool that succeeds: its structured content."""
        result = await self.result(tool, **arguments)
        assert not result.is_error, result
        return result.structured_content

    async def failure(self, tool, /, **arguments):
        """Calls a tool that fails: its message."""
        result = await self.result(tool, **arguments)
        assert result.is_error, result
        return text_of(result)


def text_of(result):
    (block,) = result.content
    return block.text


async def until(is_so, otherwise):
    with anyio.move_on_after(TIMEOUT):
        while not is_so():
            await anyio.sleep(0.01)
        return
    raise AssertionError(otherwise)


async def recipes_are_listed_with_their_inputs(workspace, caller):
    tools = await caller.tools()
    assert "Count_to_three" in tools and "outside" not in tools and "part" not in tools, list(tools)
    greet = tools["greet"]
    assert (greet.title, greet.description) == ("greet", "Says hello."), greet
    assert greet.input_schema == {
        "type": "object",
        "properties": {
            "who": {"type": "string", "description": "Whom to greet."},
            "times": {"type": "integer", "default": 1},
            "share": {"type": "number"},
            "names": {"type": "array", "default": ["Ada"]},
        },
        "required": ["who"],
        "additionalProperties": False,
    }, greet.input_schema
    # Files are read again for each request.
    new = workspace.directory / "recipes" / "new.json"
    new.write_text('{"name": "new", "steps": []}')
    assert "new" in await caller.tools(), "a new recipe is not listed"
    new.unlink()
    assert "new" not in await caller.tools(), "a removed recipe is still listed"


async def a_call_returns_the_outputs(workspace, caller):
    result = await caller.result("greet", who="Ada", times=2)
    outputs = {"greeting": "Hello Ada!", "times": 2}
    assert result.structured_content == outputs and json.loads(text_of(result)) == outputs, result
    result = await caller.result("Count_to_three")
    assert text_of(result).startswith("4 steps done in ") and text_of(result).endswith("; artifacts: one"), result


async def a_string_for_a_number_is_converted(workspace, caller):
    assert (await caller.call("greet", who="Ada", times="3"))["times"] == 3
    assert (await caller.call("greet", who="Ada"))["times"] == 1


async def invalid_arguments_are_reported(workspace, caller):
    assert await caller.failure("greet") == "missing input: who (Whom to greet.)"
    assert await caller.failure("greet", who="Ada", time=1) == "unknown argument: time; did you mean times?"
    assert await caller.failure("greet", who="Ada", times="many") == 'input times is not an integer: "many"'


async def a_failed_recipe_reports_the_step_and_the_error(workspace, caller):
    message = await caller.failure("fail")
    assert message.startswith("step 1 (shell): ") and "the disk is on fire" in message, message
    assert "unknown step type: paralel" in await caller.failure("wrong")


async def an_unknown_tool_is_a_protocol_error(workspace, caller):
    for name in ["nothing", "outside", "../outside", ""]:
        try:
            raise AssertionError(await caller.result(name))
        except MCPError as error:
            assert error.code == -32602 and name in error.message, error


async def calls_run_concurrently(workspace, caller):
    await all_meet(workspace, [caller] * CALLERS)


async def all_meet(workspace, callers):
    met = workspace.directory / "met"
    async with anyio.create_task_group() as calls:
        for number, caller in enumerate(callers):
            calls.start_soon(partial(caller.call, "meet", me=str(number)))
    assert len(list(met.iterdir())) == CALLERS
    for file in met.iterdir():
        file.unlink()


async def progress_is_reported_in_order(workspace, caller):
    updates = []
    await caller.result("Count_to_three", updates=updates)
    assert updates == [
        (1.0, None, "done 0 set_context"),
        (2.0, None, 'done 1 wait "rest"'),
        (3.0, None, "done 2.substeps[0] set_context"),
        (4.0, None, "done 2 parallel"),
    ], updates


async def a_call_that_is_cancelled_leaves_nothing_running(workspace, caller):
    for updates in [None, []]:
        async with anyio.create_task_group() as calls:
            calls.start_soon(partial(caller.result, "sleep", updates=updates))
            await workspace.sleepers(3)
            await until(lambda: updates is None or updates, "no progress during a call")
            calls.cancel_scope.cancel()
        await workspace.sleepers(0)
    assert (await caller.call("greet", who="Ada"))["times"] == 1


async def one_call_that_is_cancelled_does_not_stop_another(workspace, caller):
    async def call(scope):
        with scope:
            await caller.result("sleep")

    scopes = [anyio.CancelScope(), anyio.CancelScope()]
    async with anyio.create_task_group() as calls:
        for scope in scopes:
            calls.start_soon(call, scope)
        await workspace.sleepers(6)
        scopes[0].cancel()
        await workspace.sleepers(3)
        assert await caller.call("greet", who="Ada")
        assert len(workspace.processes("sleep")) == 3, "another call was stopped"
        scopes[1].cancel()
    await workspace.sleepers(0)


async def a_client_that_disconnects_leaves_nothing_running(workspace, caller):
    async with anyio.create_task_group() as calls:
        async with workspace.connect() as client:
            calls.start_soon(call_until_cancelled, Caller(client), None)
            await workspace.sleepers(3)
        await workspace.sleepers(0)
    if not workspace.port:
        # The client kills a server that does not exit by itself.
        assert await workspace.ended() == 0


async def call_until_cancelled(caller, updates):
    try:
        result = await caller.result("sleep", updates=updates)
    except MCPError:
        # Disconnected before the response.
        return
    assert result.is_error and text_of(result) == "cancelled", result


async def recipes_outside_the_directory_do_not_run(workspace, caller):
    (workspace.directory / "recipes" / "link.json").symlink_to(workspace.directory / "outside.json")
    assert not (await caller.result("call", path="recipes/parts/part.json")).is_error
    for path in ["outside.json", "recipes/../outside.json", str(workspace.directory / "outside.json"), "recipes/link.json"]:
        message = await caller.failure("call", path=path)
        assert message == f"step 0 (execute_recipe): {path}: {OUTSIDE}", message
        message = await caller.failure("validate_recipe", path=path)
        assert message == f"{path}: {OUTSIDE}", message
    assert "outside" not in await caller.tools()
    (workspace.directory / "recipes" / "link.json").unlink()


async def recipes_are_checked(workspace, caller):
    assert await caller.call("validate_recipe", path="recipes/count.yaml") == {"valid": True, "problems": []}
    for arguments in [{"path": "recipes/wrong.json"}, {"text": "steps:\n- type: paralel\n", "format": "yaml"}]:
        checked = await caller.call("validate_recipe", **arguments)
        (problem,) = checked["problems"]
        assert not checked["valid"] and problem["suggestion"] == "parallel", checked
    assert "not found" in await caller.failure("validate_recipe", path="recipes/none.json")
    assert "either path or text" in await caller.failure("validate_recipe")


async def step_types_are_listed(workspace, caller):
    types = {listed["type"]: listed["description"] for listed in (await caller.call("list_step_types"))["step_types"]}
    assert "parallel" in types and all(types.values()), types


async def secrets_are_masked(workspace, caller):
    # The caller checks everything it receives.
    assert "the key is ***" in await caller.failure("tell_and_fail")
    assert (await caller.call("tell"))["said"]["stdout"] == "the key is ***\n"
    assert await caller.failure("greet", who="Ada", times=SECRET) == 'input times is not an integer: "***"'


async def a_server_that_stops_during_a_call_leaves_nothing_running(workspace, caller):
    # A client without a response to its call yet fails with its server.
    updates = []
    async with anyio.create_task_group() as calls:
        calls.start_soon(call_until_cancelled, caller, updates)
        await until(lambda: updates, "no progress was reported")
        await workspace.sleepers(3)
        (server,) = workspace.processes("recipe")
        os.kill(server, signal.SIGTERM)
        assert await workspace.ended() == 130
        assert not workspace.processes("sleep"), "a process is left"
        # Over HTTP the client would keep reconnecting for some time.
        calls.cancel_scope.cancel()


CHECKS = [
    recipes_are_listed_with_their_inputs,
    a_call_returns_the_outputs,
    a_string_for_a_number_is_converted,
    invalid_arguments_are_reported,
    a_failed_recipe_reports_the_step_and_the_error,
    an_unknown_tool_is_a_protocol_error,
    calls_run_concurrently,
    progress_is_reported_in_order,
    a_call_that_is_cancelled_leaves_nothing_running,
    one_call_that_is_cancelled_does_not_stop_another,
    a_client_that_disconnects_leaves_nothing_running,
    recipes_outside_the_directory_do_not_run,
    recipes_are_checked,
    step_types_are_listed,
    secrets_are_masked,
]


async def requests_from_other_origins_are_rejected(workspace, caller):
    for headers, status in [
        ({}, 200),
        ({"Host": f"localhost:{workspace.port}"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": f"evil.example:{workspace.port}"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"http://127.0.0.1:{workspace.port}"}, 403),
    ]:
        assert initialize(workspace.port, headers) == status, f"not {status}: {headers}"


def initialize(port, headers):
    """Sends `initialize`: the HTTP status of the response."""
    parameters = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters}
    accepted = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("POST", "/mcp", json.dumps(request), {**accepted, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


async def several_clients_are_served_at_once(workspace, caller):
    async with workspace.connect() as second, workspace.connect() as third:
        callers = [caller, Caller(second), Caller(third), caller]
        await all_meet(workspace, callers)
        async with anyio.create_task_group() as calls:
            calls.start_soon(partial(caller.result, "sleep"))
            await workspace.sleepers(3)
            async with workspace.connect() as fourth:
                assert await Caller(fourth).call("greet", who="Ada")
            assert len(workspace.processes("sleep")) == 3, "disconnecting a client cancelled another's call"
            calls.cancel_scope.cancel()
    await workspace.sleepers(0)


async def a_port_in_use_is_reported(workspace, caller):
    second = subprocess.run(
        [PROGRAM, "mcp", "recipes", "--http", str(workspace.port)],
        cwd=workspace.directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert second.returncode == 2 and not second.stdout, second
    assert f"error: cannot listen on 127.0.0.1:{workspace.port}: Address already in use" in second.stderr, second


HTTP_CHECKS = [requests_from_other_origins_are_rejected, several_clients_are_served_at_once, a_port_in_use_is_reported]


# Records the exit status of the program, unless it is killed together with the program.
SERVER = '"$0" mcp recipes --config api_key="$TOLD" "$@"; echo $? >status.new; mv status.new status'


@asynccontextmanager
async def over_stdio(directory, mode, stderr):
    environment = {"TOLD": SECRET}
    parameters = StdioServerParameters(command="sh", args=["-c", SERVER, PROGRAM], env=environment, cwd=directory)
    yield Workspace(directory, lambda: Client(stdio_client(parameters, errlog=stderr), mode=mode))


@asynccontextmanager
async def over_http(directory, mode, stderr):
    server = subprocess.Popen(
        ["sh", "-c", SERVER, PROGRAM, "--http", "0"],
        cwd=directory,
        env={**os.environ, "TOLD": SECRET},
        stdin=subprocess.DEVNULL,
        stderr=stderr,
    )
    log = Path(stderr.name)
    try:
        await until(lambda: "/mcp\n" in log.read_text(), "the server does not listen")
        (url,) = [line.split()[-1] for line in log.read_text().splitlines() if line.startswith("listening on ")]
        yield Workspace(directory, lambda: Client(streamable_http_client(url), mode=mode), urlsplit(url).port)
    finally:
        server.kill()
        server.wait()


async def check(name, over, mode):
    with tempfile.TemporaryDirectory() as directory, open(Path(directory) / "stderr", "w", encoding="utf-8") as stderr:
        directory = Path(directory).resolve()
        for path, recipe in RECIPES.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(json.dumps(recipe))
        async with over(directory, mode, stderr) as workspace:
            checks = CHECKS + (HTTP_CHECKS if workspace.port else [])
            # The check that stops the server is the last.
            checks = [*checks, a_server_that_stops_during_a_call_leaves_nothing_running]
            for one in checks:
                try:
                    with anyio.fail_after(2 * TIMEOUT):
                        (directory / "status").unlink(missing_ok=True)
                        async with workspace.connect() as client:
                            await one(workspace, Caller(client))
                except BaseException:
                    print(f"failed over {name}: {one.__name__}")
                    raise
                finally:
                    for left in workspace.processes("sleep"):
                        os.kill(left, signal.SIGKILL)
            assert SECRET not in (directory / "stderr").read_text(), "a secret on the standard error"
            assert not workspace.processes("recipe"), "a server is left"
        print(f"ok over {name}: {len(checks)} checks")


def main():
    for name, over in [("stdio", over_stdio), ("streamable HTTP", over_http)]:
        for handshake, mode in [("with a handshake", "legacy"), ("without one", "2026-07-28")]:
            anyio.run(check, f"{name} {handshake}", over, mode)


os.environ["NO_PROXY"] = "*"
# The client logs whatever a stopped server does; the checks cover what matters.
logging.disable(logging.ERROR)
main()
