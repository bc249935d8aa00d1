"""What a suspended run asks, said aloud, and the caller's words as it takes them (callflow C.6); pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from yingda.fastgpt.options import Option, option_in
from yingda.understanding.values.numbers import numbers

_DEEPEST = 8
"""How many questions may be wrapped in each other: a loop in a child app in a loop..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form; `kind` is FastGPT's own word for it."""

    key: str
    label: str
    kind: str = "input"
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a run waits for: one of `options`, or a form, whose fields are asked one a turn, or free words.

    `filled` are the fields answered so far, by key.
    """

    kind: Literal["choice", "form", "open"]
    description: str
    options: tuple[Option, ...] = ()
    fields: tuple[Field, ...] = ()
    filled: tuple[tuple[str, str | int | float], ...] = ()

    @property
    def open_field(self) -> Field | None:
        """The first field without a value."""
        known = dict(self.filled)
        return next((field for field in self.fields if field.key not in known), None)

    @property
    def spoken(self) -> str:
        """The description, then the options; of a form the field that is open."""
        field = self.open_field
        if field is None:
            return _listed(self.description, self.options)
        asked = _listed(field.label, field.options)
        return asked if self.filled or not self.description else f"{self.description}\n{asked}"

    def dump(self) -> dict[str, Any]:
        """Itself, as JSON holds it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to forward for the caller's words; or what is to be asked before anything can be forwarded."""

    text: str = ""
    ask: Question | None = None


def question_from(interactive: dict[str, Any]) -> Question:
    """The innermost question of an `interactive` payload; loops and child apps wrap theirs."""
    for _ in range(_DEEPEST):
        inner = _params(interactive).get("childrenResponse")
        if not isinstance(inner, dict):
            break
        interactive = inner
    params = _params(interactive)
    description = str(params.get("description") or params.get("content") or "")
    if options := tuple(_options(params.get("userSelectOptions"), name="value")):
        return Question(kind="choice", description=description, options=options)
    if fields := tuple(_field(one) for one in _dicts(params.get("inputForm"))):
        return Question(kind="form", description=description, fields=fields)
    return Question(kind="open", description=description)


def question_from_dump(dumped: dict[str, Any]) -> Question:
    """What `dump` wrote, once it has been JSON."""
    fields = (Field(**{**one, "options": _restored(one["options"])}) for one in dumped["fields"])
    return Question(
        kind=dumped["kind"],
        description=dumped["description"],
        options=_restored(dumped["options"]),
        fields=tuple(fields),
        filled=tuple((key, value) for key, value in dumped["filled"]),
    )


def reply_to(question: Question, text: str) -> Reply:
    """The option or the form that these words fill in; words that fit nothing go as they are."""
    if question.kind == "choice":
        option = option_in(question.options, text)
        return Reply(text=option.value if option else text)
    field = question.open_field
    if field is None or text.lstrip().startswith("{"):
        return Reply(text=text)
    rest = replace(question, filled=(*question.filled, (field.key, _value(field, text))))
    if rest.open_field is not None:
        return Reply(ask=rest)
    return Reply(text=json.dumps(dict(rest.filled), ensure_ascii=False))


def _value(field: Field, text: str) -> str | int | float:
    if (option := option_in(field.options, text)) is not None:
        return option.value
    said = numbers(text) if field.kind == "numberInput" else []
    if len(said) != 1:
        return text
    value = said[0].value
    return int(value) if value == int(value) else float(value)


def _listed(asked: str, options: Sequence[Option]) -> str:
    names = "、".join(option.shown for option in options)
    return "\n".join(part for part in (asked, names) if part)


def _field(one: dict[str, Any]) -> Field:
    key = str(one.get("key", ""))
    return Field(
        key=key,
        label=str(one.get("label") or one.get("description") or key),
        kind=str(one.get("type", "input")),
        options=tuple(_options(one.get("list"), name="label")),
    )


def _options(listed: Any, name: str) -> Iterator[Option]:
    """`name` says which of an entry's two strings people know it by."""
    for one in _dicts(listed):
        value = str(one.get("value", ""))
        yield Option(key=str(one.get("key", value)), value=value, shown=str(one.get(name) or value))


def _restored(options: list[dict[str, str]]) -> tuple[Option, ...]:
    return tuple(Option(**option) for option in options)


def _params(interactive: dict[str, Any]) -> dict[str, Any]:
    params = interactive.get("params")
    return params if isinstance(params, dict) else {}


def _dicts(listed: Any) -> list[dict[str, Any]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
