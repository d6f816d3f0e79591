"""The jobs: requests of an official client and of a recipe, and the replies of the server.

The recipe's part is the configuration of `llm_generate` besides the prompt. The client's part is what an experienced user would write.
"""

import json
from dataclasses import dataclass, field
from email.utils import formatdate
from time import time
from typing import Literal, Optional

import anthropic
import ollama
import openai
import pydantic
from google import genai
from google.genai import types

from scripted_server import Reply

PROMPT = "What is it like outside?"
KEY = "sk-peers-1234"

# A requested delay too short to notice.
SOON = {"retry-after-ms": "20"}


class Owner(pydantic.BaseModel):
    name: str
    town: Optional[str] = None


class Pet(pydantic.BaseModel):
    kind: Literal["cat", "dog"]
    name: str = pydantic.Field(description="What it is called.")
    age: int = pydantic.Field(ge=0, le=40)
    owner: Owner = pydantic.Field(description="Whom it lives with.")
    tags: list[str]


class Word(pydantic.BaseModel):
    word: str
    size: int


class Words(pydantic.BaseModel):
    items: list[Word]


class Bounded(pydantic.BaseModel):
    word: str = pydantic.Field(min_length=1)
    size: int = 3


PET = {"kind": "cat", "name": "Tom", "age": 3, "owner": {"name": "Jo", "town": None}, "tags": []}
WORD = {"word": "rain", "size": 3}

# A map: its keys are open.
MAP = {"type": "object", "additionalProperties": {"type": "string"}}
TREE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
    "required": ["name", "parts"],
    "additionalProperties": False,
}
TREE = {**TREE, "$defs": {"tree": TREE}}
VALUES = {
    "type": "object",
    "properties": {"kind": {"const": "rain"}, "size": {"enum": ["s", "l"]}},
    "required": ["kind", "size"],
    "additionalProperties": False,
}

LOOK = {"type": "object", "properties": {"window": {"type": "string"}}}
REST = {"type": "object"}


@dataclass
class Job:
    name: str
    """`openai`, `openai_responses`, `azure`, `azure_responses`, `anthropic`, `gemini` or
    `ollama`."""
    provider: str
    model: str
    """Replies, or a function that returns them for requests."""
    replies: object
    """Sends the request with the official client, given the server's address: the result, or an
    exception."""
    client: object
    recipe: dict = field(default_factory=dict)
    has_tools: bool = False
    config: dict = field(default_factory=dict)
    """Compared values: `requests`, and the outcome."""
    compares: tuple = ("requests", "outcome")
    """Expected output of the recipe."""
    output: str = ""
    """Minimum duration of both in seconds."""
    waits: float = 0

    @property
    def full_name(self):
        return f"{self.provider}/{self.name}"


# OpenAI and Azure


def completion(text=None, calls=(), finish="stop", refusal=None):
    message = {"role": "assistant", "content": text, "refusal": refusal}
    if calls:
        message["tool_calls"] = [
            {"id": id, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for id, name, arguments in calls
        ]
    return Reply(
        {
            "id": "c",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else finish}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13},
        }
    )


def response(*output, **fields):
    return Reply(
        {
            "id": "r",
            "object": "response",
            "created_at": 1,
            "status": "completed",
            "model": "m",
            "output": list(output),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            **fields,
        }
    )


def output_message(text):
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [part]}


def openai_client(base, provider):
    if provider.startswith("azure"):
        return openai.AzureOpenAI(api_key=KEY, azure_endpoint=base, api_version="2025-03-01-preview")
    return openai.OpenAI(api_key=KEY, base_url=f"{base}/v1")


def user(text=PROMPT):
    return {"role": "user", "content": text}


def chat_tool(name, description, schema):
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


CHAT_TOOLS = [chat_tool("look", "Looks out.", LOOK), chat_tool("rest", "Rests.", REST)]
RESPONSE_TOOLS = [{**tool["function"], "type": "function", "strict": False} for tool in CHAT_TOOLS]


def chat(provider, model="gpt-4o"):
    """Jobs of Chat Completions."""

    def create(**arguments):
        def ask(base):
            client = openai_client(base, provider)
            created = client.chat.completions.create(model=model, messages=[user()], **arguments)
            message = created.choices[0].message
            if message.refusal:
                raise RuntimeError(message.refusal)
            return message.content

        return ask

    def parse(kind):
        def ask(base):
            client = openai_client(base, provider)
            parsed = client.chat.completions.parse(model=model, messages=[user()], response_format=kind)
            return parsed.choices[0].message.parsed.model_dump()

        return ask

    def schema(schema, strict):
        sent = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": strict}}
        ask = create(response_format=sent)
        return lambda base: json.loads(ask(base))

    def tools(base):
        client, messages = openai_client(base, provider), [user()]
        while True:
            created = client.chat.completions.create(model=model, messages=messages, tools=CHAT_TOOLS)
            message = created.choices[0].message
            if not message.tool_calls:
                return message.content
            messages.append(message)
            messages += [
                {"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in message.tool_calls
            ]

    def job(name, replies, client, **more):
        return Job(name, provider, model, replies, client, **more)

    def words(base):
        return parse(Words)(base)["items"]

    calls = completion(calls=[("a", "look", {"window": "north"}), ("b", "rest", {})])
    limit = "max_completion_tokens" if provider == "azure" else "max_tokens"
    yield job("text", [completion("Rain.")], create())
    yield job(
        "limits",
        [completion("Rain.")],
        create(**{limit: 100}, temperature=0.5),
        recipe={"max_tokens": 100, "temperature": 0.5},
    )
    yield job(
        "schema-of-class",
        [completion(json.dumps(PET))],
        parse(Pet),
        recipe={"output_format": Pet.model_json_schema()},
    )
    yield job(
        "schema-with-bounds",
        [completion(json.dumps(WORD))],
        parse(Bounded),
        recipe={"output_format": Bounded.model_json_schema()},
    )
    yield job(
        "schema-of-list",
        [completion(json.dumps({"items": [WORD]}))],
        words,
        recipe={"output_format": [Word.model_json_schema()]},
    )
    yield job("schema-of-map", [completion('{"a": "b"}')], schema(MAP, False), recipe={"output_format": MAP})
    yield job(
        "schema-of-tree",
        [completion('{"name": "a", "parts": []}')],
        schema(TREE, True),
        recipe={"output_format": TREE},
    )
    typed = json.loads(json.dumps(VALUES))
    typed["properties"]["kind"]["type"] = typed["properties"]["size"]["type"] = "string"
    yield job(
        "schema-of-values",
        [completion('{"kind": "rain", "size": "s"}')],
        schema(typed, True),
        recipe={"output_format": VALUES},
    )
    yield job("tools", [calls, completion("Rain.")], tools, has_tools=True)
    refusal = completion(refusal="I do not talk about weather.")
    yield job("refusal", [refusal], create(), output="I do not talk about weather.")


def newer_chat():
    """A model that accepts only the newer name of the limit."""

    def ask(base):
        client = openai_client(base, "openai")
        created = client.chat.completions.create(model="gpt-5", messages=[user()], max_completion_tokens=100)
        return created.choices[0].message.content

    yield Job("newer-limit", "openai", "gpt-5", [completion("Rain.")], ask, recipe={"max_tokens": 100})


def forced_schema():
    """A server that never calls a tool if the response has a schema."""

    def play(request):
        if "response_format" in request.body or not request.body.get("tools"):
            return completion(json.dumps(PET))
        if request.body["messages"][-1]["role"] == "tool":
            return completion("It is Tom.")
        return completion(calls=[("a", "look", {"window": "north"})])

    def ask(base):
        client = openai_client(base, "openai")
        strict = [
            openai.pydantic_function_tool(pydantic.create_model("look", window=(str, ...)), description="Looks out.")
        ]
        parsed = client.chat.completions.parse(model="m", messages=[user()], response_format=Pet, tools=strict)
        return {"answer": parsed.choices[0].message.parsed.model_dump(), "tools": len(parsed.choices[0].message.tool_calls or [])}

    yield Job(
        "schema-and-tools",
        "openai",
        "m",
        play,
        ask,
        recipe={"output_format": Pet.model_json_schema()},
        has_tools=True,
        compares=("tools",),
    )


def responses(provider, model="gpt-4o"):
    """Jobs of Responses."""

    def create(**arguments):
        def ask(base):
            client = openai_client(base, provider)
            return client.responses.create(model=model, input=[user()], **arguments).output_text

        return ask

    def parse(base):
        client = openai_client(base, provider)
        return client.responses.parse(model=model, input=[user()], text_format=Pet).output_parsed.model_dump()

    def tools(base):
        client, conversation = openai_client(base, provider), [user()]
        while True:
            created = client.responses.create(model=model, input=conversation, tools=RESPONSE_TOOLS)
            calls = [item for item in created.output if item.type == "function_call"]
            if not calls:
                return created.output_text
            conversation += [
                {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments}
                for call in calls
            ]
            conversation += [
                {"type": "function_call_output", "call_id": call.call_id, "output": "rain"} for call in calls
            ]

    def job(name, replies, client, **more):
        return Job(name, provider, model, replies, client, **more)

    def call(id, name, arguments):
        arguments = json.dumps(arguments)
        return {"type": "function_call", "id": f"f{id}", "call_id": id, "name": name, "arguments": arguments}

    rain = response(output_message("Rain."))
    yield job("text", [rain], create())
    yield job(
        "limits",
        [rain],
        create(max_output_tokens=100, temperature=0.5),
        recipe={"max_tokens": 100, "temperature": 0.5},
    )
    yield job(
        "schema-of-class",
        [response(output_message(json.dumps(PET)))],
        parse,
        recipe={"output_format": Pet.model_json_schema()},
    )
    yield job(
        "tools",
        [response(call("a", "look", {"window": "north"}), call("b", "rest", {})), rain],
        tools,
        has_tools=True,
    )
    for kind in ("web_search", "web_search_preview"):
        yield job(
            kind.replace("_", "-"),
            [rain],
            create(tools=[{"type": kind}]),
            recipe={"openai_builtin_tools": [{"type": kind}]},
        )


# Anthropic


def message(*content, reason="end_turn", **fields):
    return Reply(message_body(*content, reason=reason, **fields))


def message_body(*content, reason="end_turn", **fields):
    return {
        "id": "msg",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": list(content),
        "stop_reason": reason,
        "usage": {"input_tokens": 10, "output_tokens": 3},
        **fields,
    }


def text(text):
    return {"type": "text", "text": text}


def stream(*events):
    events = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    return Reply("".join(events), headers={"content-type": "text/event-stream"})


def streamed_block(index, block, *deltas):
    yield {"type": "content_block_start", "index": index, "content_block": block}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def streamed(*blocks, reason="end_turn", details=None):
    delta = {"stop_reason": reason, "stop_sequence": None, "stop_details": details}
    return stream(
        {"type": "message_start", "message": message_body(reason=None)},
        {"type": "ping"},
        *(event for block in blocks for event in block),
        {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 30}},
        {"type": "message_stop"},
    )


ANTHROPIC_TOOLS = [
    {"name": "look", "description": "Looks out.", "input_schema": LOOK},
    {"name": "rest", "description": "Rests.", "input_schema": REST},
]


def anthropic_client(base):
    return anthropic.Anthropic(api_key=KEY, base_url=base)


def messages(model="claude-opus-5-5"):
    """Jobs of Messages."""

    def words(message):
        if message.stop_reason == "refusal":
            raise RuntimeError(message.stop_details)
        return "".join(block.text for block in message.content if block.type == "text")

    def create(max_tokens=100, **arguments):
        def ask(base):
            client = anthropic_client(base)
            return words(client.messages.create(model=model, max_tokens=max_tokens, messages=[user()], **arguments))

        return ask

    def parse(kind):
        def ask(base):
            parsed = anthropic_client(base).messages.parse(
                model=model, max_tokens=100, messages=[user()], output_format=kind
            )
            parsed = parsed.parsed_output
            return [one.model_dump() for one in parsed] if isinstance(parsed, list) else parsed.model_dump()

        return ask

    def schema(schema):
        format = {"type": "json_schema", "schema": anthropic.transform_schema(schema)}
        ask = create(output_config={"format": format})
        return lambda base: json.loads(ask(base))

    def streams(base):
        with anthropic_client(base).messages.stream(model=model, max_tokens=30_000, messages=[user()]) as events:
            return words(events.get_final_message())

    def tools(max_tokens):
        def ask(base):
            client, conversation = anthropic_client(base), [user()]
            while True:
                arguments = dict(model=model, max_tokens=max_tokens, messages=conversation, tools=ANTHROPIC_TOOLS)
                if max_tokens > 21_333:
                    with client.messages.stream(**arguments) as events:
                        answer = events.get_final_message()
                else:
                    answer = client.messages.create(**arguments)
                calls = [block for block in answer.content if block.type == "tool_use"]
                if not calls:
                    return words(answer)
                content = [block.to_dict() for block in answer.content]
                conversation.append({"role": "assistant", "content": content})
                results = [{"type": "tool_result", "tool_use_id": call.id, "content": "rain"} for call in calls]
                conversation.append({"role": "user", "content": results})

        return ask

    def job(name, replies, client, **more):
        recipe = {"max_tokens": 100, **more.pop("recipe", {})}
        return Job(name, "anthropic", model, replies, client, recipe=recipe, **more)

    thought = {"type": "thinking", "thinking": "Hm.", "signature": "signed"}
    look = {"type": "tool_use", "id": "a", "name": "look", "input": {"window": "north"}}
    rest = {"type": "tool_use", "id": "b", "name": "rest", "input": {}}
    rain = message(text("Rain."))
    long = {"max_tokens": 30_000}
    yield job("text", [rain], create())
    yield job("temperature", [rain], create(), recipe={"temperature": 0.5}, output="temperature ignored")
    yield job("max-tokens-without-stream", [rain], create(21_333), recipe={"max_tokens": 21_333})
    yield job(
        "schema-of-class",
        [message(text(json.dumps(PET)))],
        parse(Pet),
        recipe={"output_format": Pet.model_json_schema()},
    )
    yield job(
        "schema-with-bounds",
        [message(text(json.dumps(WORD)))],
        parse(Bounded),
        recipe={"output_format": Bounded.model_json_schema()},
    )
    yield job(
        "schema-of-list",
        lambda request: message(text(json.dumps([WORD] if is_list(request) else {"items": [WORD]}))),
        parse(list[Word]),
        recipe={"output_format": [Word.model_json_schema()]},
    )
    yield job(
        "schema-of-map",
        [message(text('{"a": "b"}'))],
        lambda base: json.loads(create()(base)),
        recipe={"output_format": MAP},
    )
    yield job(
        "schema-of-values",
        [message(text('{"kind": "rain", "size": "s"}'))],
        schema(VALUES),
        recipe={"output_format": VALUES},
    )
    yield job("tools", [message(thought, look, rest, reason="tool_use"), rain], tools(100), has_tools=True)
    yield job(
        "stream",
        [
            streamed(
                streamed_block(0, {"type": "thinking", "thinking": "", "signature": ""}, {"type": "thinking_delta", "thinking": "Hm."}),
                streamed_block(1, text(""), {"type": "text_delta", "text": "Ra"}, {"type": "text_delta", "text": "in."}),
            )
        ],
        streams,
        recipe=long,
    )
    yield job(
        "stream-of-tools",
        [
            streamed(
                streamed_block(0, {"type": "thinking", "thinking": "", "signature": ""}, {"type": "thinking_delta", "thinking": "Hm."}, {"type": "signature_delta", "signature": "signed"}),
                streamed_block(
                    1,
                    {**look, "input": {}},
                    {"type": "input_json_delta", "partial_json": '{"window":'},
                    {"type": "input_json_delta", "partial_json": ' "north"}'},
                ),
                reason="tool_use",
            ),
            streamed(streamed_block(0, text(""), {"type": "text_delta", "text": "Rain."})),
        ],
        tools(30_000),
        recipe=long,
        has_tools=True,
    )
    explained = {"type": "refusal", "category": "bio", "explanation": "It could do harm."}
    yield job("refusal", [message(reason="refusal", stop_details=explained)], create(), output="It could do harm.")
    yield job(
        "refusal-in-stream",
        [streamed(reason="refusal", details=explained)],
        streams,
        recipe=long,
        output="It could do harm.",
    )
    started = {"type": "message_start", "message": message_body(reason=None)}
    error_reply = {"type": "error", "error": {"type": "invalid_request_error", "message": "Not so."}}
    yield job("error-in-stream", [stream(started, error_reply)], streams, recipe=long, output="Not so.")


def is_list(request):
    return request.body["output_config"]["format"]["schema"]["type"] == "array"


# Gemini


def candidate(*parts, finish="STOP", **fields):
    return Reply(
        {
            "candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": finish}],
            "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 3, "thoughtsTokenCount": 4},
            **fields,
        }
    )


def gemini(model="gemini-2.5-flash"):
    """Jobs of generateContent."""

    def generate(**config):
        def ask(base):
            client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=base))
            config_given = types.GenerateContentConfig(**config) if config else None
            generated = client.models.generate_content(model=model, contents=PROMPT, config=config_given)
            if not generated.candidates:
                raise RuntimeError(generated.prompt_feedback)
            return generated.text or ""

        return ask

    def schema(schema):
        ask = generate(response_mime_type="application/json", response_json_schema=schema)
        return lambda base: json.loads(ask(base))

    def tools(base):
        client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=base))
        declared = [
            types.FunctionDeclaration(name="look", description="Looks out.", parameters_json_schema=LOOK),
            types.FunctionDeclaration(name="rest", description="Rests.", parameters_json_schema=REST),
        ]
        config = types.GenerateContentConfig(
            tools=[types.Tool(function_declarations=declared)],
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        contents = [types.Content(role="user", parts=[types.Part(text=PROMPT)])]
        while True:
            generated = client.models.generate_content(model=model, contents=contents, config=config)
            if not generated.function_calls:
                return generated.text
            contents.append(generated.candidates[0].content)
            results = [
                types.Part(
                    function_response=types.FunctionResponse(id=call.id, name=call.name, response={"output": "rain"})
                )
                for call in generated.function_calls
            ]
            contents.append(types.Content(role="user", parts=results))

    def job(name, replies, client, **more):
        return Job(name, "gemini", model, replies, client, **more)

    def call(id, name, arguments, **more):
        return {"functionCall": {"id": id, "name": name, "args": arguments}, **more}

    rain = candidate({"text": "Hm.", "thought": True}, {"text": "Rain."})
    yield job("text", [rain], generate())
    yield job(
        "limits",
        [rain],
        generate(max_output_tokens=100, temperature=0.5),
        recipe={"max_tokens": 100, "temperature": 0.5},
    )
    yield job(
        "schema-of-class",
        [candidate({"text": json.dumps(PET)})],
        schema(Pet.model_json_schema()),
        recipe={"output_format": Pet.model_json_schema()},
    )
    yield job(
        "schema-of-map", [candidate({"text": '{"a": "b"}'})], schema(MAP), recipe={"output_format": MAP}
    )
    calls = candidate(
        call("a", "look", {"window": "north"}, thoughtSignature="c2lnbmVk"),
        call("b", "rest", {}),
    )
    yield job("tools", [calls, rain], tools, has_tools=True)
    blocked = Reply({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})
    yield job("blocked-prompt", [blocked], generate(), output="PROHIBITED_CONTENT")


# Ollama


def ollama_reply(text="", calls=(), **fields):
    calls = [{"function": {"name": name, "arguments": arguments}} for name, arguments in calls]
    sent = {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {}), **fields}
    return Reply(
        {
            "model": "m",
            "created_at": "2026-11-28T09:00:00Z",
            "message": sent,
            "done": True,
            "done_reason": "stop",
            "prompt_eval_count": 10,
            "eval_count": 3,
        }
    )


def chat_of_ollama(model="llama3.2"):
    """Jobs of Ollama's own API."""

    def ask_with(**arguments):
        def ask(base):
            return ollama.Client(host=base).chat(model=model, messages=[user()], **arguments).message.content

        return ask

    def schema(base):
        return json.loads(ask_with(format=Pet.model_json_schema())(base))

    def tools(base):
        client, conversation = ollama.Client(host=base), [user()]
        while True:
            answer = client.chat(model=model, messages=conversation, tools=CHAT_TOOLS).message
            if not answer.tool_calls:
                return answer.content
            conversation.append(answer)
            conversation += [
                {"role": "tool", "tool_name": call.function.name, "content": "rain"} for call in answer.tool_calls
            ]

    def job(name, replies, client, **more):
        return Job(name, "ollama", model, replies, client, **more)

    rain = ollama_reply("Rain.")
    yield job("text", [rain], ask_with())
    yield job(
        "limits",
        [rain],
        ask_with(options={"num_predict": 100, "temperature": 0.5}),
        recipe={"max_tokens": 100, "temperature": 0.5},
    )
    yield job(
        "settings",
        [rain],
        ask_with(think="low", options={"num_ctx": 16_384}),
        config={"ollama_num_ctx": "16384", "ollama_think": "low"},
    )
    yield job(
        "schema-of-class",
        [ollama_reply(json.dumps(PET))],
        schema,
        recipe={"output_format": Pet.model_json_schema()},
    )
    calls = ollama_reply(calls=[("look", {"window": "north"}), ("rest", {})], thinking="Hm.")
    yield job("tools", [calls, rain], tools, has_tools=True)
    unknown = Reply({"error": "model 'llama3.2' not found"}, 404)
    yield job("unknown-model", [unknown], ask_with(), output="model 'llama3.2' not found")


# Errors


def error_jobs():
    """Retried and permanent error_jobs. The clients retry twice at most, we four times."""
    asks = {
        "openai": (completion("Rain."), next(chat("openai")).client, "gpt-4o", {}),
        "anthropic": (message(text("Rain.")), next(messages()).client, "claude-opus-5-5", {"max_tokens": 100}),
        "gemini": (candidate({"text": "Rain."}), next(gemini()).client, "gemini-2.5-flash", {}),
        "ollama": (ollama_reply("Rain."), next(chat_of_ollama()).client, "llama3.2", {}),
    }
    limited = {"error": {"type": "rate_limit_error", "message": "Slow down.", "code": None}}
    for provider, (rain, client, model, recipe) in asks.items():

        def job(name, *replies, **more):
            return Job(
                f"error-{name}", provider, model, replies, client, recipe=recipe, compares=("count", "outcome"), **more
            )

        def error_reply(status, **headers):
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            return Reply(limited, status, headers)

        for status in (400, 401, 402, 403, 404, 408, 409, 413, 422, 425, 429, 500, 501, 502, 503, 505, 529):
            yield job(status, error_reply(status, **SOON), rain)
        if provider not in ("openai", "anthropic"):
            continue
        yield job("400-repeated", error_reply(400, x_should_retry="true", **SOON), rain)
        yield job("401-repeated", error_reply(401, x_should_retry="true", **SOON), rain)
        yield job("503-not-repeated", error_reply(503, x_should_retry="false", **SOON), rain)
        yield job("429-not-repeated", error_reply(429, x_should_retry="false", **SOON), rain)
        yield job("wait-in-seconds", error_reply(429, retry_after="1"), rain, waits=0.9)
        yield job("wait-in-milliseconds", error_reply(429, retry_after_ms="500", retry_after="60"), rain, waits=0.4)
        yield job("wait-until", error_reply(429, retry_after=formatdate(time() + 60 * 60, usegmt=True)), rain) if (
            provider == "openai"
        ) else job("wait-until-now", error_reply(429, retry_after=formatdate(time() - 60, usegmt=True)), rain)
        yield job("always", *[error_reply(503, **SOON)] * 9)
        used_up = {"error": {"type": "insufficient_quota", "message": "No credit.", "code": "insufficient_quota"}}
        yield job("quota", Reply(used_up, 429, SOON), rain)
    yield Job(
        "error-wait-too-long",
        "openai",
        "gpt-4o",
        [Reply(limited, 429, {"retry-after": "3600"}), completion("Rain.")],
        next(chat("openai")).client,
        compares=("count", "outcome"),
        output="3600",
    )


def all_jobs():
    yield from chat("openai")
    yield from newer_chat()
    yield from forced_schema()
    yield from responses("openai_responses")
    yield from chat("azure")
    yield from responses("azure_responses")
    yield from messages()
    yield from gemini()
    yield from chat_of_ollama()
    yield from error_jobs()
