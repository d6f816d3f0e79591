"""Conditions: all operators with all pairs of kinds, and precedence."""

from itertools import product

from values import KINDS, NUMBERS

OPERATORS = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "contains": "contains"}

WORDS = ["empty", "blank", "nil", "true", "false", "missing", "(1..3)", "0", "1.0", "''", "'1'", "null"]


def cases():
    for (operator, sign), left, right in product(OPERATORS.items(), KINDS, KINDS):
        template = "{% if a " + sign + " b %}yes{% else %}no{% endif %}"
        yield f"operator/{operator}/{left}/{right}", template, {"a": KINDS[left], "b": KINDS[right]}
    for (operator, sign), left, word in product(OPERATORS.items(), KINDS, WORDS):
        if operator in ("eq", "lt", "contains"):
            template = "{% if a " + sign + " " + word + " %}yes{% else %}no{% endif %}"
            yield f"operator-word/{operator}/{left}/{word}", template, {"a": KINDS[left]}
            template = "{% if " + word + " " + sign + " a %}yes{% else %}no{% endif %}"
            yield f"word-operator/{operator}/{word}/{left}", template, {"a": KINDS[left]}
    for (operator, sign), left, right in product((("eq", "=="), ("lt", "<"), ("ge", ">=")), NUMBERS, NUMBERS):
        template = "{% if a " + sign + " b %}yes{% else %}no{% endif %}"
        yield f"number-operator/{operator}/{left}/{right}", template, {"a": NUMBERS[left], "b": NUMBERS[right]}
    for name in KINDS:
        data = {"a": KINDS[name]}
        yield f"truth/if/{name}", "{% if a %}yes{% else %}no{% endif %}", data
        yield f"truth/unless/{name}", "{% unless a %}yes{% else %}no{% endunless %}", data
        yield f"truth/and/{name}", "{% if true and a %}yes{% else %}no{% endif %}", data
        yield f"truth/or/{name}", "{% if false or a %}yes{% else %}no{% endif %}", data
        for other in KINDS:
            template = "{% case a %}{% when b %}yes{% else %}no{% endcase %}"
            yield f"truth/case/{name}/{other}", template, {**data, "b": KINDS[other]}
    for values in product(("true", "false"), repeat=4):
        for joints in product(("and", "or"), repeat=3):
            words = [values[0]]
            for joint, value in zip(joints, values[1:]):
                words += [joint, value]
            title = "-".join(word[0] if word in ("true", "false") else word for word in words)
            yield f"binding/{title}", "{% if " + " ".join(words) + " %}yes{% else %}no{% endif %}", {}
    written = [
        "a<b", "a <b", "1 == 1 and 2 == 2", "1 == 1 == true", "a <> b", "not a", "(a)", "(a or b) and c", "a && b", "a = b",
        "a == ", "== a", "", "a b", "a and", "and a", "a contains", "a == 1 or", "1 < 2 < 3", "a.b == c.d", "a[0] == b[0]",
        "'a' contains 'a' and 'b'", "a | upcase == 'A'", "a == b | size", "-1 < 0", "1.5 > 1", "a == 'x' or 'y'",
        "a === b", "a !== b", "a is b", "a in b", "a == nil", "a != blank", "a == empty or b", "true", "nil", "1",
    ]
    for number, condition in enumerate(written):
        data = {"a": "x", "b": "y", "c": None}
        yield f"condition/{number:02}", "{% if " + condition + " %}yes{% else %}no{% endif %}", data
        yield f"condition-unless/{number:02}", "{% unless " + condition + " %}yes{% else %}no{% endunless %}", data
