#!/usr/bin/env bash
# Anthropic's SDK turns the schema of a map into that of an empty object before it sends the
# request.
#
# Versions: anthropic 2.14.0 with pydantic 2.14.4.
# Seen: the schema of `dict[str, int]` is an object whose additionalProperties is {"type":
# "integer"}. transform_schema, which messages.parse applies to every class, closes the object:
# additionalProperties is false, properties are missing, and the schema of the values becomes text
# in the description. A model that follows the sent schema can only answer {}.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet anthropic==2.14.0 pydantic==2.14.4 jsonschema==4.26.0
seen=$(v/bin/python - <<'PY'
import json
from anthropic import transform_schema
from jsonschema import Draft202012Validator
from pydantic import BaseModel


class Stock(BaseModel):
    counts: dict[str, int]


def takes(schema, value):
    return Draft202012Validator(schema).is_valid(value)


asked, sent = Stock.model_json_schema(), transform_schema(Stock.model_json_schema())
print(json.dumps(asked["properties"]["counts"]["additionalProperties"]), json.dumps(sent["properties"]["counts"]["additionalProperties"]))
print(takes(asked, {"counts": {"apples": 3}}), takes(sent, {"counts": {"apples": 3}}), takes(sent, {"counts": {}}))
PY
)
echo "$seen"
test "$seen" = $'{"type": "integer"} false\nTrue False True'
