"""Reports newer versions of the clients in `requirements.txt`. Never fails, and prints nothing
offline.

    python outdated.py
"""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PEERS = ("openai", "anthropic", "google-genai", "ollama")

REQUIREMENTS = Path(__file__).resolve().parent / "requirements.txt"

TIMEOUT = 20


def pinned(name):
    return re.search(rf"^{re.escape(name)}==(\S+)$", REQUIREMENTS.read_text(), re.MULTILINE).group(1)


def newest(name):
    """The newest version that pip knows of; `None` if the lookup fails."""
    ask = [sys.executable, "-m", "pip", "index", "versions", name, "--timeout", "5", "--retries", "0"]
    try:
        process = subprocess.run(ask, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return None
    found = re.match(rf"{re.escape(name)} \((\S+)\)", process.stdout)
    return found and found.group(1)


with ThreadPoolExecutor() as pool:
    for name, version in zip(PEERS, pool.map(newest, PEERS)):
        if version and version != pinned(name):
            print(f"newer version available: {name} {version}, pinned {pinned(name)}")
