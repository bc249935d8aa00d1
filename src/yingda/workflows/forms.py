"""The fields of a form that a caller fills in: what each accepts, in words or as JSON (callflow C.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yingda.understanding.values.numbers import numbers
from yingda.workflows.casts import cast_to, looks_like_json, read_json
from yingda.workflows.choices import Option, chosen
from yingda.workflows.values import (
    UNDEFINED,
    Value,
    dicts_of,
    is_empty,
    number_of,
    string_of,
    text_of,
)

_NO = frozenset({"否", "不", "不是", "没有", "不需要", "不要", "关", "false", "no", "0"})
_YES = frozenset({"是", "是的", "对", "有", "需要", "要", "开", "好", "好的", "true", "yes", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of a form. Lengths count code points; bounds apply to numbers."""

    key: str
    label: str
    kind: str
    value_type: str
    is_required: bool
    default: Value
    options: tuple[Option, ...]
    shortest: float
    longest: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What has been accepted so far, and why the last of it was not, in words for the caller."""

    values: Mapping[str, Value]
    objection: str = ""


def fields_of(form: Value) -> list[Field]:
    """The fields that have a key."""
    return [_field(one) for one in dicts_of(form) if string_of(one.get("key"))]


def _field(one: Mapping[str, Value]) -> Field:
    listed = dicts_of(one.get("list"))
    return Field(
        key=string_of(one.get("key")),
        label=string_of(one.get("label")) or string_of(one.get("key")),
        kind=string_of(one.get("type"), "input"),
        value_type=string_of(one.get("valueType")),
        is_required=one.get("required") is True,
        default=one.get("defaultValue", UNDEFINED),
        options=tuple(Option(text_of(each.get("value")), text_of(each.get("label"))) for each in listed),
        shortest=_bound(one.get("minLength"), 0),
        longest=_bound(one.get("maxLength"), float("inf")),
        least=_bound(one.get("min"), float("-inf")),
        most=_bound(one.get("max"), float("inf")),
    )


def _bound(value: Value, otherwise: float) -> float:
    number = otherwise if value in (None, "") else number_of(value)
    return number if number == number else otherwise


def first_open(fields: Sequence[Field], values: Mapping[str, Value]) -> Field | None:
    """The field to ask for next: each is asked once, in the order of the form."""
    return next((field for field in fields if field.key not in values), None)


def fill_in(text: str, fields: Sequence[Field], before: Mapping[str, Value]) -> Filled:
    """A JSON object fills several fields at once, any other words the one that is open."""
    given = _object(text)
    if given is not None:
        return _submitted(given, fields, before)
    field = first_open(fields, before)
    if field is None:
        return Filled(values=before)
    value = _heard(field, text)
    objection = _objection(field, value)
    return Filled(values=before if objection else {**before, field.key: value}, objection=objection)


def _object(text: str) -> dict[str, Value] | None:
    if not looks_like_json(text):
        return None
    try:
        value = read_json(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _submitted(given: dict[str, Value], fields: Sequence[Field], before: Mapping[str, Value]) -> Filled:
    values, objection = dict(before), ""
    for field in fields:
        value = given.get(field.key, before.get(field.key, field.default))
        value = cast_to(value, field.value_type)
        wrong = _objection(field, value)
        objection = objection or wrong
        if not wrong:
            values[field.key] = None if value is UNDEFINED else value
    return Filled(values=values, objection=objection)


def _heard(field: Field, text: str) -> Value:
    words = text.strip().rstrip("。.!！")
    if field.options:
        option = chosen(words, field.options)
        value: Value = option.key if option else words
        return [value] if field.kind == "multipleSelect" else value
    if field.value_type == "number" or field.kind == "numberInput":
        found = numbers(words)
        return _plain_number(float(found[0].value)) if found else words
    if field.value_type == "boolean" or field.kind == "switch":
        return True if words in _YES else False if words in _NO else words
    return cast_to(words, field.value_type)


def _plain_number(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _objection(field: Field, value: Value) -> str:
    """Why a value cannot stand; "" where it can."""
    if value is UNDEFINED or is_empty(value):
        return f"请填写{field.label}。" if field.is_required else ""
    if field.options and not _is_listed(field, value):
        return f"{field.label}请从以下选项中选择：{'、'.join(one.value for one in field.options)}。"
    if field.value_type == "boolean" or field.kind == "switch":
        return "" if isinstance(value, bool) else f"{field.label}请回答是或否。"
    if field.value_type == "number" or field.kind == "numberInput":
        return _number_objection(field, number_of(value))
    if isinstance(value, str) and not field.shortest <= len(value) <= field.longest:
        return f"{field.label}的长度不符合要求。"
    return ""


def _number_objection(field: Field, number: float) -> str:
    if number != number:
        return f"{field.label}需要是一个数字。"
    return "" if field.least <= number <= field.most else f"{field.label}超出了允许的范围。"


def _is_listed(field: Field, value: Value) -> bool:
    allowed = {one.key for one in field.options}
    return all(text_of(one) in allowed for one in (value if isinstance(value, list) else [value]))
