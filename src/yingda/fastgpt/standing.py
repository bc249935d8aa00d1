"""What a chat's next turn must know; it rides in the record of the turn before (`FlowAdvanced`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from yingda.fastgpt.questions import Question, question_from_dump


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The last code, the open question, and the facts that FastGPT was told."""

    code: str = ""
    question: Question | None = None
    sent: Mapping[str, str] = field(default_factory=dict)

    def untold(self, facts: Mapping[str, str]) -> dict[str, str]:
        """The facts that FastGPT has not been told, or told otherwise."""
        return {key: value for key, value in facts.items() if self.sent.get(key) != value}

    def dump(self) -> str:
        """One line for the turn's record."""
        question = self.question.dump() if self.question else None
        told = {"code": self.code, "question": question, "sent": dict(self.sent)}
        return json.dumps({"fastgpt": told}, ensure_ascii=False)


def standing_from(state_json: str | None) -> Standing:
    """What `dump` wrote; a fresh one where another back end wrote it."""
    state = json.loads(state_json) if state_json else None
    told = state.get("fastgpt") if isinstance(state, dict) else None
    if told is None:
        return Standing()
    question = question_from_dump(told["question"]) if told["question"] else None
    return Standing(code=told["code"], question=question, sent=told["sent"])
