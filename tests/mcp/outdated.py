"""Reports newer versions of the pinned packages.

    python outdated.py
"""

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Timeout for each package in seconds.
TIMEOUT = 20


def pinned(requirements):
    """The packages listed before their dependencies."""
    text = (HERE / requirements).read_text()
    return re.findall(r"^([\w.-]+)==(\S+)$", text.split("# Dependencies.")[0], re.MULTILINE)


def output_of(*command):
    try:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=TIMEOUT)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def newest_of_python(name, version, wanted):
    """The newest version of a package that pip knows, among those that start with `wanted`."""
    output = output_of(sys.executable, "-m", "pip", "index", "versions", name)
    known = re.search(r"^Available versions: (.*)$", output, re.MULTILINE)
    versions = [other for other in known[1].split(", ") if other.startswith(wanted)] if known else []
    return name, version, versions[0] if versions else None


def newest_of_node():
    if not shutil.which("npm"):
        return
    outdated = json.loads(output_of("npm", "outdated", "--json") or "{}")
    for name, package in outdated.items():
        current, latest = package.get("current", ""), package.get("latest", "")
        # For some packages npm reports an older version as the latest.
        if numbers(latest) > numbers(current):
            yield name, current, latest


def numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)]


def main():
    today = [(name, version, "") for name, version in pinned("requirements.txt")]
    # The newest of the earlier major version.
    old = [(name, version, "1." if name == "mcp" else "") for name, version in pinned("requirements-old.txt")]
    with ThreadPoolExecutor(4) as pool:
        packages = list(pool.map(lambda package: newest_of_python(*package), today + old))
    newest = [(name, version, newest) for name, version, newest in packages if newest not in (version, None)]
    unknown = [name for name, _, newest in packages if newest is None]
    if unknown:
        print(f"cannot look up newer versions: {', '.join(unknown)}")
    for name, version, newer in [*newest, *newest_of_node()]:
        print(f"newer version available: {name} {newer}, pinned {version}")


main()
