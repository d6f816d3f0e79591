#!/usr/bin/env bash
# Conditions of the Python package recipe-executor: a space after `not` changes the branch.
#
# Versions: recipe-executor 0.1.3 with pydantic-ai-slim 0.3.1, python-liquid 2.0.1 and the rest as
# pinned below.
# Seen: the step `conditional` rewrites `and(`, `or(` and `not(` to function calls before it
# evaluates the expression as Python. So `not(1) == 2` is (not 1) == 2, which is false, while `not
# (1) == 2` is not (1 == 2), which is true. String literals are rewritten as well: 'and(' == 'and_('
# is true.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet recipe-executor==0.1.3 pydantic-ai-slim==0.3.1 opentelemetry-api==1.33.1 anthropic==0.54.0 \
    griffe==1.7.3 mcp==1.9.4 openai==1.88.0 pydantic==2.11.7 python-liquid==2.0.1 sse-starlette==2.3.6 \
    starlette==0.47.1 uvicorn==0.34.3
found=$(v/bin/python - 2>/dev/null <<'PY'
import asyncio, json, logging
from recipe_executor.context import Context
from recipe_executor.executor import Executor

logging.disable(logging.CRITICAL)

async def branch(condition):
    context = Context()
    def set_to(value):
        return {"steps": [{"type": "set_context", "config": {"key": "branch", "value": value}}]}
    step = {"condition": condition, "if_true": set_to("true"), "if_false": set_to("false")}
    recipe = {"steps": [{"type": "conditional", "config": step}]}
    await Executor(logging.getLogger()).execute(json.dumps(recipe), context)
    return context.get("branch")

for condition in ("not(1) == 2", "not (1) == 2", "'and(' == 'and_('"):
    print(condition, asyncio.run(branch(condition)))
PY
)
echo "$found"
test "$found" = $'not(1) == 2 false\nnot (1) == 2 true\n\'and(\' == \'and_(\' true'
