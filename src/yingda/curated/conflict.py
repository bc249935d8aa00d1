"""Which questions of an answer belong to another one already, or would be taken for another's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from yingda.curated.answer import CuratedAnswer, CuratedId, Wording
from yingda.curated.match import Matcher
from yingda.errors import AnswerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A question of ours, and the question of another answer that it would be taken for."""

    question: str
    answer_id: CuratedId
    other_question: str
    score: float


class QuestionTaken(AnswerError):
    """An answer was not saved because of its `conflicts`: a question has one answer."""

    code, status = "question_taken", 400

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        first = conflicts[0]
        super().__init__(
            f"问题“{first.question}”与 {first.answer_id} 的“{first.other_question}”冲突，"
            f"相似度 {first.score:.2f}"
        )
        self.conflicts = conflicts


def conflicts(
    wording: Wording, own_id: CuratedId | None, matchers: Iterable[Matcher]
) -> tuple[Conflict, ...]:
    """One a question at most, in the order of the questions.

    A negative question of one may be the question of another. Answers that never hold at once, by their
    status, time or scope, do not conflict.
    """

    def meets(other: CuratedAnswer) -> bool:
        return other.id != own_id and _meet(wording, other.wording)

    if wording.status == "retired":
        return ()
    found: dict[str, Conflict] = {}
    for matcher in matchers:
        for question in wording.asked:
            if question not in found and (match := matcher.best(question, meets)) is not None:
                found[question] = Conflict(
                    question=question,
                    answer_id=match.answer.id,
                    other_question=match.question,
                    score=match.score,
                )
    return tuple(found[question] for question in wording.asked if question in found)


def _meet(one: Wording, other: Wording) -> bool:
    if other.status == "retired":
        return False
    is_apart = one.scope and other.scope and not set(one.scope) & set(other.scope)
    return not is_apart and _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Wording, other: Wording) -> bool:
    return one.valid_from is None or other.valid_until is None or one.valid_from < other.valid_until
