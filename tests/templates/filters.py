"""All filters with values of all kinds, and with too many, too few and all kinds of arguments."""

from values import EXPRESSIONS, LISTS, NUMBERS, VALUES, inputs

# Usual arguments of each filter; the first ones are combined with all values.
FILTERS = {
    "abs": [""],
    "append": [": 'x'"],
    "at_least": [": 3"],
    "at_most": [": 3"],
    "base64_decode": [""],
    "base64_encode": [""],
    "base64_url_safe_decode": [""],
    "base64_url_safe_encode": [""],
    "capitalize": [""],
    "ceil": [""],
    "compact": ["", ": 'k'"],
    "concat": [": l"],
    "date": [": '%Y-%m-%d %H:%M'"],
    "default": [": 'x'", ": 'x', allow_false: true", ""],
    "divided_by": [": 3", ": 2.5", ": 0"],
    "downcase": [""],
    "escape": [""],
    "escape_once": [""],
    "escapejs": [""],
    "find": [": 'k', 2", ": 'k'", ": 2", ": 'a'"],
    "find_index": [": 'k', 2", ": 'k'", ": 2", ": 'a'"],
    "first": [""],
    "floor": [""],
    "has": [": 'k', 2", ": 'k'", ": 2", ": 'a'"],
    "index": [": 1", ": 'a'"],
    "join": [": ','", "", ": 1"],
    "json": ["", ": indent: 2", ": 2"],
    "last": [""],
    "lstrip": [""],
    "map": [": 'k'", ": 'n'", ": 0"],
    "minus": [": 3", ": 0.1"],
    "modulo": [": 3", ": 2.5", ": 0"],
    "newline_to_br": [""],
    "plus": [": 3", ": 0.1"],
    "prepend": [": 'x'"],
    "reject": [": 'k', 2", ": 'k'", ": 2"],
    "remove": [": 'l'", ": ''"],
    "remove_first": [": 'l'", ": ''"],
    "remove_last": [": 'l'", ": ''"],
    "replace": [": 'l', 'L'", ": 'l'", ": '', '-'"],
    "replace_first": [": 'l', 'L'", ": 'l'", ": '', '-'"],
    "replace_last": [": 'l', 'L'", ": '', '-'"],
    "reverse": [""],
    "round": ["", ": 1", ": -1", ": 0", ": 2", ": '1'"],
    "rstrip": [""],
    "safe": [""],
    "script_tag": [""],
    "size": [""],
    "slice": [": 1", ": 1, 2", ": -2, 2", ": 0, 0", ": -3, 2", ": 9", ": 0, -1", ": 1, 99", ": '1', '2'"],
    "snakecase": [""],
    "sort": ["", ": 'k'", ": 'n'"],
    "sort_natural": ["", ": 'k'", ": 'n'"],
    "sort_numeric": ["", ": 'k'", ": 'n'"],
    "split": [": ' '", ": ''", ": 'l'", ": ', '", ": nil"],
    "squish": [""],
    "strip": [""],
    "strip_html": [""],
    "strip_newlines": [""],
    "stylesheet_tag": [""],
    "sum": ["", ": 'k'"],
    "times": [": 3", ": 0.1"],
    "truncate": [": 5", "", ": 5, ''", ": 8, '~~'", ": 0", ": 2", ": -1"],
    "truncatewords": [": 1", "", ": 1, ''", ": 2, '~~'"],
    "uniq": ["", ": 'k'"],
    "upcase": [""],
    "url_decode": [""],
    "url_encode": [""],
    "where": [": 'k', 2", ": 'k'", ": 2"],
}

# Filters that can return a list, which is also printed as JSON.
OF_LISTS = (
    "compact concat find first last map reject reverse slice sort sort_natural sort_numeric split uniq where default".split()
)

ARGUMENTS = {
    "none": "",
    "null": ": nil",
    "missing": ": missing",
    "zero": ": 0",
    "one": ": 1",
    "minus-one": ": -1",
    "float": ": 1.5",
    "text": ": 'o'",
    "empty-text": ": ''",
    "number-text": ": '2'",
    "true": ": true",
    "list": ": l",
    "object": ": o",
    "range": ": (1..2)",
    "two": ": 1, 2",
    "two-texts": ": 'l', 'o'",
    "null-second": ": 'l', nil",
    "three": ": 1, 2, 3",
    "keyword": ": nosuch: 1",
}

# Filters of extensions for localized numbers and strings.
OF_BABEL = "currency decimal money money_with_currency money_without_currency money_without_trailing_zeros t gettext".split()

DATA = {"l": [1, "a"], "o": {"k": 1}}


def cases():
    for name, arguments in FILTERS.items():
        for number, given in enumerate(arguments):
            for kind, value, data in inputs():
                if name == "date" and kind in TODAY:
                    continue
                if number and kind in NUMBERS and name not in OF_NUMBERS:
                    continue
                title = f"filter/{name}/{label(number)}/{kind}"
                data = {**data, "l": DATA["l"]} if given == ": l" else data
                yield title, "[{{ " + f"{value} | {name}{given}" + " }}]", data
                if name in OF_LISTS and (kind in LISTS or kind in EXPRESSIONS):
                    yield f"{title}/json", "[{{ " + f"{value} | {name}{given} | json" + " }}]", data
        for kind, given in ARGUMENTS.items():
            for value in ("five", "text", "numbers", "objects"):
                template = "[{{ " + f"v | {name}{given}" + " }}]"
                needed = {key: DATA[key] for key in DATA if given == f": {key}"}
                yield f"argument/{name}/{kind}/{value}", template, {"v": VALUES[value], **needed}
    for name in OF_BABEL:
        yield f"filter/{name}", "[{{ '1' | " + name + " }}]", {}
    yield from pairs_of_numbers()
    yield from chains()


OF_NUMBERS = "abs at_least at_most ceil divided_by floor minus modulo plus round sum times default json".split()


# Strings that are parsed as days of the current month.
TODAY = ("float-text", "padded-number-text", "full-width-text", "signed-text", "leading-zero-text")


def label(number):
    return "abcdefghi"[number]


def pairs_of_numbers():
    """Yields arithmetic with all pairs of numbers."""
    seconds = ["zero", "minus-seven", "largest-i64", "beyond-doubles", "float", "whole-float", "tenth", "huge", "many-digits"]
    for name in ("plus", "minus", "times", "divided_by", "modulo", "at_least", "at_most"):
        for left in NUMBERS:
            for right in seconds:
                data = {"a": NUMBERS[left], "b": NUMBERS[right]}
                yield f"arithmetic/{name}/{left}/{right}", "[{{ a | " + name + ": b }}]", data


def chains():
    """Yields chains of filters in which the second depends on the result of the first."""
    givers = {
        "map": ("l", " | map: 'k'", {"l": [{"k": 1}, {}, {"k": None}, {"k": [2]}]}),
        "split": ("t", " | split: ','", {"t": "b,a,,c"}),
        "sort": ("l", " | sort", {"l": [2, 1, 3]}),
        "divided": ("n", " | divided_by: 4.0", {"n": 5}),
        "times": ("n", " | times: 1.0", {"n": 5}),
        "range": ("(1..4)", " | reverse", {}),
        "where": ("l", " | where: 'k', 1", {"l": [{"k": 1, "n": "a"}, {"k": 2, "n": "b"}]}),
        "find-nothing": ("l", " | find: 'k', 9", {"l": [{"k": 1}]}),
        "first-of-nothing": ("l", " | first", {"l": []}),
        "concat": ("l", " | concat: m", {"l": [1], "m": [None, "x"]}),
        "default": ("missing", " | default: nil", {}),
        "size": ("t", " | size", {"t": "abc"}),
        "has": ("l", " | has: 'k'", {"l": [{"k": 1}]}),
    }
    takers = [
        "join: ','", "size", "first", "last", "json", "compact | join: '-'", "sort | join: '-'", "uniq | join: '-'",
        "append: '!'", "default: 'none'", "upcase", "plus: 1", "times: 2", "divided_by: 2", "round: 2", "floor", "ceil",
        "sum", "reverse | join: ' '", "slice: 1, 2", "map: 'n' | join: ','", "split: ','", "concat: x | join: '+'",
        "where: 'n' | size", "has: 'n'", "find: 'n', 'b'", "strip", "escape", "truncate: 4", "abs",
    ]
    for giver, (value, filters, data) in givers.items():
        for number, taker in enumerate(takers):
            with_list = {**data, "x": [0]} if "concat: x" in taker else data
            template = "[{{ " + f"{value}{filters} | {taker}" + " }}]"
            yield f"chain/{giver}/{number:02}-{taker.split(':')[0].split(' ')[0]}", template, with_list
