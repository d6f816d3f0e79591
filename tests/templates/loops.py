"""`for`, `tablerow`, `cycle` and `increment`: their items, options and loop objects."""

from itertools import product

from values import inputs

LIMITS = ["", "limit: 2", "limit: 0", "limit: 9", "limit: -1", "limit: n", "limit: missing", "limit: '2'", "limit: 1.5", "limit: 'x'", "limit: nil"]
OFFSETS = ["", "offset: 1", "offset: 0", "offset: 9", "offset: -1", "offset: n", "offset: missing", "offset: '1'", "offset: 'x'", "offset: continue"]
DATA = {"l": [1, 2, 3, 4, 5], "n": 2, "o": {"a": 1, "b": 2}, "s": "text"}


def cases():
    for kind, value, data in inputs():
        yield f"for/over/{kind}", "{% for i in " + value + " %}({{ i }}){% else %}none{% endfor %}", data
        yield f"for/over-json/{kind}", "{% for i in " + value + " %}({{ i | json }}){% else %}none{% endfor %}", data
        yield f"for/over-reversed/{kind}", "{% for i in " + value + " reversed %}({{ i | json }}){% else %}none{% endfor %}", data
        yield f"tablerow/over/{kind}", "{% tablerow i in " + value + " %}({{ i | json }}){% endtablerow %}", data
    for limit, offset, backwards in product(LIMITS, OFFSETS, ("", "reversed")):
        written = " ".join(word for word in (limit, offset, backwards) if word)
        for name, over in (("list", "l"), ("range", "(1..5)")):
            if name == "range" and backwards:
                continue
            template = "{% for i in " + over + " " + written + " %}{{ i }}{% else %}none{% endfor %}"
            yield f"for/part/{name}/{written or 'whole'}", template, DATA
        if not backwards:
            template = "{% tablerow i in l cols: 2 " + written + " %}{{ i }}{% endtablerow %}"
            yield f"tablerow/part/{written or 'whole'}", template, DATA
    yield from continued()
    yield from knowing()
    yield from ranges()
    yield from counters()
    yield from written_oddly()


def continued():
    first = {"two": "limit: 2", "all": "", "none": "limit: 0", "from-one": "limit: 2 offset: 1", "beyond": "offset: 9"}
    then = {
        "continue": "i in l offset: continue",
        "two": "i in l limit: 2 offset: continue",
        "other-name": "j in l offset: continue",
        "other-list": "i in m offset: continue",
        "reversed": "i in l reversed offset: continue",
        "comma": "i in l, offset: continue",
        "range": "i in (1..5) offset: continue",
    }
    data = {"l": [1, 2, 3, 4, 5], "m": [1, 2, 3, 4, 5]}
    for (one, begin), (two, rest) in product(first.items(), then.items()):
        over = "(1..5)" if two == "range" else "l"
        template = "{% for i in " + over + " " + begin + " %}{{ i }}{% endfor %}-"
        template += "{% for " + rest + " %}{{ i }}{{ j }}{% else %}none{% endfor %}-{% for " + rest + " %}{{ i }}{{ j }}{% endfor %}"
        yield f"for/continue/{one}/{two}", template, data
        template = template.replace("for ", "tablerow ").replace("endfor", "endtablerow").replace("{% else %}none", "")
        yield f"tablerow/continue/{one}/{two}", template, data
    template = "{% for i in l limit: 2 %}{{ i }}{% break %}{% endfor %}{% for i in l offset: continue %}{{ i }}{% endfor %}"
    yield "for/continue/after-break", template, data


def knowing():
    names = "name length index index0 rindex rindex0 first last parentloop nosuch".split()
    for name in names:
        yield f"forloop/{name}", "{% for i in l %}{{ forloop." + name + " }},{% endfor %}", DATA
        yield f"forloop/limited-{name}", "{% for i in l limit: 2 offset: 1 %}{{ forloop." + name + " }},{% endfor %}", DATA
        template = "{% for i in (1..2) %}{% for j in l reversed %}{{ forloop.parentloop." + name + " }},{% endfor %}{% endfor %}"
        yield f"forloop/parent-{name}", template, DATA
    for name in names + "col col0 col_first col_last row".split():
        for cols in ("", "cols: 2", "cols: 0", "cols: '2'", "cols: nil", "cols: missing", "cols: 1.5", "cols: -1", "cols: 'x'"):
            template = "{% tablerow i in l " + cols + " %}{{ tablerowloop." + name + " }}{% endtablerow %}"
            yield f"tablerowloop/{name}/{cols or 'none'}", template, DATA
    for tag in ("for", "tablerow"):
        yield f"{tag}/after", "{% " + tag + " i in l %}{% end" + tag + " %}[{{ i }}{{ forloop.index }}]", {"l": [1, 2], "i": "before"}
        yield f"{tag}/assign-inside", "{% " + tag + " i in l %}{% assign x = i %}{% end" + tag + " %}[{{ x }}]", {"l": [1, 2]}
        yield f"{tag}/shadow", "{% assign i = 9 %}{% " + tag + " i in l %}{% assign i = 5 %}{{ i }}{% end" + tag + " %}[{{ i }}]", {"l": [1, 2]}
        yield f"{tag}/break", "{% " + tag + " i in l %}{{ i }}{% if i == 2 %}{% break %}{% endif %},{% end" + tag + " %}", DATA
        yield f"{tag}/continue", "{% " + tag + " i in l %}{{ i }}{% if i == 2 %}{% continue %}{% endif %},{% end" + tag + " %}", DATA
    data = {"o": {"b": 1, "a": [2, {"c": None}], "": {}}}
    yield "for/pairs", "{% for p in o %}{{ p[0] }}={{ p[1] | json }} {{ p.first }}{{ p.size }};{% endfor %}", data
    yield "for/long", "{% for i in (1..1000) %}{{ i }}{% unless forloop.last %},{% endunless %}{% endfor %}", {}
    yield "for/nested", "{% for i in (1..3) %}{% for j in (1..i) %}{{ forloop.parentloop.index }}{{ forloop.index }},{% endfor %}{% endfor %}", {}
    yield "for/break-outside", "a{% break %}b", {}
    yield "for/continue-outside", "a{% continue %}b", {}
    yield "for/break-outside-in-if", "a{% if true %}x{% break %}y{% endif %}b", {}
    yield "for/print-forloop", "{% for i in l %}{{ forloop }}{% endfor %}", {"l": [1]}
    yield "for/print-forloop-json", "{% for i in l %}{{ forloop | json }}{% endfor %}", {"l": [1]}
    yield "tablerow/print-tablerowloop", "{% tablerow i in l %}{{ tablerowloop }}{% endtablerow %}", {"l": [1]}


def ranges():
    ends = ["1", "3", "-1", "0", "n", "missing", "'2'", "t", "1.5", "f", "nil", "l", "'x'", "n.x", "o.a", "big"]
    data = {"n": 2, "t": "3", "f": 2.9, "l": [1], "o": {"a": 2}, "big": 12}
    for begin, end in product(ends, ends):
        yield f"range/for/{begin}/{end}", "{% for i in (" + begin + ".." + end + ") %}{{ i }},{% endfor %}", data
    for written in ("(1..3)", "(1 .. 3)", "( 1..3 )", "(1.. 3)", "(n..3)", "(3..1)", "(1..1)", "(o.a..o.a)", "(l[0]..3)", "(1...3)", "(1..)", "(..3)", "1..3", "(1..3", "((1..3))", "(-2..2)", "('1'..'3')"):
        name = written.replace(" ", "_")
        data = {"n": 2, "o": {"a": 2}, "l": [1]}
        yield f"range/print/{name}", "[{{ " + written + " }}]", data
        yield f"range/loop/{name}", "{% for i in " + written + " %}{{ i }}{% endfor %}", data
        for filters in ("join: ','", "size", "first", "last", "json", "reverse | join: ','", "map: 'x' | json", "sort | join: ','", "concat: l | json", "sum", "upcase", "append: 'x'", "plus: 1", "default: 'd'", "where: 2 | json", "slice: 0", "compact | json", "uniq | json"):
            if name in ("(1..3)", "(n..3)", "(3..1)", "(-2..2)"):
                yield f"range/filter/{name}/{filters.split(':')[0].split(' ')[0]}", "[{{ " + written + " | " + filters + " }}]", data
        yield f"range/assign/{name}", "{% assign r = " + written + " %}[{{ r }}]{% for i in r %}{{ i }}{% endfor %}[{{ r.size }}{{ r.first }}{{ r.last }}{{ r[0] }}]", data
        for value in ("2", "'2'", "9", "1.0", "nil", "true"):
            yield f"range/contains/{name}/{value}", "{% if " + written + " contains " + value + " %}yes{% else %}no{% endif %}", data
    for sign in ("==", "<", "!="):
        for right in ("(1..3)", "(1..4)", "l", "3", "empty", "blank", "'1..3'", "nil"):
            yield f"range/compare/{sign}/{right}", "{% if (1..3) " + sign + " " + right + " %}yes{% else %}no{% endif %}", {"l": [1, 2, 3]}
    yield "range/case", "{% case r %}{% when (1..3) %}yes{% else %}no{% endcase %}", {}


def counters():
    yield "increment/twice", "{% increment x %}{% increment x %}{{ x }}", {}
    yield "increment/with-data", "{% increment x %}{% increment x %}{{ x }}", {"x": 9}
    yield "increment/and-assign", "{% assign x = 5 %}{% increment x %}{{ x }}", {}
    yield "increment/and-decrement", "{% increment x %}{% increment x %}{% decrement x %}{{ x }}", {}
    yield "decrement/twice", "{% decrement x %}{% decrement x %}{{ x }}", {}
    yield "increment/in-for", "{% for i in (1..3) %}{% increment x %}{% endfor %}{{ x }}", {}
    yield "increment/in-capture", "{% capture c %}{% increment x %}{% endcapture %}{% increment x %}[{{ c }}]", {}
    for number, written in enumerate(["", "a.b", "'x'", "a b", "1", "a-b", "x?"]):
        yield f"increment/written/{number}", "{% increment " + written + " %}", {}
    cycles = [
        "'a', 'b'", "'a', 'b', 'c'", "'g': 'a', 'b'", "g: 'a', 'b'", "1: 'a', 'b'", "a, b", "a", "'a'", "", "'a',", "'g':",
        "'a' 'b'", "nil, 'b'", "l, 'b'", "1, 2.5, true", "missing: 'a', 'b'", "'a', 'b' | upcase", "a:b", "(1..2), 'x'",
    ]
    for number, cycle in enumerate(cycles):
        data = {"a": "x", "b": "y", "g": "h", "l": [1, 2]}
        tag = "{% cycle " + cycle + " %}"
        yield f"cycle/{number:02}", tag + tag + tag + "-{% for i in (1..3) %}" + tag + "{% endfor %}", data
        for other in ("'a', 'b'", "'g': 'a', 'b'", "g: 'x', 'y'", "a, b"):
            yield f"cycle/{number:02}/then/{other}", tag + "{% cycle " + other + " %}" + tag, data
    yield "cycle/one-name-other-items", "{% cycle 'g': 'a', 'b' %}{% cycle 'g': 'c', 'd', 'e' %}{% cycle 'g': 'a', 'b' %}", {}
    for number, body in enumerate(["{{ i }}", " {{ i }} ", "{{ i | divided_by: 2 }}", "x", "", "{% cycle 1, 2 %}"]):
        yield f"ifchanged/{number}", "{% for i in l %}{% ifchanged %}" + body + "{% endifchanged %}{% endfor %}", {"l": [1, 1, 2, 2, 3, 1]}
        template = "{% for i in l %}{% ifchanged %}" + body + "{% endifchanged %}{% ifchanged %}" + body + "{% endifchanged %}{% endfor %}"
        yield f"ifchanged/two/{number}", template, {"l": [1, 1, 2]}


def written_oddly():
    written = [
        "i in l limit:2", "i in l, limit: 2", "i in l, limit: 2, offset: 1", "i in l limit: 2, offset: 1 reversed",
        "i in l reversed limit: 2", "i in l limit=2", "i in l cols: 2", "i in l nosuch: 2", "i in l nosuch", "i in l limit",
        "i in l limit:", "i in", "i", "in l", "i l", "i of l", "'i' in l", "i in l l", "i.x in l", "i in l | reverse",
        "i in l reversed reversed", "i in l limit: 1 limit: 3", "i in 'text'", "i in nil", "i in 5", "i in true", "i in o",
        "i in l[0]", "i in o.a", "in in l", "for in l", "i in l.first", "i in (1..l.size)", "i in empty", "i  in  l",
        "i in l limit: n | plus: 1", "limit in l limit: 2", "i-j in l", "i? in l", "i in [l]", "i in ['l']", "i in l limit: o.b",
    ]
    for tag, end in (("for", "endfor"), ("tablerow", "endtablerow")):
        for number, loop in enumerate(written):
            yield f"{tag}/written/{number:02}", "{% " + tag + " " + loop + " %}({{ i }}){% " + end + " %}", DATA
