"""Records the results of the reference for conditions in tests/conformance/conditions.json.

Run with the packages of requirements.txt:

    python tests/reference/conditions.py

Each condition is evaluated by the step `conditional` of the reference, in a directory with
`there.txt` and an older `old.txt`. The result is true, false, or "error".
"""

import asyncio
import importlib.metadata
import itertools
import json
import logging
import os
import pathlib
import platform
import re
import tempfile
import warnings

from recipe_executor.context import Context
from recipe_executor.steps.conditional import ConditionalStep
import recipe_executor.steps.set_context  # noqa: F401, registers the step of the branches

TARGET = pathlib.Path(__file__).resolve().parent.parent / "conformance" / "conditions.json"

# Artifacts for templates in conditions.
CONTEXT = {
    "n": 3,
    "big": 12345678901234567890,
    "x": 2.5,
    "s": "yes",
    "empty": "",
    "quote": "it's",
    "lines": "one\ntwo",
    "flag": True,
    "off": False,
    "nothing": None,
    "numbers": [1, 2, 3],
    "words": ["a", "b"],
    "object": {"a": 1},
    "file": "there.txt",
}

OPERANDS = ["1", "2.5", "True", "None", "'a'", "''", "[1]", "(1,)", "{'a': 1}"]
OPERATORS = [
    "==", "!=", "<", "<=", ">", ">=", "in", "not in", "is None and", "and", "or",
    "+", "-", "*", "/", "//", "%", "**",
]  # fmt: skip

NUMBERS = """
-2 ** 2 == -4 | -2 ** 2 == 4 | 2 ** 3 ** 2 == 512 | 2 ** 3 ** 2 == 64 | (-2) ** 2 == 4 | 2 ** -1 == 0.5 | -2 ** -2 == -0.25
2 ** -1 | 0 ** 0 | 0 ** -1 | (-8) ** 0.5 > 0 | 2 ** 0.5 > 1.41 | 2 ** 64 == 18446744073709551616 | 2 ** 64 > 2 ** 63
7 // 2 == 3 | -7 // 2 == -4 | 7 // -2 == -4 | -7 // -2 == 3 | -7 % 3 == 2 | 7 % -3 == -2 | -7 % -3 == -1 | 6 % 3
7.5 // 2 == 3.0 | -7.5 // 2 == -4.0 | -7.5 % 2 == 0.5 | 1 // 0.1 == 9.0 | 1 % 0.1 == 0.1 | 0.0 * -1 == 0
1 / 2 == 0.5 | 1 / 2 | 4 / 2 == 2 | 1 / 0 | 1 // 0 | 1 % 0 | 1.0 / 0 | 0 / 5 | 2 ** 64 / 2 == 2 ** 63
0.1 + 0.2 == 0.3 | 0.1 + 0.2 > 0.3 | 1e3 == 1000 | 1E3 == 1000 | .5 == 0.5 | 5. == 5 | 1_000 == 1000 | 1__0 == 10
1e400 > 1 | 1e400 - 1e400 == 0 | 1e308 * 10 > 1 | 10.0 ** 400 > 1 | 0x1F == 31 | 0b101 == 5 | 0o17 == 15 | 0x_ff == 255
007 == 7 | 00 == 0 | 01.5 == 1.5 | 1j == 1 | 5px | 1.2.3 | 1 .real | 1..real | 0xg
99999999999999999999 > 5 | 99999999999999999999 < 5 | 9007199254740993 == 9007199254740992.0 | 9007199254740992 == 9007199254740992.0
9007199254740993 > 9007199254740992.0 | 123456789012345678901234567890 == 123456789012345678901234567890.0 | 2 ** 200 > 1
99999999999999999999 + 1 == 100000000000000000000 | 99999999999999999999 * 99999999999 > 0 | 9223372036854775807 + 1 == 9223372036854775808
True + True == 2 | True * 3 == 3 | -True == -1 | +True == 1 | True < 2 | True > False | False == 0 | True == 1.0 | 1 == True
-'a' | +[] | -None | - - 1 == 1 | +-1 == -1 | --1 == 1 | ~1 == -2 | 1 & 1 | 1 | 1 << 2 | 3 ^ 1 | 1 @ 1
1 + 2 * 3 == 7 | (1 + 2) * 3 == 9 | 10 - 4 - 3 == 3 | 16 / 4 / 2 == 2 | 2 * 3 % 4 == 2 | 8 // 3 * 2 == 4 | - 2 * 3 == -6
"""

TEXTS = """
"3" > 5 | "" > 5 | '3' < 5 | 5 > '3' | '3' == 3 | '1' == 1 | '10' < '9' | 'a' < 'b' | 'a' < 'B' | 'a' < 'aa' | '' < 'a' | 'é' > 'z'
'a' + 'b' == 'ab' | 'a' + 1 | 1 + 'a' | 'a' * 3 == 'aaa' | 3 * 'a' == 'aaa' | 'a' * -1 == '' | 'a' * 2.0 | 'a' * 'b' | 'a' * True == 'a'
'a' - 'b' | 'a' / 2 | 'a' % 1 | '%s' % 1 == '1' | 'a' ** 2 | 'a' // 2
'a' in 'abc' | '' in 'abc' | 'd' in 'abc' | 'ab' not in 'abc' | 3 in 'abc' | None in 'abc' | 'a' in 5 | 'a' in None | 1 in 1 | ['a'] in 'abc'
'a' 'b' == 'ab' | 'a' "b" 'c' == 'abc' | ('a' 'b') == 'ab' | 'a' 1 | "it's" == 'it\\'s' | 'a\\tb' == 'a b' | '\\x41' == 'A' | '\\u00e9' == 'é'
'\\101' == 'A' | '\\d' == '\\\\d' | 'C:\\dir' == 'C:\\\\dir' | '\\N{BULLET}' == '•' | '\\xZZ' | '\\ud800' == 'a' | '\\0' == '' | 'a\\
b' == 'ab'
'''a''' == 'a' | '''it's''' == "it's" | '''a''b''' == 'ab' | '' 'a' '' == 'a' | r'a' == 'a' | u'a' == 'a' | f'a' == 'a' | b'a' == 'a'
'a | a' | 'a'b | 'abc'[0] == 'a' | 'abc'[-1] == 'c' | 'abc'[5] | 'abc'['a'] | 'abc'[0:2] == 'ab' | 'abc'[1.0] | 'abc'[True] == 'b'
'a'.upper() == 'A' | 'a'.upper | ''.__class__ | len('a') == 1 | str(1) == '1' | int('1') == 1 | 'A' == 'a' | 'true' == true | '' or 'a'
"""

LOGIC = """
true | false | True | False | TRUE | FALSE | tRuE | None | null | none | NULL | nil | 0 | 1 | 0.0 | -0.0 | '' | 'a' | ' ' | 'false' | [] | [0] | () | (0,) | {} | {'a': 0}
not true | not false | not 0 | not '' | not [] | not None | not not 1 | not 1 == 2 | not (1 == 2) | not(1 == 2) | not(1) == 2 | not (1) == 2
not(0) == 1 | not (0) == 1 | not() | not(1, 2) | not(true) and true | not(false) and true | not not(true) | 1 == not 1 | 1 == (not 1) | 1 + not 1
true and false | true and true | false or true | false or false | true or false and false | (true or false) and false | not false and false
1 and 2 | 0 and 1 | 0 or 2 | 0 or '' | 1 and '' | (0 or 'a') == 'a' | (1 and 'a') == 'a' | ('' and 1) == '' | (0 or 0.0 or 'x') == 'x'
true or 'a' < 1 | false and 'a' < 1 | false or 'a' < 1 | true and 'a' < 1 | true or unknown | false and unknown | true or 1 / 0
and(true, true) | and(true, false) | and() | and(1) | and(1, 'a', [1]) | and(true,) | or(false, true) | or() | or(0, '') | or(0, 'a')
and(true, or(false, 1 < 2), not(false)) | or(and(false, true), not(true)) | and(false, 'a' < 1) | or(true, 'a' < 1) | or(true, 1 / 0)
and (true, true) | or (true, true) | true and(true) | 1 == 1 or(false) | true or(false) | and_(true, true) | or_(true) | not_(true) | and | or(
and(1 < 2, 2 < 3) == true | and(true, true) + 1 == 2 | or(false)[0] | and(true)(true) | 'and(' == 'and(' | 'and(' == 'and_(' | 'not(a)' in 'x not(a) y'
1 if true else 2 | 0 if true else 2 | (0 if false else 2) == 2 | 1 if 0 else 0 if 1 else 1 | 1 if 'a' < 1 else 2 | 1 if true | 'a' < 1 if false else 3
1 < 2 < 3 | 1 < 3 < 2 | 3 > 2 > 1 | 1 < 2 > 1 | 1 == 1 == 1 | 1 == 1 == True | 2 == 2 == True | (2 == 2) == True | 1 < 'a' < 3 | 2 < 1 < 'a'
1 in [1] == True | (1 in [1]) == True | 1 < 2 == 2 | 1 < (2 == 2) | 1 != 2 != 1 | 'a' in 'ab' in ['ab'] | 1 in [1] in [[1]] | False == False in [False]
1 is 1 | None is None | 1 is None | 1 is not None | None is not None | True is True | True is False | 1 is True | (1 == 1) is True | (1 == 2) is False
'' is None | [] is [] | 'a' is 'a' | 'a' is not 'a' | 1.5 is 1.5 | 1 is not(None) | None is not (None) | not None is None | 0 is False | true is True | None == False
None == None | None == 0 | None == '' | None != 1 | None < 1 | 1 > None | None < None | None <= None | None > 'a' | None in [None] | None in [] | None + 1 | None and 1
null == null | null == None | null is None | 1 == null | null == 0 | null or true | [null] == [None] | not null
"""

CONTAINERS = """
[1, 2] == [1, 2] | [1, 2] == [2, 1] | [1, 2] == (1, 2) | [1] == [1.0] | [1] == [True] | [[1]] == [[1]] | [] == [] | [] == () | [] == '' | [] == None | [] == 0
[1] < [2] | [1] < [1, 0] | [] < [0] | [1, 'a'] < [2, 1] | [1, 'a'] < [1, 2] | [1] < ['a'] | [1] < 1 | [1] < 'a' | [1] < (2,) | (1, 2) < (1, 3) | [1] > []
[None] < [1] | [None] < [None] | [[1]] < [[2]] | ['a'] < ['b'] | [True] < [2] | [1] <= [1] | [{}] < [{}] | [{}] < [{'a': 1}] | {} < {'a': 1} | {} <= {}
1 in [1, 2] | '1' in [1, 2] | 1.0 in [1] | True in [1] | 3 not in [1, 2] | [1] in [[1]] | [] in [] | 'a' in ['a', 'b'] | 'a' in ('a', 'b') | 'c' not in ('a', 'b') | 1 in ()
'a' in {'a': 1} | 1 in {'a': 1} | 1 in {1.0: 2} | True in {1: 2} | [1] in {'a': 1} | {} in {} | (1,) in {} | None in {None: 1} | 'b' not in {'a': 1}
[1] + [2] == [1, 2] | [1] + (2,) | (1,) + (2,) == (1, 2) | [1] + 1 | [1] * 2 == [1, 1] | 2 * [1] == [1, 1] | [0] * 0 == [] | [1] * 1.5 | [1] * [2] | (1,) * 2 == (1, 1) | [1] - [1] | {} + {}
{'a': 1} == {'a': 1} | {'a': 1} == {'a': 1.0} | {'a': 1, 'b': 2} == {'b': 2, 'a': 1} | {'a': 1} == {'a': 2} | {'a': 1} == {} | {'a': 1, 'a': 2} == {'a': 2} | {1: 'a', True: 'b'} == {1: 'b'} | {} == []
{[1]: 2} | {{}: 1} | {(1,): 2} == {(1,): 2} | {'a'} | {1, 2} | {'a': 1}['a'] == 1 | {'a': 1}['b'] | {1: 2}[1.0] == 2 | {1: 2}[True] == 2 | {'a': 1}.a | {'a': {'b': [5]}}['a']['b'][0] == 5
[1, 2][0] == 1 | [1, 2][-1] == 2 | [1, 2][2] | [1, 2][-3] | [1, 2]['a'] | [1, 2][1.0] | [1, 2][True] == 2 | (1, 2)[1] == 2 | 5[0] | None[0] | [1, 2, 3][0:2] == [1, 2] | [1][None] | 1 [0]
[1, 2,] == [1, 2] | [,] | (,) | [1,,2] | (1) == 1 | (1,) == 1 | () == () | (()) == () | 1, 2 | 1, | [1 2] | {'a': 1,} == {'a': 1} | {'a' 1} | {'a':} | {:} | [x for x in [1]] | [*[1]] | {**{}} | (1, 2) == (1, 2,)
1 in [1, 'a' < 1] | [1 if true else 2][0] == 1 | [not true] == [false] | [1 == 1] == [True] | -[1][0] == -1 | 2 ** [3][0] == 8
"""

FILES = """
file_exists('there.txt') | file_exists('none.txt') | file_exists('.') | file_exists('') | file_exists(1) | file_exists(None) | file_exists(['there.txt']) | file_exists() | file_exists('a', 'b') | file_exists(path='there.txt')
file_exists | file_exists and true | not file_exists('none.txt') | file_exists('there.txt') and not file_exists('none.txt') | file_exists('there.txt') == true | file_exists('there.txt') == 1 | file_exists('there.' + 'txt')
file_exists ('there.txt') | file_exists('there.txt',) | file_exist('there.txt') | exists('there.txt') | file_exists('there.txt' | file_exists('there.txt')) | file_exists('a\\0b')
all_files_exist(['there.txt']) | all_files_exist(['there.txt', 'old.txt']) | all_files_exist(['there.txt', 'none.txt']) | all_files_exist([]) | all_files_exist('there.txt') | all_files_exist(('there.txt',)) | all_files_exist([1]) | all_files_exist(None) | all_files_exist('there.txt', 'old.txt') | all_files_exist({})
file_is_newer('there.txt', 'old.txt') | file_is_newer('old.txt', 'there.txt') | file_is_newer('there.txt', 'there.txt') | file_is_newer('there.txt', 'none.txt') | file_is_newer('none.txt', 'old.txt') | file_is_newer('there.txt') | file_is_newer(1, 2)
false and file_exists('there.txt') | true or file_exists() | or(file_exists('none.txt'), file_exists('there.txt')) | and(file_exists('there.txt'), all_files_exist(['old.txt'])) | file_exists('there.txt') < 2 | file_exists('there.txt') < 'a'
"""

MISTAKES = """
1 == | == 1 | 1 = 1 | 1 === 1 | 1 <> 2 | 1 =< 2 | 1 ! = 2 | !true | true && true | true || false | true & true | 1 2 | (1 | 1) | ) | ( | [1 | 1] | {'a': 1
draft | draft == 'draft' | 'draft' == draft | yes | no | on | undefined == None | unknown('a') | open('x') | __import__('os') | range(10) | lambda: 1 | x := 1 | (x := 1) | print('a')
1 == 1 # a note | # true | 1; 2 | 1 == 1; | 1 == 1, | $x == 1 | a.b == 1 | 'a'|upper == 'A' | 1 is a | not | and | in | if | is | else | 1 in | in [1] | 1 not 2 | 1 not in | 1 is is 1
true true | true, false | a b | 1 if | if 1 else 2 | true = true | yield 1 | await 1 | return 1 | import os | ... | * | *1 | ** | 1 ** | - | + | not in [1] | '{}' | {} {} | [] [] | () ()
'unclosed | "unclosed' | 'a' == "a | 1 == 1 or | or 1 == 1 | (1 == 1 | 1 == 1) | ((1 == 1)) | ( 1 == 1 ) | 1==1and 2==2 | 1==1 and(2==2) | 'a'and'b' | 1 ==\t1 | 1==1 | 1 <2 | 1< 2 | 1!=2
"""

TEMPLATES = """
{{ flag }} | {{ off }} | {{ nothing }} | {{ missing }} | {{ n }} | {{ empty }} | {{ s }} | {{ n }} > 2 | {{ n }} < 2 | {{ n }} == 3 | {{ n }} == '3' | '{{ n }}' == '3' | '{{ n }}' == 3 | '{{ n }}' > 2 | '{{ n }}' > '20'
'{{ s }}' == 'yes' | "{{ s }}" == "yes" | {{ s }} == 'yes' | '{{ s }}' in ['yes', 'no'] | '{{ s }}' in 'yes, no' | '{{ empty }}' == '' | '{{ missing }}' == '' | '{{ missing }}' != '' | {{ missing }} == 1 | {{ nothing }} == None | '{{ nothing }}' == ''
'{{ quote }}' == 'a' | "{{ quote }}" == "it's" | '''{{ lines }}''' == 'one\\ntwo' | '{{ lines }}' == 'one\\ntwo' | {{ big }} > 5 | {{ big }} == 12345678901234567890 | {{ big }} % 10 == 0 | {{ x }} > 2 | {{ x }} * 2 == 5 | -{{ n }} ** 2 == -9 | {{ n }}{{ n }} == 33
{{ flag }} and {{ off }} | {{ flag }} or {{ off }} | not {{ off }} | not({{ off }}) | not {{ flag }} == {{ off }} | not({{ flag }}) == {{ off }} | and({{ flag }}, {{ n }} > 2) | or({{ off }}, {{ n }} > 5) | {{ flag }} == True | {{ flag }} == 'true' | '{{ flag }}' == 'true' | '{{ flag }}' == 'True' | {{ flag }} is True
2 in {{ numbers }} | {{ numbers }} == [1, 2, 3] | {{ numbers | size }} > 2 | {{ numbers | size }} == '3' | {{ numbers[0] }} == 1 | {{ numbers }}[0] == 1 | '{{ words | join: "," }}' == 'a,b' | {{ words.size }} == 2 | {{ missing | size }} > 0 | {{ numbers | first }} < {{ numbers | last }} < 4
{% if n > 2 %}true{% else %}false{% endif %} | {% if n > 5 %}true{% else %}false{% endif %} | {% if off %}true{% endif %} | {% if flag %} true {% endif %} | {% if flag %}1 == 1{% else %}1 == 2{% endif %} | {% assign a = n %}{{ a }} == 3 | {{ n | plus: 1 }} == 4 | {{ n | minus: 5 }} < 0 | {{ n | divided_by: 2 }} == 1
file_exists('{{ file }}') | file_exists({{ file }}) | all_files_exist(['{{ file }}', 'old.txt']) | all_files_exist(['{{ file }}', '{{ missing }}']) | not file_exists('{{ missing }}') | file_exists('{{ file }}') and {{ n }} > 2 | '{{ file }}' == 'there.txt'
{{ 'a' }} == 'a' | {{ n }} | {{ n }} > 2 > 1 | {{ n }} in [1, 2, 3] | {{ n }} not in [1, 2] | '{{ n }}' in ['3'] | '{{ n }}' in [3] | {{ n }} + 'a' | {{ n }} > None | {{ n }} > '' | {{ n }} >= '{{ n }}' | {{ s | json }} == 'yes'
"""

SPECIAL = ["", " ", "1\n== 1", "(1\n== 1)", "'a\nb' == 'ab'", " 1 == 1 ", "\t1 == 1\n", "1 ==\u00a01", "1 == 1\n# a note",
           "'a'\n'b'", "[1,\n2] == [1, 2]", "1 | 1", "'a' | 'b'"]  # fmt: skip


def conditions():
    for left, operator, right in itertools.product(OPERANDS, OPERATORS, OPERANDS):
        yield f"{left} {operator} {right}"
    for block in (NUMBERS, TEXTS, LOGIC, CONTAINERS, FILES, MISTAKES, TEMPLATES):
        for line in block.strip().replace("\\\n", "\0").split("\n"):
            # Between conditions, not before a filter.
            for condition in re.split(r" \| (?![^{]*\}\})", line):
                yield condition.replace("\0", "\\\n")
    yield from SPECIAL


async def outcome(condition):
    def mark(value):
        return {"steps": [{"type": "set_context", "config": {"key": "took", "value": value}}]}

    config = {"condition": condition, "if_true": mark("true"), "if_false": mark("false")}
    context = Context(artifacts=dict(CONTEXT))
    try:
        await ConditionalStep(logging.getLogger("silent"), config).execute(context)
    except Exception:
        return "error"
    return context["took"] == "true"


async def main():
    logging.disable()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for name in ("old.txt", "there.txt"):
            pathlib.Path(name).write_text("")
        os.utime("old.txt", (0, 0))
        cases = {condition: await outcome(condition) for condition in conditions()}
        os.chdir("/")
    version = importlib.metadata.version
    about = {
        "made_by": "tests/reference/conditions.py",
        "with": f"recipe-executor {version('recipe-executor')}, python-liquid {version('python-liquid')}, "
        f"Python {platform.python_version()}",
    }
    lines = [f"  {json.dumps(condition, ensure_ascii=False)}: {json.dumps(took)}" for condition, took in cases.items()]
    TARGET.write_text(
        '{"about": %s,\n"context": %s,\n"cases": {\n%s\n}}\n'
        % (json.dumps(about), json.dumps(CONTEXT), ",\n".join(lines))
    )


asyncio.run(main())
