"""A tool server over standard input and output, with two tools: one with arguments, one without
`properties`."""

import json
import sys

TOOLS = [
    {
        "name": "look",
        "description": "Looks out.",
        "inputSchema": {"type": "object", "properties": {"window": {"type": "string"}}},
    },
    {"name": "rest", "description": "Rests.", "inputSchema": {"type": "object"}},
]


def answer(method, parameters):
    if method == "initialize":
        return {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "peers", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        return {"content": [{"type": "text", "text": "rain"}]}
    if method == "ping":
        return {}
    return None


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    result = answer(message["method"], message.get("params"))
    reply = {"jsonrpc": "2.0", "id": message["id"]}
    if result is None:
        reply["error"] = {"code": -32601, "message": "method not found"}
    else:
        reply["result"] = result
    print(json.dumps(reply), flush=True)
