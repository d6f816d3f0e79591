"""Twenty response schemas, each with a prompt for a real server and model.

The server enforces most of them. The program has to detect what it does not enforce (seen with xllamacpp 2026.10.11549): bounds of `number`, `multipleOf`, and a `pattern` without anchors.
"""

NAME = {"type": "string", "maxLength": 12}
DIGIT = {"type": "integer", "minimum": 0, "maximum": 9}


def closed(properties, **more):
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


NODE = closed({"value": DIGIT, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 1}})
SHAPES = [
    closed({"kind": {"const": "circle"}, "radius": DIGIT}),
    closed({"kind": {"const": "square"}, "side": DIGIT}),
]

SCHEMAS = {
    "nested": (
        "Ada lives in London. Describe Ada.",
        closed({"person": closed({"name": NAME, "home": closed({"city": NAME})})}),
    ),
    "enum": ("Is the sky red or blue?", closed({"color": {"enum": ["red", "blue"]}, "size": {"enum": [1, 2, 3]}})),
    "nullable": (
        "Nobody knows the age of Ada.",
        closed({"age": {**DIGIT, "nullable": True}, "name": {**NAME, "type": ["string", "null"]}}),
    ),
    "anyOf": ("Give a digit or a word.", closed({"value": {"anyOf": [DIGIT, NAME, {"type": "null"}]}})),
    "$ref": (
        "Give the colors of a car and its seats.",
        closed(
            {"body": {"$ref": "#/$defs/color"}, "seats": {"$ref": "#/$defs/color"}},
            **{"$defs": {"color": {"enum": ["red", "green", "blue"]}}},
        ),
    ),
    "recursion": (
        "Describe a small tree of digits.",
        # As printed by pydantic for a recursive model.
        {"$defs": {"node": NODE}, "$ref": "#/$defs/node"},
    ),
    "recursion to the root": (
        'Write {"items": [{"value": 1, "next": null}]} and nothing more.',
        [closed({"value": DIGIT, "next": {"anyOf": [{"type": "null"}, {"$ref": "#"}]}})],
    ),
    "definitions of items": (
        "Describe two trees of digits.",
        [{"$defs": {"node": NODE}, "$ref": "#/$defs/node"}],
    ),
    "bounds of integers": (
        "Give two large numbers.",
        closed({"a": {"type": "integer", "minimum": 10, "maximum": 12}, "b": {"type": "integer", "exclusiveMaximum": 5, "minimum": 0}}),
    ),
    "bounds of lengths": (
        "Name some colors.",
        closed({"colors": {"type": "array", "items": {"type": "string", "minLength": 3, "maxLength": 8}, "minItems": 2, "maxItems": 3}}),
    ),
    "dates": (
        "The meeting is on the second of May 2024.",
        closed({"day": {"type": "string", "format": "date"}, "begin": {"type": "string", "format": "time"}}),
    ),
    "const": ("Are you done?", closed({"version": {"const": 1}, "state": {"const": "done"}})),
    "empty object": ("Give an empty object.", {"type": "object", "properties": {}, "additionalProperties": False}),
    "list at the root": ("Name two animals.", {"type": "array", "items": NAME, "minItems": 2, "maxItems": 2}),
    "map": (
        'Write {"apples": 2} and nothing more.',
        {"type": "object", "additionalProperties": DIGIT},
    ),
    "union": ("Describe a square.", closed({"shape": {"oneOf": SHAPES, "discriminator": {"propertyName": "kind"}}})),
    "optional": (
        "What is 2 + 2?",
        {**closed({"reasoning": {"type": "string", "maxLength": 40}, "answer": DIGIT}), "required": ["answer"]},
    ),
    "bounds of numbers": ("Give a number from 1 to 9.", closed({"n": {"type": "number", "maximum": 9}})),
    "multiples": (
        "Give a number from 1 to 100.",
        closed({"n": {"type": "integer", "minimum": 1, "maximum": 100, "multipleOf": 2}}),
    ),
    "patterns": (
        "Give a code of letters and digits.",
        closed({"code": {"enum": ["a1", "bc", "d2"], "pattern": "[0-9]"}, "key": {"type": "string", "pattern": "^[a-c]{2}$"}}),
    ),
}

# Schemas for which the server lets mismatches through, and whether so small a model corrects them
# often enough to wait for.
UNENFORCED = {"bounds of numbers": True, "multiples": True, "patterns": False}
