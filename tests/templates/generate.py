"""Generates templates and records the results of python-liquid as lines of JSON.

Called by `cargo xtask template-check` as `generate.py FILE [GOLDEN FILE]`: the output file, and the
cases of Golden Liquid with their output file. Each line is `{"name", "template", "data"}` with
`"text"` or `"error"`, and `"variants"`: results of variants (see variants.py) that differ. The output
is deterministic.
"""

import json
import os
import sys
import time
import warnings

os.environ["TZ"] = "UTC"
time.tzset()

import blocks
import dates
import filters
import liquid_tags
import loops
import operators
import syntax
from engine import environment, parse, render
from variants import TOGETHER, VARIANTS, together


def generated():
    seen = set()
    for module in (blocks, liquid_tags, operators, loops, syntax, filters, dates):
        for name, template, data in module.cases():
            if name in seen:
                raise ValueError(f"duplicate case name: {name}")
            seen.add(name)
            yield {"name": name, "template": template, "data": data}


def golden(path):
    with open(path, encoding="utf-8") as file:
        tests = json.load(file)["tests"]
    for test in tests:
        if "templates" not in test:
            yield {"name": test["name"], "template": test["template"], "data": test.get("data", {})}


def write(cases, path):
    made = environment()
    cases = list(cases)
    parsed = []
    for case in cases:
        template, error = parse(made, case["template"])
        case["variants"] = {}
        case["outcome"] = error or render(template, case["data"])
        if template:
            parsed.append((template, case))
    for name, variant in {**VARIANTS, TOGETHER: together}.items():
        with variant(made):
            for template, case in parsed:
                outcome = render(template, case["data"])
                if not same(outcome, case["outcome"]):
                    case["variants"][name] = outcome
    with open(path, "w", encoding="utf-8") as lines:
        for case in cases:
            outcome = case.pop("outcome")
            lines.write(json.dumps({**case, **outcome}) + "\n")


def same(one, other):
    return one.get("text") == other.get("text")


if __name__ == "__main__":
    # dateutil warns of unknown time zones.
    warnings.simplefilter("ignore")
    write(generated(), sys.argv[1])
    if sys.argv[2:]:
        write(golden(sys.argv[2]), sys.argv[3])
