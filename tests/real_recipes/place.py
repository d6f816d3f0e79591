"""Copy of the recipes' directory in which they run, and in which their written files are found."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from model import KEY, TOKENS_IN, TOKENS_OUT

# Far longer than any of the recipes takes.
PATIENCE = 120

TOOL_SERVER = Path(__file__).resolve().parent / "tool_server.py"

# Programs that real recipes start as MCP servers.
SERVERS = ["npx", "python-code-tools"]


class Run:
    """Successful run."""

    def __init__(self, asked, artifacts, written, told):
        # Requests to the model, in order.
        self.asked = asked
        self.artifacts = artifacts
        # Written files: bytes by path.
        self.written = written
        self.told = told

    def text(self, path):
        """Text of the only written file."""
        assert list(self.written) == [path], f"written: {sorted(self.written)}"
        return self.written[path].decode()


class Place:
    def __init__(self, program, recipes, folder, model, address):
        self.program = program
        self.model = model
        self.address = address
        self.folder = folder
        self.runs = 0
        # Working directory of the recipes.
        self.work = folder / "work"
        shutil.copytree(recipes, self.work)
        for copied in [self.work, *self.work.rglob("*")]:
            copied.chmod(0o755 if copied.is_dir() else 0o644)
        (folder / "home").mkdir()
        (folder / "programs").mkdir()
        for name in SERVERS:
            server = folder / "programs" / name
            server.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(TOOL_SERVER))}\n")
            server.chmod(0o755)

    def put(self, path, text):
        """Creates a file that a recipe reads and the directory lacks."""
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def file(self, path):
        return (self.work / path).read_text()

    def run(self, recipe, script, tool_calls=0, warns=False, **context):
        """Runs a recipe with scripted responses. The context has strings, and lists, passed as JSON."""
        told = self.folder / "told"
        shutil.rmtree(told, ignore_errors=True)
        told.mkdir()
        before = self.everything()
        self.model.begin(script)
        self.runs += 1
        command = [self.program, "run", recipe, "--context-out", told / "context.json", "--log-dir", told / "logs"]
        command += ["--events", told / "events.jsonl", "--report", told / "report.html"]
        for name, value in context.items():
            is_text = isinstance(value, str)
            command += ["--context" if is_text else "--context-json"]
            command += [f"{name}={value if is_text else json.dumps(value)}"]
        ended = subprocess.run(
            command,
            cwd=self.work,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert not self.model.wrong, self.model.wrong
        assert ended.returncode == 0, f"exit code {ended.returncode}: {ended.stderr}"
        assert ("warning" in ended.stderr) == warns, ended.stderr
        self.no_key_is_in(told, ended.stdout + ended.stderr)
        self.usage_is_told(told / "events.jsonl", ended.stderr, tool_calls)
        after = self.everything()
        written = {path: content for path, content in after.items() if before.get(path) != content}
        assert before.keys() <= after.keys(), f"removed: {sorted(before.keys() - after.keys())}"
        for path in written:
            assert path.startswith("work/output/"), f"written outside of output: {path}"
            # The next run must start like this one.
            (self.folder / path).unlink()
        written = {path.removeprefix("work/"): content for path, content in written.items()}
        artifacts = json.loads((told / "context.json").read_text())
        return Run(self.model.asked, artifacts, written, ended.stderr)

    def environment(self):
        """Environment in which all default output directories are inside the copy."""
        folders = {name: str(self.folder / "home") for name in ["HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"]}
        return {
            **folders,
            "PATH": f"{self.folder / 'programs'}{os.pathsep}{os.environ['PATH']}",
            "NO_PROXY": "*",
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": f"{self.address}/v1",
            "AZURE_OPENAI_API_KEY": KEY,
            "AZURE_OPENAI_BASE_URL": self.address,
        }

    def everything(self):
        """All files in the copy except logs and reports of the run."""
        files = {str(file.relative_to(self.folder)): file for file in self.folder.rglob("*") if not file.is_dir()}
        return {path: file.read_bytes() for path, file in files.items() if not path.startswith("told/")}

    def no_key_is_in(self, told, printed):
        assert KEY not in printed, "a key is printed"
        files = [file for file in told.rglob("*") if file.is_file()]
        assert len(files) >= 5, f"missing output files: {files}"
        for file in files:
            assert KEY.encode() not in file.read_bytes(), f"a key is in {file.name}"

    def usage_is_told(self, events, summary, tool_calls):
        events = [json.loads(line) for line in events.read_text().splitlines()]
        used = [event for event in events if event["event"] == "used"]
        requests = len(self.model.asked)
        told = [sum(event[name] for event in used) for name in ["requests", "input_tokens", "output_tokens"]]
        assert told == [requests, requests * TOKENS_IN, requests * TOKENS_OUT], f"{told}, with {requests} requests"
        expected = {0: "done in", 1: "1 request,"}.get(requests, f"{requests} requests,")
        assert expected in summary, f"{expected} is missing: {summary}"
        called = [event for event in events if event["event"] == "tool_called"]
        assert len(called) == tool_calls, f"{len(called)} tools called"
