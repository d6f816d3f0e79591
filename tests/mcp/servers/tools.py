"""A tool server on the official package: `tools.py stdio`, or `tools.py sse PORT`, or `tools.py
streamable-http PORT`."""

import asyncio
import os
import subprocess
import sys

from mcp.server.mcpserver import Image, MCPServer

server = MCPServer("check")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def greet(name: str, words: list[str]) -> str:
    """Greets a person with each of the words."""
    return "; ".join(f"{word}, {name}" for word in words)


@server.tool()
def fail() -> str:
    """Fails."""
    raise ValueError("this tool always fails")


@server.tool()
def variable(name: str) -> str:
    """Returns an environment variable."""
    return os.environ.get(name, "not set")


@server.tool()
def picture() -> Image:
    """Returns a picture of one byte."""
    return Image(data=b"x", format="png")


@server.tool()
async def sleep(file: str) -> str:
    """Starts a sleeping process, writes both process IDs into the file, and waits for it."""
    program = subprocess.Popen(["sleep", "600"])
    with open(file, "w", encoding="utf-8") as out:
        out.write(f"{os.getpid()} {program.pid}")
    while program.poll() is None:
        await asyncio.sleep(0.05)
    return "done"


@server.tool()
def die() -> str:
    """Exits the server at once."""
    print("the disk is on fire", file=sys.stderr, flush=True)
    os._exit(3)


transport = sys.argv[1]
if transport == "stdio":
    server.run()
else:
    server.run(transport, port=int(sys.argv[2]))
