"""A tool server on fastmcp: `fastmcp.py stdio`, or `fastmcp.py http PORT`."""

import sys

# Keeps this file from shadowing the package.
sys.path.pop(0)

from fastmcp import Context, FastMCP  # noqa: E402
from fastmcp.exceptions import ToolError  # noqa: E402

server = FastMCP("fast")


@server.tool
def add(a: int, b: int = 2) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
def words(text: str) -> list[str]:
    """Splits a text into words."""
    return text.split()


@server.tool
def counts(text: str) -> dict[str, int]:
    """Counts the words of a text."""
    return {word: text.split().count(word) for word in text.split()}


@server.tool
async def steps(context: Context) -> str:
    """Reports progress."""
    for step in [1, 2, 3]:
        await context.report_progress(step, 3)
    return "done"


@server.tool
def fail() -> str:
    """Fails."""
    raise ToolError("the disk is on fire")


transport, *port = sys.argv[1:]
if transport == "stdio":
    server.run(show_banner=False)
else:
    server.run("http", host="127.0.0.1", port=int(port[0]), show_banner=False, log_level="error")
