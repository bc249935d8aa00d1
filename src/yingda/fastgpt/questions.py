"""What a suspended run asks, said aloud, and the caller's words as it takes them (callflow C.6); pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from yingda.workflows.choices import Option, chosen
from yingda.workflows.forms import fields_of, fill_in, first_open
from yingda.workflows.values import Value

_DEEPEST = 8
"""How many questions may be wrapped in each other: a loop in a child app in a loop..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a run waits for: one of `options`, or the fields of `form`, asked one a turn, or free words.

    `form` is as FastGPT described it; `values` are the fields filled in so far.
    """

    description: str
    options: tuple[Option, ...] = ()
    form: Value = None
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def spoken(self) -> str:
        """The description, then the options; of a form the field that is open."""
        open_field = first_open(fields_of(self.form), self.values)
        if open_field is None:
            return _listed(self.description, self.options)
        asked = _listed(open_field.label, open_field.options)
        return asked if self.values or not self.description else f"{self.description}\n{asked}"

    def dump(self) -> dict[str, Any]:
        """Itself, as JSON holds it."""
        options = [[one.key, one.value] for one in self.options]
        return {
            "description": self.description,
            "options": options,
            "form": self.form,
            "values": dict(self.values),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to forward for the caller's words; or what is asked before anything can be, and how."""

    text: str = ""
    ask: Question | None = None
    spoken: str = ""


def question_from(interactive: Mapping[str, Any]) -> Question:
    """The innermost question of an `interactive` payload; loops and child apps wrap theirs."""
    params = _params(interactive)
    for _ in range(_DEEPEST):
        inner = params.get("childrenResponse")
        if not isinstance(inner, dict):
            break
        params = _params(inner)
    listed = params.get("userSelectOptions")
    options = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return Question(
        description=str(params.get("description") or params.get("content") or ""),
        options=tuple(Option(str(one.get("key", "")), str(one.get("value", ""))) for one in options),
        form=params.get("inputForm"),
    )


def question_from_dump(dumped: Mapping[str, Any]) -> Question:
    """What `dump` wrote, once it has been JSON."""
    return Question(
        description=dumped["description"],
        options=tuple(Option(key, value) for key, value in dumped["options"]),
        form=dumped["form"],
        values=dumped["values"],
    )


def reply_to(question: Question, text: str) -> Reply:
    """The option or the whole form that these words fill in; words that fit nothing go as they are."""
    if question.options:
        option = chosen(text, question.options)
        return Reply(text=option.value if option else text)
    fields = fields_of(question.form)
    if not fields:
        return Reply(text=text)
    filled = fill_in(text, fields, question.values)
    rest = replace(question, values=filled.values)
    if filled.objection or first_open(fields, filled.values) is not None:
        return Reply(ask=rest, spoken="\n".join(part for part in (filled.objection, rest.spoken) if part))
    return Reply(text=json.dumps(dict(filled.values), ensure_ascii=False))


def _listed(asked: str, options: tuple[Option, ...]) -> str:
    names = "、".join(option.value for option in options)
    return "\n".join(part for part in (asked, names) if part)


def _params(interactive: Mapping[str, Any]) -> Mapping[str, Any]:
    params = interactive.get("params")
    return params if isinstance(params, dict) else {}
