"""Variants of python-liquid, each with one behavior changed to a deliberate difference of recipe.

A result that equals that of a variant differs in that behavior only. The reasons are in
`tests/conformance/template-differences.json`, by the names here.
"""

import json
import sys
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from liquid import stringify
from liquid.builtin.expressions.primitive import Blank, Empty
from liquid.builtin.expressions.loop import LoopExpression
from liquid.builtin.filters import array
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.extra.filters import JSON
from liquid.extra.filters.array import _getitem, _ints
from liquid.undefined import Undefined, is_undefined


@contextmanager
def json_printing(environment):
    """Lists and objects, including results of filters, print as JSON without spaces."""
    original = stringify.to_liquid_string

    def printing(value, autoescape):
        if isinstance(value, (list, tuple, dict)):
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=plain)
        return original(value, autoescape)

    with ExitStack() as changed:
        for module in modules_with("to_liquid_string"):
            changed.enter_context(patch.object(module, "to_liquid_string", printing))
        yield


def plain(value):
    """Converts values without JSON: ranges, `empty` and `blank`, and undefined values."""
    if isinstance(value, range):
        return list(value)
    return "" if isinstance(value, (Empty, Blank)) else None


def modules_with(name):
    return [module for path, module in sys.modules.items() if path.startswith("liquid") and hasattr(module, name)]


@contextmanager
def null_joins_as_nothing(environment):
    """`join` prints null as nothing, as `{{ … }}` does, instead of the Python word None."""
    original = array._str_if_not

    def text(value):
        return "" if is_null(value) else original(value)

    with patch.object(array, "_str_if_not", text):
        yield


def is_null(value):
    return value is None or isinstance(value, array._Null) or is_undefined(value)


@contextmanager
def nulls_last(environment):
    """`sort`, `sort_natural` and `sort_numeric` put null and items without the key last."""

    def sorting(keyed):
        @array.sequence_filter
        def sort(sequence, key=None):
            values = [(_getitem(item, str(key)) if key else item, item) for item in sequence]
            rest = sorted((pair for pair in values if not is_null(pair[0])), key=lambda pair: keyed(pair[0]))
            return [item for _, item in rest] + [item for value, item in values if is_null(value)]

        return sort

    changed = {
        "sort": sorting(lambda value: value),
        "sort_natural": sorting(array._lower),
        "sort_numeric": sorting(_ints),
    }
    with patch.dict(environment.filters, changed):
        yield


@contextmanager
def captures_keep_space(environment):
    """`capture` keeps white space; python-liquid treats it as a block that prints nothing."""

    def render(self, context, buffer):
        kept = context.get_buffer(buffer)
        for node in self.block.nodes:
            node.render(context, kept)
        self._assign(context, kept)
        return 0

    with patch.object(CaptureNode, "render_to_output", render):
        yield


@contextmanager
def limit_of_zero(environment):
    """A loop whose limit ends before its first item is empty."""

    def part(self, it, length, context, *, limit, offset):
        key = f"{self.identifier}-{self.iterable}"
        begin = context.stopindex(key) if offset == "continue" else int(offset or 0)
        end = length if limit is None else min(max(begin + limit, 0), length)
        begin = min(max(begin, 0), length)
        context.stopindex(key=key, index=end)
        items = list(it)[begin:end]
        return iter(items[::-1] if self.reversed else items), len(items)

    with patch.object(LoopExpression, "_slice", part):
        yield


@contextmanager
def null_as_undefined(environment):
    """Filters for strings and lists treat null like an undefined name, not as the word None."""

    def lenient(function):
        def call(left, *arguments, **named):
            values = [UNDEFINED if value is None else value for value in (left, *arguments)]
            return function(*values, **named)

        # Attributes with which python-liquid marks filters.
        for mark in ("with_context", "with_environment"):
            setattr(call, mark, getattr(function, mark, False))
        return call

    changed = {name: lenient(environment.filters[name]) for name in OF_TEXTS + OF_LISTS}
    with patch.dict(environment.filters, changed):
        yield


UNDEFINED = Undefined("nothing")

OF_TEXTS = (
    "append capitalize downcase escape prepend remove remove_first remove_last replace replace_first replace_last slice split strip "
    "truncate truncatewords upcase"
).split()

OF_LISTS = "compact concat find find_index has join map reject reverse sort sort_natural sort_numeric sum uniq where".split()


@contextmanager
def json_of_nothing(environment):
    """`json` prints null for undefined names and missing properties, which fail in python-liquid."""
    with patch.dict(environment.filters, {"json": JSON(default=plain)}):
        yield


VARIANTS = {
    "json-printing": json_printing,
    "null-joins-as-nothing": null_joins_as_nothing,
    "nulls-last": nulls_last,
    "captures-keep-space": captures_keep_space,
    "limit-of-zero": limit_of_zero,
    "null-as-undefined": null_as_undefined,
    "json-of-nothing": json_of_nothing,
}

# All variants at once, for templates with several differences.
TOGETHER = "together"


@contextmanager
def together(environment):
    with ExitStack() as changed:
        for variant in VARIANTS.values():
            changed.enter_context(variant(environment))
        yield
