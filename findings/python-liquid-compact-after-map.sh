#!/usr/bin/env bash
# compact of python-liquid does not take out what map puts in for a missing key, and a filter for text prints its address.
#
# Versions: python-liquid 2.3.6 (with python-dateutil 4.0.0, Babel 2.17.0, pytz 2025.2, MarkupSafe 3.0.2), liquidjs 10.30.1.
# Seen: `map: "k"` over [{"k": 1}, {}] gives a list of two; compact leaves it so although the second prints as nothing and is
# equal to nil, and `join` behind it gives "1,". liquidjs gives one item. A null in the list makes `map` give nothing at all.
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
