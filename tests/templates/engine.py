"""python-liquid as in recipe-executor: `extra=True, autoescape=False`, and one more filter."""

import re

from liquid import Environment
from liquid.builtin.filters.array import _Null

# The default representation contains a memory address.
_Null.__repr__ = lambda self: "None"


def environment():
    made = Environment(autoescape=False, extra=True)
    made.filters["snakecase"] = snakecase
    return made


def snakecase(value):
    """The filter that recipe-executor 0.1.3 adds (recipe_executor/utils/templates.py)."""
    text = re.sub(r"[\s\-]+", "_", str(value))
    text = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", text).lower()
    text = re.sub(r"[^a-z0-9_]", "", text)
    return re.sub(r"__+", "_", text).strip("_")


def parse(made, template):
    """Returns the parsed template or the error; any exception is one, as in the reference."""
    try:
        return made.from_string(template), None
    except Exception as error:
        return None, outcome_of(error)


def render(parsed, data):
    """Returns the text or the error."""
    try:
        return {"text": parsed.render(**data)}
    except Exception as error:
        return outcome_of(error)


def outcome_of(error):
    return {"error": f"{type(error).__name__}: {error}"[:200]}
