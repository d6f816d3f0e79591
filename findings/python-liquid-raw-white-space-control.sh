#!/usr/bin/env bash
# python-liquid takes the white-space control after a `raw` block from the wrong tag.
#
# Versions: python-liquid 2.3.6 (with python-dateutil 4.0.0, Babel 2.17.0, pytz 2025.2, MarkupSafe
# 3.0.2), liquidjs 10.30.1.
# Seen: `{% raw -%}` trims the text after `{% endraw %}`, and `{% endraw -%}` trims nothing there.
# liquidjs trims after `endraw` only with the hyphen of `endraw`.
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
for template in ("[{% raw -%}x{% endraw %}  y]", "[{% raw %}x{% endraw -%}  y]"):
    print(environment.from_string(template).render())
PY
)
node=$(node -e '
const { Liquid } = require("liquidjs");
const engine = new Liquid();
for (const template of ["[{% raw -%}x{% endraw %}  y]", "[{% raw %}x{% endraw -%}  y]"])
  console.log(engine.parseAndRenderSync(template));
')
printf 'python-liquid:\n%s\nliquidjs:\n%s\n' "$python" "$node"
test "$python" = $'[xy]\n[x  y]'
test "$node" = $'[x  y]\n[xy]'
