"""A scripted server on this machine that records its requests."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """A reply: a dictionary or a list is sent as JSON, a string as it is."""

    body: object = ""
    status: int = 200
    headers: dict = field(default_factory=dict)


@dataclass
class Request:
    method: str
    path: str
    """Lower-case names."""
    headers: dict
    body: object


class Server:
    """Sends replies in turn, or what a function returns for a request, then HTTP 500."""

    def __init__(self):
        self._lock = threading.Lock()
        self._play = []
        self.received = []
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request("POST", self.path, headers, json.loads(body) if body else None)
                reply = scripted._next(request)
                self.send(reply)

            def send(self, reply):
                headers, body = dict(reply.headers), reply.body
                if not isinstance(body, str):
                    headers.setdefault("content-type", "application/json")
                    body = json.dumps(body)
                body = body.encode()
                self.send_response(reply.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def play(self, replies):
        with self._lock:
            self._play = replies if callable(replies) else list(replies)
            self.received = []

    def _next(self, request):
        with self._lock:
            self.received.append(request)
            if callable(self._play):
                return self._play(request)
            return self._play.pop(0) if self._play else Reply("no more replies", 500)
