"""`recipe mcp` with the client of the official Python SDK: over standard input and output and over streamable HTTP, each
in the way of clients of before 2026, which begin with a handshake, and in that of newer ones, which do without sessions.

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

# Far more than anything here takes.
PATIENCE = 20

# How many calls are under way at once where several are.
MEETING = 4

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
    # Ends when all who are to come are there.
    "recipes/meet.json": {
        "name": "meet",
        "inputs": {"me": {"type": "string"}},
        "outputs": ["me"],
        "steps": [
            {"type": "write_files", "files": [{"path": "met/{{ me }}", "content": ""}]},
            {"type": "wait", "config": {"seconds": 0.01}},
            {"type": "shell", "command": f"until [ $(ls met | wc -l) -ge {MEETING} ]; do sleep 0.01; done"},
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
    # The variable has what is given with --config.
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

OUTSIDE = "the recipe file lies outside the folders that recipes may be run from"


class Place:
    """A folder with recipes, and clients that call them."""

    def __init__(self, folder, connect, port=None):
        self.folder = folder
        self.connect = connect
        self.port = port

    def processes(self, name):
        """The numbers of the programs of this name that run here."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                here = Path(os.readlink(process / "cwd")) == self.folder
                if here and (process / "comm").read_text().strip() == name:
                    found.append(int(process.name))
            except OSError:
                # It has ended, or is not ours.
                pass
        return found

    async def sleepers(self, number):
        """Waits until so many programs sleep."""
        await until(lambda: len(self.processes("sleep")) == number, f"not {number} programs sleep")

    async def ended(self):
        """Waits until a server has ended by itself: its exit status."""
        status = self.folder / "status"
        await until(lambda: status.exists() and status.read_text(), "the server does not end")
        return int(status.read_text())


class Caller:
    """A client, which looks for the secret in whatever it is told."""

    def __init__(self, client):
        self.client = client

    async def tools(self):
        listed = await self.client.list_tools()
        return {tool.name: tool for tool in listed.tools}

    async def result(self, tool, /, told=None, **arguments):
        """Calls a tool: the result. Progress is told to the list."""

        async def progress(done, total, message):
            told.append((done, total, message))

        result = await self.client.call_tool(tool, arguments, progress_callback=None if told is None else progress)
        assert SECRET not in result.model_dump_json() and SECRET not in str(told), "a secret is told"
        return result

    async def call(self, tool, /, **arguments):
        """Calls a tool that does not fail: what it returns."""
        result = await self.result(tool, **arguments)
        assert not result.is_error, result
        return result.structured_content

    async def failure(self, tool, /, **arguments):
        """Calls a tool that fails: why."""
        result = await self.result(tool, **arguments)
        assert result.is_error, result
        return said(result)


def said(result):
    (block,) = result.content
    return block.text


async def until(is_so, otherwise):
    with anyio.move_on_after(PATIENCE):
        while not is_so():
            await anyio.sleep(0.01)
        return
    raise AssertionError(otherwise)


async def recipes_are_listed_with_their_inputs(place, caller):
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
    # Looked for anew.
    new = place.folder / "recipes" / "new.json"
    new.write_text('{"name": "new", "steps": []}')
    assert "new" in await caller.tools(), "a new recipe is not listed"
    new.unlink()
    assert "new" not in await caller.tools(), "a recipe is listed that is no more"


async def a_call_returns_the_outputs(place, caller):
    result = await caller.result("greet", who="Ada", times=2)
    outputs = {"greeting": "Hello Ada!", "times": 2}
    assert result.structured_content == outputs and json.loads(said(result)) == outputs, result
    result = await caller.result("Count_to_three")
    assert said(result).startswith("4 steps done in ") and said(result).endswith("; artifacts: one"), result


async def a_text_for_a_number_is_converted(place, caller):
    assert (await caller.call("greet", who="Ada", times="3"))["times"] == 3
    assert (await caller.call("greet", who="Ada"))["times"] == 1


async def wrong_arguments_are_told(place, caller):
    assert await caller.failure("greet") == "missing input: who (Whom to greet.)"
    assert await caller.failure("greet", who="Ada", time=1) == "unknown argument: time; did you mean times?"
    assert await caller.failure("greet", who="Ada", times="many") == 'input times is not an integer: "many"'


async def a_recipe_that_fails_tells_in_which_step_and_why(place, caller):
    told = await caller.failure("fail")
    assert told.startswith("step 1 (shell): ") and "the disk is on fire" in told, told
    assert "unknown step type: paralel" in await caller.failure("wrong")


async def a_tool_that_is_not_there_is_an_error_of_the_protocol(place, caller):
    for name in ["nothing", "outside", "../outside", ""]:
        try:
            raise AssertionError(await caller.result(name))
        except MCPError as error:
            assert error.code == -32602 and name in error.message, error


async def calls_are_under_way_at_once(place, caller):
    await all_meet(place, [caller] * MEETING)


async def all_meet(place, callers):
    met = place.folder / "met"
    async with anyio.create_task_group() as calls:
        for number, caller in enumerate(callers):
            calls.start_soon(partial(caller.call, "meet", me=str(number)))
    assert len(list(met.iterdir())) == MEETING
    for file in met.iterdir():
        file.unlink()


async def progress_is_told_in_order(place, caller):
    told = []
    await caller.result("Count_to_three", told=told)
    assert told == [
        (1.0, None, "done 0 set_context"),
        (2.0, None, 'done 1 wait "rest"'),
        (3.0, None, "done 2.substeps[0] set_context"),
        (4.0, None, "done 2 parallel"),
    ], told


async def a_call_that_is_cancelled_leaves_nothing_running(place, caller):
    for told in [None, []]:
        async with anyio.create_task_group() as calls:
            calls.start_soon(partial(caller.result, "sleep", told=told))
            await place.sleepers(3)
            await until(lambda: told is None or told, "no progress is told while a call is under way")
            calls.cancel_scope.cancel()
        await place.sleepers(0)
    assert (await caller.call("greet", who="Ada"))["times"] == 1


async def one_call_that_is_cancelled_does_not_stop_another(place, caller):
    async def call(scope):
        with scope:
            await caller.result("sleep")

    scopes = [anyio.CancelScope(), anyio.CancelScope()]
    async with anyio.create_task_group() as calls:
        for scope in scopes:
            calls.start_soon(call, scope)
        await place.sleepers(6)
        scopes[0].cancel()
        await place.sleepers(3)
        assert await caller.call("greet", who="Ada")
        assert len(place.processes("sleep")) == 3, "another call was stopped"
        scopes[1].cancel()
    await place.sleepers(0)


async def a_client_that_leaves_during_a_call_leaves_nothing_running(place, caller):
    async with anyio.create_task_group() as calls:
        async with place.connect() as client:
            calls.start_soon(call_in_vain, Caller(client), None)
            await place.sleepers(3)
        await place.sleepers(0)
    if not place.port:
        # Had it not ended by itself, the client would have killed it.
        assert await place.ended() == 0


async def call_in_vain(caller, told):
    try:
        result = await caller.result("sleep", told=told)
    except MCPError:
        # It is gone before it has an answer.
        return
    assert result.is_error and said(result) == "cancelled", result


async def nothing_outside_the_folder_is_run(place, caller):
    (place.folder / "recipes" / "link.json").symlink_to(place.folder / "outside.json")
    assert not (await caller.result("call", path="recipes/parts/part.json")).is_error
    for path in ["outside.json", "recipes/../outside.json", str(place.folder / "outside.json"), "recipes/link.json"]:
        told = await caller.failure("call", path=path)
        assert told == f"step 0 (execute_recipe): {path}: {OUTSIDE}", told
        told = await caller.failure("validate_recipe", path=path)
        assert told == f"{path}: {OUTSIDE}", told
    assert "outside" not in await caller.tools()
    (place.folder / "recipes" / "link.json").unlink()


async def recipes_are_checked(place, caller):
    assert await caller.call("validate_recipe", path="recipes/count.yaml") == {"valid": True, "problems": []}
    for arguments in [{"path": "recipes/wrong.json"}, {"text": "steps:\n- type: paralel\n", "format": "yaml"}]:
        checked = await caller.call("validate_recipe", **arguments)
        (problem,) = checked["problems"]
        assert not checked["valid"] and problem["suggestion"] == "parallel", checked
    assert "not found" in await caller.failure("validate_recipe", path="recipes/none.json")
    assert "either path or text" in await caller.failure("validate_recipe")


async def step_types_are_listed(place, caller):
    types = {listed["type"]: listed["description"] for listed in (await caller.call("list_step_types"))["step_types"]}
    assert "parallel" in types and all(types.values()), types


async def secrets_are_not_told(place, caller):
    # The caller looks at whatever it is told.
    assert "the key is ***" in await caller.failure("tell_and_fail")
    assert (await caller.call("tell"))["said"]["stdout"] == "the key is ***\n"
    assert await caller.failure("greet", who="Ada", times=SECRET) == 'input times is not an integer: "***"'


async def a_server_that_is_stopped_during_a_call_leaves_nothing_running(place, caller):
    # A client that has no word of its call yet breaks down when its server does.
    told = []
    async with anyio.create_task_group() as calls:
        calls.start_soon(call_in_vain, caller, told)
        await until(lambda: told, "no progress is told")
        await place.sleepers(3)
        (server,) = place.processes("recipe")
        os.kill(server, signal.SIGTERM)
        assert await place.ended() == 130
        assert not place.processes("sleep"), "a process is left"
        # Over HTTP the client would look for the server for some time.
        calls.cancel_scope.cancel()


CHECKS = [
    recipes_are_listed_with_their_inputs,
    a_call_returns_the_outputs,
    a_text_for_a_number_is_converted,
    wrong_arguments_are_told,
    a_recipe_that_fails_tells_in_which_step_and_why,
    a_tool_that_is_not_there_is_an_error_of_the_protocol,
    calls_are_under_way_at_once,
    progress_is_told_in_order,
    a_call_that_is_cancelled_leaves_nothing_running,
    one_call_that_is_cancelled_does_not_stop_another,
    a_client_that_leaves_during_a_call_leaves_nothing_running,
    nothing_outside_the_folder_is_run,
    recipes_are_checked,
    step_types_are_listed,
    secrets_are_not_told,
]


async def requests_from_elsewhere_are_refused(place, caller):
    for headers, status in [
        ({}, 200),
        ({"Host": f"localhost:{place.port}"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": f"evil.example:{place.port}"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"http://127.0.0.1:{place.port}"}, 403),
    ]:
        assert begin(place.port, headers) == status, f"not {status}: {headers}"


def begin(port, headers):
    """Begins as a client does: the status of the answer."""
    parameters = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters}
    accepted = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", "/mcp", json.dumps(hello), {**accepted, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


async def several_clients_are_served_at_once(place, caller):
    async with place.connect() as second, place.connect() as third:
        callers = [caller, Caller(second), Caller(third), caller]
        await all_meet(place, callers)
        async with anyio.create_task_group() as calls:
            calls.start_soon(partial(caller.result, "sleep"))
            await place.sleepers(3)
            async with place.connect() as fourth:
                assert await Caller(fourth).call("greet", who="Ada")
            assert len(place.processes("sleep")) == 3, "a client that leaves has stopped the call of another"
            calls.cancel_scope.cancel()
    await place.sleepers(0)


async def a_port_that_is_taken_is_told(place, caller):
    second = subprocess.run(
        [PROGRAM, "mcp", "recipes", "--http", str(place.port)],
        cwd=place.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert second.returncode == 2 and not second.stdout, second
    assert f"error: cannot listen at 127.0.0.1:{place.port}: Address already in use" in second.stderr, second


HTTP_CHECKS = [requests_from_elsewhere_are_refused, several_clients_are_served_at_once, a_port_that_is_taken_is_told]


# Keeps the exit status of the program, unless it is killed together with the program.
SERVER = '"$0" mcp recipes --config api_key="$TOLD" "$@"; echo $? >status.new; mv status.new status'


@asynccontextmanager
async def over_stdio(folder, mode, told):
    environment = {"TOLD": SECRET}
    parameters = StdioServerParameters(command="sh", args=["-c", SERVER, PROGRAM], env=environment, cwd=folder)
    yield Place(folder, lambda: Client(stdio_client(parameters, errlog=told), mode=mode))


@asynccontextmanager
async def over_http(folder, mode, told):
    server = subprocess.Popen(
        ["sh", "-c", SERVER, PROGRAM, "--http", "0"],
        cwd=folder,
        env={**os.environ, "TOLD": SECRET},
        stdin=subprocess.DEVNULL,
        stderr=told,
    )
    said = Path(told.name)
    try:
        await until(lambda: "/mcp\n" in said.read_text(), "the server does not listen")
        (url,) = [line.split()[-1] for line in said.read_text().splitlines() if line.startswith("listening on ")]
        yield Place(folder, lambda: Client(streamable_http_client(url), mode=mode), urlsplit(url).port)
    finally:
        server.kill()
        server.wait()


async def check(name, over, mode):
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "told", "w", encoding="utf-8") as told:
        folder = Path(folder).resolve()
        for path, recipe in RECIPES.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(json.dumps(recipe))
        async with over(folder, mode, told) as place:
            checks = CHECKS + (HTTP_CHECKS if place.port else [])
            # That of a server which is stopped is the last.
            checks = [*checks, a_server_that_is_stopped_during_a_call_leaves_nothing_running]
            for one in checks:
                try:
                    with anyio.fail_after(2 * PATIENCE):
                        (folder / "status").unlink(missing_ok=True)
                        async with place.connect() as client:
                            await one(place, Caller(client))
                except BaseException:
                    print(f"failed over {name}: {one.__name__}")
                    raise
                finally:
                    for left in place.processes("sleep"):
                        os.kill(left, signal.SIGKILL)
            assert SECRET not in (folder / "told").read_text(), "a secret on the standard error"
            assert not place.processes("recipe"), "a server is left"
        print(f"ok over {name}: {len(checks)} checks")


def main():
    for name, over in [("stdio", over_stdio), ("streamable HTTP", over_http)]:
        for way, mode in [("with a handshake", "legacy"), ("without one", "2026-07-28")]:
            anyio.run(check, f"{name} {way}", over, mode)


os.environ["NO_PROXY"] = "*"
# The client reports whatever a server that is stopped does, and all that matters is looked at here.
logging.disable(logging.ERROR)
main()
