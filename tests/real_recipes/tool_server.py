"""MCP server over standard input and output, instead of those that real recipes start."""

import json
import os
import sys

TEXT = {"type": "object", "properties": {}}


def lint_code(arguments):
    return f"1 problem in {len(arguments['code'])} characters: unused import"


def brave_web_search(arguments):
    # The real server exits without a key.
    assert os.environ["BRAVE_API_KEY"] == "brave-key-for-tests", "no key"
    return f"found for {arguments['query']}: https://example.com/{arguments['query']}"


TOOLS = {"lint_code": lint_code, "brave_web_search": brave_web_search}


def result(method, parameters):
    if method == "initialize":
        return {
            "protocolVersion": parameters["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "scripted", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": [{"name": name, "description": name, "inputSchema": TEXT} for name in TOOLS]}
    if method == "tools/call":
        said = TOOLS[parameters["name"]](parameters["arguments"])
        return {"content": [{"type": "text", "text": said}], "isError": False}
    return {}


for line in sys.stdin:
    message = json.loads(line)
    if "id" in message and "method" in message:
        reply = {"jsonrpc": "2.0", "id": message["id"], "result": result(message["method"], message.get("params"))}
        print(json.dumps(reply), flush=True)
