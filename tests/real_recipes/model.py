"""Scripted language model behind the APIs of OpenAI and Azure OpenAI."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# Reported usage of each request and response.
TOKENS_IN = 100
TOKENS_OUT = 7

KEY = "sk-real-recipes-0123456789abcdef"


@dataclass
class Question:
    """Request to the model, independent of the API."""

    prompt: str
    # Schema of the response with its name. None for text.
    schema: dict | None
    schema_name: str | None
    tools: list
    builtin_tools: list
    # Results of tools so far.
    results: list
    model: str
    # Name of the deployment, with Azure.
    deployment: str | None = None


@dataclass
class Calls:
    """Response with tool calls: pairs of name and arguments."""

    calls: list


class Model:
    def __init__(self):
        self.asked = []
        self.wrong = []
        self.script = None

    def begin(self, script):
        """Uses a script, which maps questions to responses, from now on."""
        self.asked, self.wrong, self.script = [], [], script

    def take(self, path, query, headers, body):
        """Checks a request as strictly as a provider, and returns the body of the response."""
        is_azure = path.startswith("/openai/")
        key = headers.get("api-key") if is_azure else headers.get("authorization")
        assert key == (KEY if is_azure else f"Bearer {KEY}"), "no key, or a wrong one"
        assert not is_azure or query.get("api-version"), "no api-version"
        is_responses = path in ("/v1/responses", "/openai/responses")
        if is_responses:
            question = of_responses(body)
        else:
            question = of_chat(body)
            if is_azure:
                question.deployment = path.removeprefix("/openai/deployments/").removesuffix("/chat/completions")
                known = f"/openai/deployments/{question.deployment}/chat/completions"
            else:
                known = "/v1/chat/completions"
            assert path == known, f"unknown path: {path}"
        self.asked.append(question)
        answer = self.script(question)
        if not isinstance(answer, (str, Calls)):
            if question.tools and not question.schema:
                # The format is only requested after the last tool call.
                answer = "I know what to answer."
            else:
                assert question.schema, "JSON was not asked for"
                answer = json.dumps(answer)
        return (responses if is_responses else chat)(answer)


def of_chat(body):
    assert not body.get("stream"), "streaming is not scripted"
    first = body["messages"][0]
    assert first["role"] == "user", first
    asked = body.get("response_format", {"json_schema": {}})["json_schema"]
    return Question(
        prompt=first["content"],
        schema=asked.get("schema"),
        schema_name=asked.get("name"),
        tools=[tool["function"]["name"] for tool in body.get("tools", [])],
        builtin_tools=[],
        results=[message["content"] for message in body["messages"] if message["role"] == "tool"],
        model=body["model"],
    )


def chat(answer):
    message = {"role": "assistant", "content": None if isinstance(answer, Calls) else answer}
    if isinstance(answer, Calls):
        message["tool_calls"] = [
            {"id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for index, (name, arguments) in enumerate(answer.calls)
        ]
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT},
    }


def of_responses(body):
    asked = body["input"]
    prompt = asked if isinstance(asked, str) else asked[0]["content"]
    format = body.get("text", {}).get("format", {})
    return Question(
        prompt=prompt if isinstance(prompt, str) else prompt[0]["text"],
        schema=format.get("schema"),
        schema_name=format.get("name"),
        tools=[tool["name"] for tool in body.get("tools", []) if tool["type"] == "function"],
        builtin_tools=[tool["type"] for tool in body.get("tools", []) if tool["type"] != "function"],
        results=[],
        model=body["model"],
    )


def responses(answer):
    assert isinstance(answer, str), "tools of Responses are not scripted"
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": answer}]}
    searched = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    return {
        "object": "response",
        "status": "completed",
        "output": [searched, message],
        "usage": {"input_tokens": TOKENS_IN, "output_tokens": TOKENS_OUT},
    }


@contextmanager
def serving():
    """Serves a model on loopback; yields it with its address."""
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            url = urlsplit(self.path)
            try:
                status, reply = 200, model.take(url.path, parse_qs(url.query), self.headers, body)
            # Errors of the script or the request must reach both the check and the program.
            except Exception as error:
                model.wrong.append(f"{type(error).__name__}: {error}")
                status, reply = 400, {"error": {"message": str(error)}}
            data = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield model, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
