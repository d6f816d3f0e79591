#!/usr/bin/env bash
# python-liquid's `strip_html` changes text between tags: `AT&T` becomes `AT&T;`.
#
# Versions: python-liquid 2.3.6 (with python-dateutil 4.0.0, Babel 2.17.0, pytz 2025.2, MarkupSafe
# 3.0.2), liquidjs 10.30.1.
# Seen: an `&` before letters is parsed as an entity and written back with a semicolon, but only if
# the text also contains a `<` and a `>`. liquidjs never changes it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet python-liquid==2.3.6 python-dateutil==4.0.0 Babel==2.17.0 pytz==2025.2 MarkupSafe==3.0.2
npm install --silent --no-audit --no-fund liquidjs@10.30.1 >/dev/null
python=$(v/bin/python - <<'PY'
from liquid import Environment
environment = Environment()
for text in ("AT&T <b>x</b>", "AT&T x"):
    print(environment.from_string("{{ t | strip_html }}").render(t=text))
PY
)
node=$(node -e '
const { Liquid } = require("liquidjs");
const engine = new Liquid();
for (const t of ["AT&T <b>x</b>", "AT&T x"])
  console.log(engine.parseAndRenderSync("{{ t | strip_html }}", { t }));
')
printf 'python-liquid:\n%s\nliquidjs:\n%s\n' "$python" "$node"
test "$python" = $'AT&T; x\nAT&T x'
test "$node" = $'AT&T x\nAT&T x'
