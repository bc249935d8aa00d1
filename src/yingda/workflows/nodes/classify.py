"""Sorts what the caller says into one of the author's classes; by rules where no model answers."""

from __future__ import annotations

import re

from yingda.llm.types import Prompt
from yingda.understanding.negation import asserted
from yingda.understanding.normalise import clauses, fold
from yingda.workflows.asking import ask_or_none, messages_of, model_of
from yingda.workflows.choices import Option, likeness
from yingda.workflows.history import window
from yingda.workflows.prompts import filled
from yingda.workflows.run import NodeFailed, NodeRun, Result
from yingda.workflows.values import Value, dicts_of, string_of, text_of

_TEMPERATURE = 0.01
_LEAST_LIKENESS = 0.34
_DENIAL = re.compile(r"[没不无未别非]|\b(?:not?|never|don't)\b", re.IGNORECASE)
_WORDS = re.compile(r"[\s,，、;；/|()（）:：。.]+|或者?|以及|和")


async def classify(run: NodeRun) -> Result:
    """The way out of the class; the last class is for all that fits none."""
    text = text_of(run.inputs.get("userChatInput") or "")
    if not text.strip():
        raise NodeFailed("there is nothing to classify")
    classes = [
        Option(string_of(one.get("key")), text_of(one.get("value") or ""))
        for one in dicts_of(run.inputs.get("agents"))
    ]
    if not classes:
        raise NodeFailed("there are no classes")
    found, told = await _by_model(run, text, classes)
    if found is None:
        found, told = by_rules(text, classes), {"model": "", "classifiedBy": "rules"}
    run.app.session.memories[run.node.id] = found.key
    shown: list[Value] = [{"key": one.key, "value": one.value} for one in classes]
    return Result(
        data={"cqResult": found.value},
        taken=f"{run.node.id}-source-{found.key}",
        response={**told, "query": text, "cqList": shown, "cqResult": found.value},
    )


async def _by_model(run: NodeRun, text: str, classes: list[Option]) -> tuple[Option | None, dict[str, Value]]:
    model = model_of(run)
    if model is None:
        return None, {}
    system = filled(
        "classify",
        classes="\n".join(f"- {one.key}: {one.value}" for one in classes),
        background=_background(run, classes),
    )
    messages = messages_of(system, window(run.inputs.get("history"), run.app.history), text)
    reply = await ask_or_none(run, model, Prompt(messages=messages, max_tokens=64, temperature=_TEMPERATURE))
    if reply is None:
        return None, {}
    named = next((one for one in classes if one.key and one.key in reply.text), None)
    named = named or next((one for one in classes if one.value and one.value in reply.text), classes[-1])
    return named, reply.told(model)


def _background(run: NodeRun, classes: list[Option]) -> str:
    known = string_of(run.inputs.get("systemPrompt"))
    before = run.app.session.memories.get(run.node.id)
    last = next((one for one in classes if one.key == before), None)
    return "\n".join([known, *([f"The utterance before was of class {last.key}."] if last else [])])


def by_rules(text: str, classes: list[Option]) -> Option:
    """A class one of whose words is said and not denied, else the one most alike, else the last."""
    folded = fold(text)
    scored = [(_said(one.value, folded), _likeness(text, one.value), one) for one in classes]
    best = max(scored, key=lambda one: (one[0], one[1]))
    return best[2] if best[0] or best[1] >= _LEAST_LIKENESS else classes[-1]


def _likeness(text: str, description: str) -> float:
    """A denial is like nothing that does not speak of one."""
    is_denial = _DENIAL.search(text) is not None and _DENIAL.search(description) is None
    return 0.0 if is_denial else likeness(text, description)


def _said(description: str, folded: str) -> int:
    """Characters of the description's words that occur in the text."""
    words = {fold(word) for word in _WORDS.split(description) if len(word) > 1}
    parts = clauses(folded)
    return sum(
        len(word) for word in words if any(asserted(re.compile(re.escape(word)), part) for part in parts)
    )
