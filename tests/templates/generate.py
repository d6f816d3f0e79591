"""Templates of all kinds with what python-liquid makes of each, as lines of JSON.

Called as `generate.py FILE`, by `cargo xtask template-check`. Each line is `{"name", "template", "data"}` with `"text"` or
`"error"`: the same lines each time.
"""

import json
import os
import sys
import time

os.environ["TZ"] = "UTC"
time.tzset()

import blocks
import dates
import filters
import loops
import operators
import syntax
from engine import environment, render


def cases():
    seen = set()
    for module in (blocks, operators, loops, syntax, filters, dates):
        for name, template, data in module.cases():
            if name in seen:
                raise ValueError(f"two cases are called {name}")
            seen.add(name)
            yield name, template, data


def main(path):
    made = environment()
    with open(path, "w", encoding="utf-8") as lines:
        for name, template, data in cases():
            case = {"name": name, "template": template, "data": data, **render(made, template, data)}
            lines.write(json.dumps(case) + "\n")


main(sys.argv[1])
