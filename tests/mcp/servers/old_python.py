"""A tool server on the official package from before 2026: `old_python.py stdio`, or `old_python.py
streamable-http PORT`."""

import sys

from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel

transport, *port = sys.argv[1:]
server = FastMCP("old", port=int(port[0]) if port else 0, log_level="ERROR")


class Person(BaseModel):
    name: str
    age: int | None = None


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def people() -> list[Person]:
    """Returns several objects."""
    return [Person(name="Ada", age=36), Person(name="Alan")]


@server.tool()
async def steps(context: Context) -> str:
    """Reports progress."""
    for step in [1, 2, 3]:
        await context.report_progress(step, 3)
        await context.info(f"step {step}")
    return "done"


@server.tool()
def fail() -> str:
    """Fails."""
    raise ValueError("this tool always fails")


server.run(transport)
