"""A model that calls tools and responds with their results, at an address like OpenAI's."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def scripted_model(next_calls):
    """A model that calls the tools that `next_calls` returns for the results so far, each a name and
    its arguments, and then responds with the results. Yields its address and its requests."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            requests.append(request)
            results = [message["content"] for message in request["messages"] if message["role"] == "tool"]
            message = {"content": " and ".join(results)}
            calls = [
                {"id": f"c{len(results)}-{name}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
                for name, arguments in next_calls(results)
            ]
            if calls:
                message["tool_calls"] = calls
            body = json.dumps({"choices": [{"message": message}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", requests
    finally:
        server.shutdown()
