"""Where real recipes are run: a copy of their folder, in which everything that a run has written is found."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from model import KEY, TOKENS_IN, TOKENS_OUT

# Far more than any of the recipes takes.
PATIENCE = 120

TOOL_SERVER = Path(__file__).resolve().parent / "tool_server.py"

# What real recipes start to have a server of tools.
SERVERS = ["npx", "python-code-tools"]


class Run:
    """A run that has succeeded."""

    def __init__(self, asked, artifacts, written, told):
        # The questions to the model, in order.
        self.asked = asked
        self.artifacts = artifacts
        # What was written, by path: bytes.
        self.written = written
        self.told = told

    def text(self, path):
        """The text of the only file that was written."""
        assert list(self.written) == [path], f"written: {sorted(self.written)}"
        return self.written[path].decode()


class Place:
    def __init__(self, program, recipes, folder, model, address):
        self.program = program
        self.model = model
        self.address = address
        self.folder = folder
        self.runs = 0
        # Recipes name their files from here.
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
        """A file that a recipe reads and the folder does not have."""
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def file(self, path):
        return (self.work / path).read_text()

    def run(self, recipe, script, tool_calls=0, warns=False, **context):
        """Runs a recipe with what the model is to say. The context holds texts, and lists, which are given as JSON."""
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
            # So that the next run begins as this one did.
            (self.folder / path).unlink()
        written = {path.removeprefix("work/"): content for path, content in written.items()}
        artifacts = json.loads((told / "context.json").read_text())
        return Run(self.model.asked, artifacts, written, ended.stderr)

    def environment(self):
        """All that a run could write to by itself is in the folder."""
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
        """Every file in the folder but for what tells of the run."""
        files = {str(file.relative_to(self.folder)): file for file in self.folder.rglob("*") if not file.is_dir()}
        return {path: file.read_bytes() for path, file in files.items() if not path.startswith("told/")}

    def no_key_is_in(self, told, printed):
        assert KEY not in printed, "a key is printed"
        files = [file for file in told.rglob("*") if file.is_file()]
        assert len(files) >= 5, f"a run is told in {files}"
        for file in files:
            assert KEY.encode() not in file.read_bytes(), f"a key is in {file.name}"

    def usage_is_told(self, events, summary, tool_calls):
        events = [json.loads(line) for line in events.read_text().splitlines()]
        used = [event for event in events if event["event"] == "used"]
        requests = len(self.model.asked)
        told = [sum(event[name] for event in used) for name in ["requests", "input_tokens", "output_tokens"]]
        assert told == [requests, requests * TOKENS_IN, requests * TOKENS_OUT], f"{told}, with {requests} requests"
        expected = {0: "done in", 1: "1 request,"}.get(requests, f"{requests} requests,")
        assert expected in summary, f"{expected} is not told: {summary}"
        called = [event for event in events if event["event"] == "tool_called"]
        assert len(called) == tool_calls, f"{len(called)} tools called"
