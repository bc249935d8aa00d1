"""What a waiting node says to the caller, in words that can be spoken (callflow F.2, rule 9)."""

from __future__ import annotations

from yingda.workflows.pause import Pause
from yingda.workflows.values import dicts_of, string_of, text_of

NOT_UNDERSTOOD = "抱歉，没有听清您的选择。"


def question_of(pause: Pause) -> str:
    """The description, then the options or the field that is asked for; what was wrong comes first."""
    description = string_of(pause.params.get("description")).strip()
    if pause.kind == "userSelect":
        wrong = NOT_UNDERSTOOD if pause.kept.get("is_repeated") else ""
        values = [text_of(one.get("value", "")) for one in dicts_of(pause.params.get("userSelectOptions"))]
        return _lines(description, "、".join(values), wrong)
    wrong = string_of(pause.kept.get("objection"))
    label = string_of(pause.kept.get("asked"))
    return _lines("" if pause.kept.get("values") else description, label, wrong)


def _lines(description: str, details: str, wrong: str) -> str:
    """A marker at the start of the description stays at the start."""
    marker, rest = _marker(description)
    return marker + "\n".join(part for part in (wrong, rest, details) if part)


def _marker(description: str) -> tuple[str, str]:
    close = description.find("</state>")
    if not description.startswith("<state>") or close < 0:
        return "", description
    end = close + len("</state>")
    return description[:end], description[end:].strip()
