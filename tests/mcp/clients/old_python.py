"""`recipe mcp` with clients of the official Python SDK from before 2026, and with LangChain's
adapters, which are built on it.

    python old_python.py PROGRAM
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import anyio
from langchain_mcp_adapters.client import MultiServerMCPClient
from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

PROGRAM = str(Path(sys.argv[1]).resolve())

# A generous timeout in seconds.
TIMEOUT = 20

RECIPES = {
    "greet": {
        "description": "Says hello.",
        "inputs": {"who": {"type": "string", "description": "Whom to greet."}, "times": {"type": "integer", "default": 1}},
        "outputs": ["greeting", "times"],
        "steps": [{"type": "set_context", "key": "greeting", "value": "Hello {{ who }}!"}],
    },
    # Valid in a recipe, but possibly too much for a client.
    "odd": {
        "description": "x" * 100_000,
        "inputs": {
            "$ref": {"default": None},
            "__proto__": {"type": "object", "default": {"$ref": "#/nowhere"}},
            "type": {"enum": ["a", 1, None, [1], {"type": "x"}], "default": 1},
            "ends": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}, "default": []},
        },
        "outputs": ["type", "$ref", "__proto__", "ends"],
        "steps": [],
    },
    "plain": {"steps": [{"type": "set_context", "key": "a", "value": "1"}]},
    "fail": {"outputs": ["a"], "steps": [{"type": "shell", "command": "echo the disk is on fire >&2; exit 3"}]},
    "sleep": {
        "steps": [
            {"type": "set_context", "key": "a", "value": "1"},
            {"type": "shell", "command": "echo $$ >pid.new; mv pid.new pid; exec sleep 600"},
        ]
    },
}


async def tools_are_listed(session):
    tools = {tool.name: tool for tool in (await session.list_tools()).tools}
    assert {*RECIPES, "validate_recipe", "list_step_types"} == {*tools}, list(tools)
    assert tools["greet"].inputSchema["required"] == ["who"], tools["greet"]
    assert tools["greet"].outputSchema["required"] == ["greeting", "times"], tools["greet"]
    assert tools["plain"].outputSchema is None, tools["plain"]


async def results_fit_their_schemas(session):
    # The client validates them.
    for tool, arguments, result in [
        ("greet", {"who": "Ada", "times": "2"}, {"greeting": "Hello Ada!", "times": 2}),
        ("odd", {}, {"type": 1, "$ref": None, "__proto__": {"$ref": "#/nowhere"}, "ends": []}),
        ("validate_recipe", {"text": "[]"}, {"valid": True, "problems": []}),
    ]:
        called = await session.call_tool(tool, arguments)
        assert not called.isError and called.structuredContent == result, called
        assert json.loads(called.content[0].text) == result, called
    called = await session.call_tool("validate_recipe", {"text": '[{"type": "loop"}, {"type": "paralel"}]'})
    assert not called.structuredContent["valid"] and len(called.structuredContent["problems"]) > 1, called
    assert (await session.call_tool("list_step_types")).structuredContent["step_types"]
    assert (await session.call_tool("plain")).content[0].text.startswith("1 step done")


async def failures_are_reported(session):
    called = await session.call_tool("fail")
    assert called.isError and "the disk is on fire" in called.content[0].text, called
    called = await session.call_tool("greet", {})
    assert called.isError and called.content[0].text == "missing input: who (Whom to greet.)", called
    try:
        raise AssertionError(await session.call_tool("none"))
    except McpError as error:
        assert error.error.code == -32602, error


async def unsupported_methods_are_rejected(session):
    for request in [session.list_resources, session.list_prompts, session.list_resource_templates]:
        try:
            raise AssertionError(await request())
        except McpError as error:
            assert error.error.code == -32601, error
    await session.send_ping()


async def large_arguments_arrive(session):
    # Larger than a pipe buffer and a page.
    who = "x" * 1_000_000
    assert (await session.call_tool("greet", {"who": who})).structuredContent["greeting"] == f"Hello {who}!"


async def progress_is_reported(session):
    updates = []

    async def progress(done, total, message):
        updates.append((done, total, message))

    await session.call_tool("plain", progress_callback=progress)
    assert updates == [(1.0, None, "done 0 set_context")], updates


async def a_call_can_time_out(session):
    # This client does not cancel its request, and over stdio it breaks if a response arrives while
    # it exits.
    try:
        raise AssertionError(await session.call_tool("sleep", read_timeout_seconds=timedelta(seconds=0.5)))
    except McpError as error:
        assert "Timed out" in error.error.message, error
    # The session still works.
    await results_fit_their_schemas(session)


CHECKS = [
    tools_are_listed,
    results_fit_their_schemas,
    failures_are_reported,
    unsupported_methods_are_rejected,
    large_arguments_arrive,
    progress_is_reported,
]

HTTP_CHECKS = [a_call_can_time_out]


@asynccontextmanager
async def over_stdio(directory, _):
    parameters = StdioServerParameters(command=PROGRAM, args=arguments(), cwd=directory)
    with open(os.devnull, "w", encoding="utf-8") as devnull:
        async with stdio_client(parameters, errlog=devnull) as (read, write):
            yield read, write


@asynccontextmanager
async def over_http(directory, url):
    async with streamable_http_client(url) as (read, write, _):
        yield read, write


def arguments():
    return ["mcp", *(f"{name}.json" for name in RECIPES)]


@asynccontextmanager
async def running(directory):
    server = subprocess.Popen(
        [PROGRAM, *arguments(), "--http", "0"], cwd=directory, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        (url,) = [line.split()[-1] for line in [server.stderr.readline(), server.stderr.readline()] if "listening" in line]
        yield url
    finally:
        server.terminate()
        server.wait()


async def no_process_is_left(directory):
    pid = (directory / "pid").read_text().strip()
    with anyio.fail_after(TIMEOUT):
        while Path(f"/proc/{pid}").exists() and ") Z " not in Path(f"/proc/{pid}/stat").read_text():
            await anyio.sleep(0.02)


async def langchain(name, directory, connection):
    client = MultiServerMCPClient({"recipes": connection})
    tools = {tool.name: tool for tool in await client.get_tools()}
    assert {*RECIPES, "validate_recipe", "list_step_types"} == {*tools}, list(tools)
    result = await tools["greet"].ainvoke({"who": "Ada"})
    assert "Hello Ada!" in str(result), result
    try:
        raise AssertionError(await tools["fail"].ainvoke({}))
    except Exception as error:
        assert "the disk is on fire" in str(error), error
    print(f"ok over {name}: LangChain's adapters")


class Warnings(logging.Handler):
    """Warnings of the client."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


async def main():
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory).resolve()
        for name, recipe in RECIPES.items():
            (directory / f"{name}.json").write_text(json.dumps(recipe))
        async with running(directory) as url:
            for name, over, checks in [("stdio", over_stdio, CHECKS), ("streamable HTTP", over_http, CHECKS + HTTP_CHECKS)]:
                async with over(directory, url) as (read, write), ClientSession(read, write) as session:
                    result = await session.initialize()
                    assert result.protocolVersion == "2025-11-25" and result.serverInfo.name == "recipe", result
                    for check in checks:
                        try:
                            with anyio.fail_after(TIMEOUT):
                                await check(session)
                        except BaseException:
                            print(f"failed over {name}: {check.__name__}")
                            raise
                assert not warnings.messages, warnings.messages
                print(f"ok over {name}: {len(checks)} checks with mcp 1.30")
            # Calls that a client has abandoned end with its session.
            await no_process_is_left(directory)
            stdio = {"transport": "stdio", "command": PROGRAM, "args": arguments(), "cwd": str(directory)}
            await langchain("stdio", directory, stdio)
            await langchain("streamable HTTP", directory, {"transport": "streamable_http", "url": url})
            assert not warnings.messages, warnings.messages


os.environ["NO_PROXY"] = "*"
anyio.run(main)
