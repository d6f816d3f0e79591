"""The providers of language models: the newest official clients and `recipe` do the same jobs at the same scripted server.
Requests and what comes of them are compared field by field; what differs is fixed, or stands in `differences.json`.

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
from comparison import Meant, differences
from scripted_server import Server

PROGRAM = str(Path(sys.argv[1]).resolve())
PATTERN = sys.argv[2] if len(sys.argv) > 2 else "*"
HERE = Path(__file__).resolve().parent

# Far more than anything here takes.
PATIENCE = 60

HEADERS = ("authorization", "api-key", "x-api-key", "x-goog-api-key", "anthropic-version", "content-type")

TOOLS = {"command": sys.executable, "args": ["-B", str(HERE / "tool_server.py")]}


def settings(job, url):
    """Where a provider is and what it is shown, by the configuration."""
    provider = job.provider.removesuffix("_responses")
    name = {"azure": "azure_openai"}.get(provider, provider)
    base = {"openai": f"{url}/v1", "gemini": f"{url}/v1"}.get(provider, url)
    values = {f"{name}_base_url": base, **job.config}
    if provider != "ollama":
        values[f"{name}_api_key"] = jobs.KEY
    return values


def by_client(job, url):
    try:
        return {"answer": job.client(url)}, ""
    except Exception as error:
        return {"error": True}, str(error)


def by_recipe(job, url, folder):
    config = {
        "prompt": jobs.PROMPT,
        "model": f"{job.provider}/{job.model}",
        "output_format": "text",
        "output_key": "answer",
        **({"mcp_servers": [TOOLS]} if job.has_tools else {}),
        **job.recipe,
    }
    (folder / "recipe.json").write_text(json.dumps([{"type": "llm_generate", "config": config}]))
    arguments = [PROGRAM, "run", "recipe.json", "--context-out", "-", "--log-dir", "logs"]
    for name, value in settings(job, url).items():
        arguments += ["--config", f"{name}={value}"]
    ended = subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "NO_PROXY": "*"},
        timeout=PATIENCE,
    )
    if ended.returncode != 0:
        return {"error": True}, ended.stderr
    return {"answer": json.loads(ended.stdout)["answer"]}, ended.stderr


def seen(request):
    headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
    return {"method": request.method, "path": request.path, "headers": headers, "body": request.body}


def observed(job, server, do):
    """Does a job in one of the two ways: what is compared of it, and what was told."""
    server.play(job.replies)
    started = monotonic()
    outcome, told = do()
    took = monotonic() - started
    requests = server.received
    all_of_it = {
        "requests": [seen(request) for request in requests],
        "count": len(requests),
        "outcome": outcome,
        "tools": sum(1 for request in requests if request.body.get("messages", [{}])[-1].get("role") == "tool"),
    }
    compared = {name: all_of_it[name] for name in job.compares}
    if job.waits:
        compared["waits"] = took >= job.waits
    return compared, told


def main():
    meant = Meant(HERE / "differences.json")
    server = Server()
    done = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for job in jobs.all_jobs():
            if not fnmatchcase(job.full_name, PATTERN):
                continue
            done += 1
            theirs, _ = observed(job, server, lambda: by_client(job, server.url))
            ours, told = observed(job, server, lambda: by_recipe(job, server.url, Path(folder)))
            wrong = [str(found) for found in differences(theirs, ours) if not meant.has(job.full_name, found)]
            if job.told and job.told not in told:
                wrong.append(f"not told: {job.told!r}\n{told}")
            if wrong:
                failed += 1
                print(f"{job.full_name}:")
                for line in wrong:
                    print(f"   {line}")
    unused = list(meant.unused()) if PATTERN == "*" else []
    for line in unused:
        print(f"differences.json has what explains nothing any more: {line}")
    result = f"{failed} failed" if failed else "no difference that is not meant"
    print(f"{done} jobs with the official clients: {result}")
    return 1 if failed or unused else 0


sys.exit(main())
