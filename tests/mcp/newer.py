"""Tells which of the packages that the checks are pinned to have newer versions.

    python newer.py
"""

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent

# In seconds, for each package.
PATIENCE = 20


def pinned(requirements):
    """The packages that stand before those on which they depend."""
    text = (HERE / requirements).read_text()
    return re.findall(r"^([\w.-]+)==(\S+)$", text.split("# What they depend on.")[0], re.MULTILINE)


def asked(*command):
    try:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def of_python(name, version, wanted):
    """What pip knows of a package, of which only some versions may be wanted."""
    told = asked(sys.executable, "-m", "pip", "index", "versions", name)
    known = re.search(r"^Available versions: (.*)$", told, re.MULTILINE)
    versions = [other for other in known[1].split(", ") if other.startswith(wanted)] if known else []
    return name, version, versions[0] if versions else None


def of_node():
    if not shutil.which("npm"):
        return
    outdated = json.loads(asked("npm", "outdated", "--json") or "{}")
    for name, told in outdated.items():
        current, latest = told.get("current", ""), told.get("latest", "")
        # Of some packages npm takes an older version for the latest.
        if numbers(latest) > numbers(current):
            yield name, current, latest


def numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)]


def main():
    today = [(name, version, "") for name, version in pinned("requirements.txt")]
    # The newest of the old.
    old = [(name, version, "1." if name == "mcp" else "") for name, version in pinned("requirements-old.txt")]
    with ThreadPoolExecutor(4) as pool:
        packages = list(pool.map(lambda package: of_python(*package), today + old))
    newest = [(name, version, newest) for name, version, newest in packages if newest not in (version, None)]
    unknown = [name for name, _, newest in packages if newest is None]
    if unknown:
        print(f"whether there are newer versions cannot be found out: {', '.join(unknown)}")
    for name, version, newer in [*newest, *of_node()]:
        print(f"there is a newer version: {name} {newer}; the checks run with {version}")


main()
