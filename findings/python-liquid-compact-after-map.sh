#!/usr/bin/env bash
# python-liquid's `compact` keeps the placeholder that `map` inserts for a missing key, and string
# filters print its address.
#
# Versions: python-liquid 2.3.6 (with python-dateutil 4.0.0, Babel 2.17.0, pytz 2025.2, MarkupSafe
# 3.0.2), liquidjs 10.30.1.
# Seen: `map: "k"` over [{"k": 1}, {}] returns two items. `compact` keeps both although the second
# renders as empty and equals nil, and a following `join` returns "1,". liquidjs returns one item.
# With a null in the list `map` returns nothing at all.
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
template = environment.from_string('{{ l | map: "k" | compact | size }} {{ l | map: "k" | compact | join: "," }}')
print(template.render(l=[{"k": 1}, {}]))
print(environment.from_string('[{{ l | map: "k" | size }}]').render(l=[{"k": 1}, None]))
PY
)
node=$(node -e '
const { Liquid } = require("liquidjs");
const engine = new Liquid();
const template = "{{ l | map: \"k\" | compact | size }} {{ l | map: \"k\" | compact | join: \",\" }}";
console.log(engine.parseAndRenderSync(template, { l: [{ k: 1 }, {}] }));
console.log(engine.parseAndRenderSync("[{{ l | map: \"k\" | size }}]", { l: [{ k: 1 }, null] }));
')
printf 'python-liquid:\n%s\nliquidjs:\n%s\n' "$python" "$node"
test "$python" = $'2 1,\n[0]'
test "$node" = $'1 1\n[2]'
