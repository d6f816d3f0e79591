"""Prints pydantic_models.json: schemas of models, and the responses that pydantic accepts. Requires pydantic[email] 2.14.4."""

import json
from datetime import date
from enum import Enum
from typing import Literal, Optional, Union

from pydantic import BaseModel, ConfigDict, EmailStr, Field, TypeAdapter, ValidationError


class Node(BaseModel):
    value: int
    children: list["Node"] = []


class Leaf(BaseModel):
    name: str


class Tree(BaseModel):
    left: Optional["Tree"] = None
    leaf: Leaf


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


class Owner(BaseModel):
    pet: Union[Cat, Dog] = Field(discriminator="kind")
    color: Color
    nick: Optional[str] = None
    ages: dict[str, int]
    at: tuple[float, float]
    mode: Literal["a", "b"]


class Contact(BaseModel):
    born: date
    mail: EmailStr


OWNER = {"pet": {"kind": "dog", "tricks": ["sit"]}, "color": "red", "ages": {"x": 1}, "at": [1, 2.5], "mode": "a"}

ANSWERS = {
    Node: [
        {"value": 1},
        {"value": 1, "children": [{"value": 2, "children": [{"value": 3}]}]},
        {"value": 1, "children": [{"value": 2, "children": [{"value": "three"}]}]},
        {"children": []},
    ],
    Tree: [
        {"leaf": {"name": "a"}},
        {"left": {"left": None, "leaf": {"name": "b"}}, "leaf": {"name": "a"}},
        {"left": {"leaf": {}}, "leaf": {"name": "a"}},
        {"left": {"left": {"leaf": 1}, "leaf": {"name": "b"}}, "leaf": {"name": "a"}},
    ],
    Owner: [
        OWNER,
        {**OWNER, "nick": None, "pet": {"kind": "cat", "lives": 9}},
        {**OWNER, "pet": {"kind": "cat", "tricks": []}},
        {**OWNER, "color": "green"},
        {**OWNER, "ages": {"x": "old"}},
        {**OWNER, "at": [1]},
        {**OWNER, "at": [1, 2, 3]},
        {**OWNER, "mode": "c"},
    ],
    Contact: [
        {"born": "2024-02-29", "mail": "ada@example.com"},
        {"born": "2023-02-29", "mail": "ada@example.com"},
        {"born": "last week", "mail": "ada@example.com"},
        {"born": "2024-02-29", "mail": "ada"},
    ],
}


def fits(model, answer):
    try:
        model.model_validate_json(json.dumps(answer), strict=True)
    except ValidationError:
        return False
    return True


def wrapper(model):
    namespace = {"__annotations__": {"items": list[model]}, "model_config": ConfigDict(extra="forbid")}
    return type("Wrapper", (BaseModel,), namespace).model_json_schema()


print(
    json.dumps(
        {
            model.__name__: {
                "schema": model.model_json_schema(),
                "list": TypeAdapter(list[model]).json_schema(),
                "in_object": wrapper(model),
                "answers": [{"answer": answer, "fits": fits(model, answer)} for answer in answers],
            }
            for model, answers in ANSWERS.items()
        },
        indent=1,
    )
)
