"""Runs third-party recipes, unchanged, with a scripted model: python check.py RECIPE_PROGRAM DIR.

The directory is copied, and runs must only write to the copy, which is checked. The expected results
are in documents.py, examples.py and blueprints.py.
"""

import hashlib
import sys
import tempfile
import traceback
from pathlib import Path

import blueprints
import documents
import examples
from model import serving
from place import Place

CASES = documents.CASES + examples.CASES + blueprints.CASES


def state(folder):
    """State of a directory, which differs after any change."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(file, file.stat().st_mtime_ns, hashlib.sha256(file.read_bytes()).digest()) for file in files]


def main():
    program, recipes = (Path(argument).resolve() for argument in sys.argv[1:])
    before = state(recipes)
    failed = runs = 0
    with serving() as (model, address):
        for case in CASES:
            with tempfile.TemporaryDirectory() as folder:
                place = Place(program, recipes, Path(folder), model, address)
                try:
                    case(place)
                except Exception:
                    failed += 1
                    print(f"failed: {case.__name__}")
                    traceback.print_exc()
                runs += place.runs
    if state(recipes) != before:
        failed += 1
        print(f"{recipes} has changed")
    print(f"{len(CASES)} checks in {runs} runs: " + (f"{failed} failed" if failed else "all as expected"))
    return 1 if failed else 0


sys.exit(main())
