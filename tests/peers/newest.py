"""Tells which peers have newer versions than those that `requirements.txt` names. Never fails, and says nothing offline.

    python newest.py
"""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PEERS = ("openai", "anthropic", "google-genai", "ollama")

REQUIREMENTS = Path(__file__).resolve().parent / "requirements.txt"

SECONDS = 20


def pinned(name):
    return re.search(rf"^{re.escape(name)}==(\S+)$", REQUIREMENTS.read_text(), re.MULTILINE).group(1)


def newest(name):
    """The newest version that pip knows of; `None` if it cannot be had."""
    ask = [sys.executable, "-m", "pip", "index", "versions", name, "--timeout", "5", "--retries", "0"]
    try:
        ended = subprocess.run(ask, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None
    found = re.match(rf"{re.escape(name)} \((\S+)\)", ended.stdout)
    return found and found.group(1)


with ThreadPoolExecutor() as pool:
    for name, version in zip(PEERS, pool.map(newest, PEERS)):
        if version and version != pinned(name):
            print(f"newer than what is compared with: {name} {version}, not {pinned(name)}")
