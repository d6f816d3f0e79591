"""All tags nested in all tags, on the lines of a `liquid` tag."""

from itertools import product

BLOCKS = {
    "if": ["if t", "BODY", "endif"],
    "if-else": ["if f", "echo 'x'", "else", "BODY", "endif"],
    "elsif": ["if f", "elsif t", "BODY", "endif"],
    "unless": ["unless f", "BODY", "endunless"],
    "case": ["case n", "when 1", "echo 'z'", "when 2", "BODY", "else", "echo 'e'", "endcase"],
    "for": ["for i in l", "BODY", "endfor"],
    "for-else": ["for i in none", "else", "BODY", "endfor"],
    "tablerow": ["tablerow i in l cols: 2", "BODY", "endtablerow"],
    "capture": ["capture c", "BODY", "endcapture", "echo c"],
    "ifchanged": ["ifchanged", "BODY", "endifchanged"],
    "comment": ["comment", "BODY", "endcomment"],
    "doc": ["doc", "BODY", "enddoc"],
    "raw": ["raw", "BODY", "endraw"],
}

BODIES = {
    "nothing": [],
    "blank-lines": ["", "   ", ""],
    "echo": ["echo n"],
    "echo-text": ["echo ' x '"],
    "assign": ["assign a = n"],
    "capture": ["capture a", "echo 'Hello '", "echo n", "endcapture"],
    "note": ["# note"],
    "notes": ["# note", "echo n", "# note"],
    "increment": ["increment k"],
    "cycle": ["cycle 'p', 'q'"],
    "break": ["echo 1", "break", "echo 2"],
    "continue": ["echo 1", "continue", "echo 2"],
    "liquid": ["liquid echo n"],
    "output": ["{{ n }}"],
    "text": ["hello"],
    "tag": ["{% echo n %}"],
    "unclosed": ["if t"],
    "stray-end": ["endif"],
}

DATA = {"t": True, "f": False, "n": 2, "l": [1, 1, 2], "none": []}


def put(block, body):
    lines = []
    for line in block:
        lines += body if line == "BODY" else [line]
    return lines


def written(lines):
    return "<{% liquid\n" + "".join(f"  {line}\n" for line in lines) + "%}>[{{ a }}]"


def cases():
    for (outer, block), (inner, body) in product(BLOCKS.items(), BODIES.items()):
        yield f"liquid/{outer}/{inner}", written(put(block, body)), DATA
    for outer, middle, inner in product(BLOCKS, BLOCKS, ("echo", "assign", "capture")):
        body = put([line.replace("i in", "ii in") for line in BLOCKS[middle]], BODIES[inner])
        yield f"liquid-twice/{outer}/{middle}/{inner}", written(put(BLOCKS[outer], body)), DATA
    for name, body in BODIES.items():
        lines = put(BLOCKS["if"], body)
        yield f"liquid-lines/windows/{name}", "{% liquid\r\n" + "\r\n".join(lines) + "\r\n%}", DATA
        yield f"liquid-lines/control/{name}", "a \n{%- liquid\n" + "\n".join(lines) + "\n-%} \nb", DATA
        yield f"liquid-lines/first-line/{name}", "{% liquid " + "\n".join(lines) + " %}", DATA
