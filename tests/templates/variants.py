"""python-liquid with one behaviour changed: what it would print if it did as recipe does on purpose.

A difference that is one of these is exactly that, and nothing else beside it. The reasons are in
`tests/conformance/template-differences.json`, by the names here.
"""

import json
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from liquid.builtin.expressions.loop import LoopExpression
from liquid.builtin.filters import array
from liquid.extra.filters.array import _getitem, _ints
from liquid.undefined import is_undefined


@contextmanager
def json_printing(environment):
    """Lists and objects print as JSON, without spaces; so do the lists that filters give."""
    from liquid import stringify

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
    """Values that filters leave in lists and that have no JSON: nothing, and ranges."""
    return list(value) if isinstance(value, range) else None


def modules_with(name):
    import sys

    return [module for path, module in sys.modules.items() if path.startswith("liquid") and hasattr(module, name)]


@contextmanager
def null_joins_as_nothing(environment):
    """`join` prints nothing for null, as `{{ … }}` does, instead of the Python word None."""
    original = array._str_if_not

    def text(value):
        return "" if is_null(value) else original(value)

    with patch.object(array, "_str_if_not", text):
        yield


def is_null(value):
    return value is None or isinstance(value, array._Null) or is_undefined(value)


@contextmanager
def nulls_last(environment):
    """`sort`, `sort_natural` and `sort_numeric` put null, and items without the key, behind all others."""

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
def limit_of_zero(environment):
    """`limit: 0` goes over nothing, as in python-liquid 2.2.2, Shopify's liquid and liquidjs."""
    original = LoopExpression._slice

    def part(self, it, length, context, *, limit, offset):
        if limit == 0:
            begin = context.stopindex(f"{self.identifier}-{self.iterable}") if offset == "continue" else int(offset or 0)
            context.stopindex(key=f"{self.identifier}-{self.iterable}", index=min(max(begin, 0), length))
            return iter(()), 0
        return original(self, it, length, context, limit=limit, offset=offset)

    with patch.object(LoopExpression, "_slice", part):
        yield


VARIANTS = {
    "json-printing": json_printing,
    "null-joins-as-nothing": null_joins_as_nothing,
    "nulls-last": nulls_last,
    "limit-of-zero": limit_of_zero,
}

# All at once, for templates that meet several.
TOGETHER = "together"


@contextmanager
def together(environment):
    with ExitStack() as changed:
        for variant in VARIANTS.values():
            changed.enter_context(variant(environment))
        yield
