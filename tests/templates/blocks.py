"""All tags nested in all tags, captures in blocks that print nothing, and whitespace control."""

from itertools import product

# BODY is replaced by the content of the block.
BLOCKS = {
    "if": "{% if t %}BODY{% endif %}",
    "if-false": "{% if f %}BODY{% endif %}",
    "if-else": "{% if f %}x{% else %}BODY{% endif %}",
    "if-blank-else": "{% if t %} {% else %}BODY{% endif %}",
    "elsif": "{% if f %}{% elsif t %}BODY{% endif %}",
    "unless": "{% unless f %}BODY{% endunless %}",
    "unless-else": "{% unless t %} {% else %}BODY{% endunless %}",
    "unless-elsif": "{% unless t %}y{% elsif t %}BODY{% endunless %}",
    "case": "{% case n %}{% when 1 %}z{% when 2, 3 %}BODY{% endcase %}",
    "case-twice": "{% case n %}{% when 2 %}BODY{% when 2 %}BODY{% else %}e{% endcase %}",
    "case-else": "{% case n %}{% when 9 %} {% else %}BODY{% endcase %}",
    "for": "{% for i in l %}BODY{% endfor %}",
    "for-else": "{% for i in none %} {% else %}BODY{% endfor %}",
    "for-range": "{% for i in (1..3) %}BODY{% endfor %}",
    "tablerow": "{% tablerow i in l cols: 2 %}BODY{% endtablerow %}",
    "capture": "{% capture c %}BODY{% endcapture %}",
    "capture-printed": "{% capture c %}BODY{% endcapture %}[{{ c }}]",
    "ifchanged": "{% ifchanged %}BODY{% endifchanged %}",
    "ifchanged-in-for": "{% for j in l %}{% ifchanged %}BODY{% endifchanged %}{% endfor %}",
    "comment": "{% comment %}BODY{% endcomment %}",
    "raw": "{% raw %}BODY{% endraw %}",
}

BODIES = {
    "nothing": "",
    "space": " ",
    "lines": "\n  \n",
    "text": "text",
    "text-and-space": "\n  text {{ n }}\n",
    "output": "{{ n }}",
    "output-and-lines": "\n{{ n }}\n",
    "empty-output": "{{ missing }}",
    "empty-output-and-lines": "\n {{ missing }} \n",
    "empty-text-and-lines": "\n {{ '' }} \n",
    "echo": "\n{% echo n %}\n",
    "assign": "{% assign a = n %}",
    "assign-and-lines": "\n {% assign a = n %}\n",
    "capture": "{% capture a %}Hello {{ n }}!{% endcapture %}",
    "capture-and-lines": "\n {% capture a %}\n Hello {{ n }}!\n {% endcapture %}\n",
    "capture-space": "{% capture a %}  {% endcapture %}",
    "capture-raw": "\n{% capture a %}{% raw %}{{ x }}{% endraw %} y{% endcapture %}\n",
    "capture-nested": "\n{% capture a %}1 {% capture b %}2 {{ n }}{% endcapture %}3{{ b }}{% endcapture %}\n",
    "capture-in-if": "\n{% if t %}\n{% capture a %} x {% endcapture %}\n{% endif %}\n",
    "capture-of-blank-if": "\n{% capture a %} {% if t %} {% endif %} {% endcapture %}\n",
    "capture-itself": "\n{% capture a %}{{ a }}{{ i }},{% endcapture %}\n",
    "comment": "{% comment %} x {% endcomment %}",
    "comment-and-lines": "\n{% comment %} x {% endcomment %}\n",
    "inline-comment": "\n{% # x %}\n",
    "raw": "{% raw %}{{ n }}{% endraw %}",
    "raw-space": "\n{% raw %} {% endraw %}\n",
    "increment": "\n{% increment k %}\n",
    "decrement": "\n{% decrement k %}\n",
    "cycle": "\n{% cycle 'p', 'q' %}\n",
    "break": "1{% break %}2",
    "continue": "1{% continue %}2",
    "break-and-lines": "\n{% break %}\n",
    "blank-if": "\n{% if t %}\n{% endif %}\n",
    "blank-if-else": "\n{% if f %}\n{% else %} {% endif %}\n",
    "full-if": "\n{% if t %} y {% endif %}\n",
    "false-if": "\n{% if f %} y {% endif %}\n",
    "blank-unless": "\n{% unless f %}\n{% endunless %}\n",
    "blank-case": "\n{% case n %}\n{% when 2 %}\n{% endcase %}\n",
    "full-case": "\n{% case n %}\n{% when 2 %} two {% endcase %}\n",
    "blank-for": "\n{% for x in l %}\n{% endfor %}\n",
    "full-for": "\n{% for x in l %} {{ x }} {% endfor %}\n",
    "empty-for": "\n{% for x in none %} y {% endfor %}\n",
    "tablerow": "\n{% tablerow x in l %} {% endtablerow %}\n",
    "ifchanged": "\n{% ifchanged %} {% endifchanged %}\n",
    "ifchanged-text": "\n{% ifchanged %} q {% endifchanged %}\n",
    "liquid-silent": "\n{% liquid\n assign a = n\n if t\n assign b = n\n endif %}\n",
    "liquid-printing": "\n{% liquid\n assign a = n\n echo a\n for x in l\n echo x\n endfor %}\n",
    "liquid-empty": "\n{% liquid %}\n",
    "doc": "\n{% doc %} x {% enddoc %}\n",
}

DATA = {"t": True, "f": False, "n": 2, "l": [1, 1, 2], "none": []}


def cases():
    for (outer, block), (inner, body) in product(BLOCKS.items(), BODIES.items()):
        template = "<" + block.replace("BODY", body) + ">[{{ a }}|{{ b }}]"
        yield f"inside/{outer}/{inner}", template, DATA
    for outer, middle in product(BLOCKS, BLOCKS):
        for inner in ("capture-and-lines", "assign-and-lines", "text-and-space", "break-and-lines"):
            body = " " + BLOCKS[middle].replace("BODY", BODIES[inner]).replace("i in", "ii in") + " "
            template = "<" + BLOCKS[outer].replace("BODY", body) + ">[{{ a }}]"
            yield f"inside-twice/{outer}/{middle}/{inner}", template, DATA
    yield from control_of_space()
    for tag in ("if t", "unless f", "for i in l", "case n", "capture c", "ifchanged", "tablerow i in l"):
        word = tag.split()[0]
        when = "{% when 2 %}" if word == "case" else ""
        for depth in (10, 28, 29, 30, 31, 60):
            # Nested loops multiply the output.
            data = {**DATA, "l": [1]}
            inside = ("{% " + tag + " %}" + when) * depth + "x" + ("{% end" + word + " %}") * depth
            yield f"deep/{word}/{depth}", inside, data


# L and R are replaced by whitespace control or nothing.
SIDES = {
    "output": "{{L n R}}",
    "empty-output": "{{L missing R}}",
    "assign": "{%L assign a = 1 R%}",
    "echo": "{%L echo n R%}",
    "inline-comment": "{%L # x R%}",
    "liquid": "{%L liquid\n echo n\n R%}",
    "increment": "{%L increment k R%}",
    "if": "{%L if t R%} x {%l endif r%}",
    "if-blank": "{%L if t R%} {%l endif r%}",
    "if-else": "{%L if f R%} x {%- else -%} y {%l endif r%}",
    "unless": "{%L unless f R%} x {%l endunless r%}",
    "case": "{%L case n R%} {%l when 2 r%} x {% endcase %}",
    "for": "{%L for i in l R%} {{ i }} {%l endfor r%}",
    "tablerow": "{%L tablerow i in l R%} {{ i }} {%l endtablerow r%}",
    "capture": "{%L capture a R%} x {%l endcapture r%}{{ a }}",
    "comment": "{%L comment R%} x {%l endcomment r%}",
    "raw": "{%L raw R%} {{ x }} {%l endraw r%}",
    "doc": "{%L doc R%} x {%l enddoc r%}",
    "ifchanged": "{%L ifchanged R%} x {%l endifchanged r%}",
}


def control_of_space():
    spaces = {"spaces": ("a \n ", " \n b"), "tags": ("{{ n }} ", " {{ n }}"), "no-break": ("a\u00a0", "\u00a0b")}
    for (name, tag), (around, (before, after)) in product(SIDES.items(), spaces.items()):
        for signs in product(("", "-"), repeat=4):
            left, right, inner_left, inner_right = signs
            if "{%l" not in tag and (inner_left or inner_right):
                continue
            if around != "spaces" and signs not in (("",) * 4, ("-",) * 4, ("-", "-", "", "")):
                continue
            written = tag.replace("{%L", "{%" + left).replace("{{L", "{{" + left)
            written = written.replace("R%}", right + "%}").replace("R}}", right + "}}")
            written = written.replace("{%l", "{%" + inner_left).replace("r%}", inner_right + "%}")
            sides = "".join(sign or "." for sign in signs)
            yield f"space/{name}/{around}/{sides}", before + written + after, DATA
