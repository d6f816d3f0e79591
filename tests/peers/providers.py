"""The model providers: the newest official clients and `recipe` do the same jobs with the same
scripted server. Requests and results are compared field by field; differences are fixed, or listed
in `differences.json`.

    python providers.py PROGRAM [PATTERN]
"""

import json
import os
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path
from time import monotonic

import jobs
from comparison import Expected, differences
from scripted_server import Server

PROGRAM = str(Path(sys.argv[1]).resolve())
PATTERN = sys.argv[2] if len(sys.argv) > 2 else "*"
HERE = Path(__file__).resolve().parent

# A generous timeout in seconds.
TIMEOUT = 60

HEADERS = ("authorization", "api-key", "x-api-key", "x-goog-api-key", "anthropic-version", "content-type")

TOOLS = {"command": sys.executable, "args": ["-B", str(HERE / "tool_server.py")]}


def settings(job, url):
    """Configuration values of a provider's address and key."""
    provider = job.provider.removesuffix("_responses")
    name = {"azure": "azure_openai"}.get(provider, provider)
    base = {"openai": f"{url}/v1", "gemini": f"{url}/v1"}.get(provider, url)
    values = {f"{name}_base_url": base, **job.config}
    if provider != "ollama":
        values[f"{name}_api_key"] = jobs.KEY
    return values


def run_client(job, url):
    try:
        return {"answer": job.client(url)}, ""
    except Exception as error:
        return {"error": True}, str(error)


def run_recipe(job, url, directory):
    config = {
        "prompt": jobs.PROMPT,
        "model": f"{job.provider}/{job.model}",
        "output_format": "text",
        "output_key": "answer",
        **({"mcp_servers": [TOOLS]} if job.has_tools else {}),
        **job.recipe,
    }
    (directory / "recipe.json").write_text(json.dumps([{"type": "llm_generate", "config": config}]))
    arguments = [PROGRAM, "run", "recipe.json", "--context-out", "-", "--log-dir", "logs"]
    for name, value in settings(job, url).items():
        arguments += ["--config", f"{name}={value}"]
    process = subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        cwd=directory,
        env={**os.environ, "NO_PROXY": "*"},
        timeout=TIMEOUT,
    )
    if process.returncode != 0:
        return {"error": True}, process.stderr
    return {"answer": json.loads(process.stdout)["answer"]}, process.stderr


def compared_request(request):
    headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
    return {"method": request.method, "path": request.path, "headers": headers, "body": request.body}


def run_job(job, server, run):
    """Does a job in one of the two ways: the compared values, and the output."""
    server.play(job.replies)
    started = monotonic()
    outcome, output = run()
    elapsed = monotonic() - started
    requests = server.received
    values = {
        "requests": [compared_request(request) for request in requests],
        "count": len(requests),
        "outcome": outcome,
        "tools": sum(1 for request in requests if request.body.get("messages", [{}])[-1].get("role") == "tool"),
    }
    compared = {name: values[name] for name in job.compares}
    if job.waits:
        compared["waits"] = elapsed >= job.waits
    return compared, output


def main():
    expected = Expected(HERE / "differences.json")
    server = Server()
    done = failed = 0
    with tempfile.TemporaryDirectory() as directory:
        for job in jobs.all_jobs():
            if not fnmatchcase(job.full_name, PATTERN):
                continue
            done += 1
            theirs, _ = run_job(job, server, lambda: run_client(job, server.url))
            ours, output = run_job(job, server, lambda: run_recipe(job, server.url, Path(directory)))
            errors = [str(found) for found in differences(theirs, ours) if not expected.has(job.full_name, found)]
            if job.output and job.output not in output:
                errors.append(f"not output: {job.output!r}\n{output}")
            if errors:
                failed += 1
                print(f"{job.full_name}:")
                for line in errors:
                    print(f"   {line}")
    unused = list(expected.unused()) if PATTERN == "*" else []
    for line in unused:
        print(f"unused entry in differences.json: {line}")
    result = f"{failed} failed" if failed else "no unexpected difference"
    print(f"{done} jobs with the official clients: {result}")
    return 1 if failed or unused else 0


sys.exit(main())
