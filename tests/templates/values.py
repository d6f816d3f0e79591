"""Values of all kinds, by name."""

NUMBERS = {
    "zero": 0,
    "one": 1,
    "five": 5,
    "minus-seven": -7,
    "largest-i64": 9223372036854775807,
    "beyond-doubles": 9007199254740993,
    "largest-u64": 18446744073709551615,
    "float": 2.5,
    "minus-float": -2.5,
    "whole-float": 3.0,
    "minus-zero": -0.0,
    "tenth": 0.1,
    "tiny": 1e-7,
    "huge": 1e22,
    "many-digits": 1234567890123.456,
}

TEXTS = {
    "text": "Hello World",
    "empty-text": "",
    "blank-text": " \n ",
    "number-text": "42",
    "float-text": "3.14",
    "padded-number-text": " 7 ",
    "accents": "\u00dcn\u00efc\u00f6d\u00e9 Stra\u00dfe \u65e5\u672c \U0001f600",
    "html": "<p class=\"a\">Tom & Jerry's</p> 1 &lt; 2",
    "comparison": "if x < 5 and y > 3 then <b>ok</b> else a<b",
    "lines": "one\ntwo\r\n\n three ",
    "camel": "someCamelCase-and  Words_2Go!",
    "encoded": "a%20b+c%E9%C3%A9",
    "base64": "SGVsbG8=",
    "odd-spaces": "\u00a0 x\u2003y\u001f \u200bz\u3000",
    "odd-letters": "\u01c6\u00df\u0149 \u0130\u0131 \u03a3\u0391\u03a3 \ufb01 \u1fb3 e\u0301",
    "entities": "&eacute; &amp;amp; &lt;b&gt; &#39;&#x27; &copy &nosuch; &",
    "markup": "<script>if (a<b) {}</script>x<style>p{}</style>y<!-- c -->z<br/>w<a href='>'>v</a>",
    "underscored-number-text": "1_000",
    "exponent-text": "1e3",
    "signed-text": "+5",
    "nan-text": "nan",
    "infinity-text": "inf",
    "full-width-text": "\uff11\uff12",
    "leading-zero-text": "007",
}

LISTS = {
    "numbers": [3, 1, 2],
    "empty-list": [],
    "texts": ["b", "A", "c", "a", "b"],
    "number-texts": ["10", "9", "b2", "a10"],
    "floats": [1.5, -0.5, 1e22],
    "nested": [[3, 1], [2, [5, 4]]],
    "nulls": [3, None, 1],
    "booleans": [True, False, True],
    "mixed": [1, "2", None, True, 2.5, "b"],
    "numbers-and-text": [3, "b", 1],
    "objects": [{"k": 2, "n": "b"}, {"k": 1, "n": "A"}, {"k": 2, "n": "a"}],
    "objects-some-without": [{"k": 2, "n": "b"}, {"n": "A"}, {"k": None, "n": "c"}],
    "objects-and-null": [{"k": 2}, None, {"k": 1}],
    "accented-list": ["\u00e9", "z", "E", "\u00c9"],
}

OTHERS = {
    "null": None,
    "true": True,
    "false": False,
    "object": {"a": 1, "b": {"c": [1, 2]}, "k": "v"},
    "empty-object": {},
    "date": "2024-03-05",
    "date-time": "2024-03-05T13:04:05Z",
}

VALUES = {**NUMBERS, **TEXTS, **LISTS, **OTHERS}

# Expressions for values without JSON.
EXPRESSIONS = {"missing": "missing", "range": "(1..3)", "empty-word": "empty", "blank-word": "blank"}


def inputs():
    """Yields each value as an expression with its data."""
    for name, value in VALUES.items():
        yield name, "v", {"v": value}
    for name, expression in EXPRESSIONS.items():
        yield name, expression, {}


# A value of each kind, for pairs.
KINDS = {
    name: VALUES[name]
    for name in (
        "zero one five minus-zero float whole-float largest-u64 text empty-text blank-text number-text numbers "
        "empty-list texts nulls objects object empty-object null true false"
    ).split()
}
