"""A curated answer: what people wrote to be said word for word, and the questions that it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from yingda.curated.reading import exact_form
from yingda.errors import InvalidRequest
from yingda.turns.types import DocumentId

CuratedId = NewType("CuratedId", str)
Status = Literal["draft", "approved", "retired"]
"""Only an `approved` answer is given; a `draft` waits for that, a `retired` one is kept to be looked up."""
STATUSES: tuple[Status, ...] = ("draft", "approved", "retired")


@dataclass(frozen=True, slots=True, kw_only=True)
class CuratedLimits:
    """How much one answer, and one collection, may hold."""

    question_chars: int = 500
    answer_chars: int = 10_000
    similar_count: int = 50
    negative_count: int = 50
    document_count: int = 20
    scope_count: int = 200
    answers_per_collection: int = 10_000
    questions_per_collection: int = 20_000


LIMITS = CuratedLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """All that a person decides about an answer.

    `question` and `similar` are what it answers, `negative` what it must not be given for; `answer` is said
    as it stands. `documents` are cited. `scope` names the documents that it belongs to, empty for the whole
    collection. It holds from `valid_from` until before `valid_until`.
    """

    question: str
    answer: str
    similar: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    documents: tuple[DocumentId, ...] = ()
    scope: tuple[DocumentId, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    status: Status = "approved"

    @property
    def asked(self) -> tuple[str, ...]:
        """The standard question, then the similar ones."""
        return (self.question, *self.similar)

    def is_valid(self, at: datetime) -> bool:
        """Whether its time has come and is not over."""
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_until is None or at < self.valid_until
        )

    def is_within(self, scope: Iterable[str] | None) -> bool:
        """Whether all documents it belongs to lie in the scope of a request; None is the whole collection."""
        return scope is None or (bool(self.scope) and set(self.scope) <= set(scope))


@dataclass(frozen=True, slots=True, kw_only=True)
class CuratedAnswer:
    """An answer as it is stored; `created_by` and `updated_by` are ids of keys."""

    id: CuratedId
    wording: Wording
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    hit_count: int = 0
    last_hit_at: datetime | None = None


def checked(wording: Wording, limits: CuratedLimits = LIMITS) -> Wording:
    """The wording trimmed, each question and id once; raises `InvalidRequest` that names the field."""
    question = _question(wording.question, "question", limits)
    similar = _questions(wording.similar, "similar", limits.similar_count, limits)
    similar = tuple(one for one in similar if exact_form(one) != exact_form(question))
    negative = _questions(wording.negative, "negative", limits.negative_count, limits)
    own = {exact_form(one) for one in (question, *similar)}
    if denied := next((one for one in negative if exact_form(one) in own), None):
        raise InvalidRequest(f"反例与本条的问题相同：{denied}", field="negative")
    if wording.valid_from and wording.valid_until and wording.valid_from >= wording.valid_until:
        raise InvalidRequest("失效时间必须晚于生效时间", field="valid_until")
    return Wording(
        question=question,
        answer=_text(wording.answer, "answer", limits.answer_chars),
        similar=similar,
        negative=negative,
        documents=_ids(wording.documents, "documents", limits.document_count),
        scope=_ids(wording.scope, "scope", limits.scope_count),
        valid_from=wording.valid_from,
        valid_until=wording.valid_until,
        status=wording.status,
    )


def _questions(given: Sequence[str], field: str, most: int, limits: CuratedLimits) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for one in given:
        if one.strip():
            question = _question(one, field, limits)
            first.setdefault(exact_form(question), question)
    if len(first) > most:
        raise InvalidRequest(f"不能超过 {most} 个", field=field)
    return tuple(first.values())


def _question(given: str, field: str, limits: CuratedLimits) -> str:
    text = _text(given, field, limits.question_chars)
    if not exact_form(text):
        raise InvalidRequest("没有可以比较的文字", field=field)
    return text


def _text(given: str, field: str, most: int) -> str:
    text = given.strip()
    if not text:
        raise InvalidRequest("不能为空白", field=field)
    if len(text) > most:
        raise InvalidRequest(f"不能超过 {most} 个字符", field=field)
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidRequest("包含无法保存的字符", field=field)
    return text


def _ids(given: Sequence[DocumentId], field: str, most: int) -> tuple[DocumentId, ...]:
    ids = tuple(dict.fromkeys(DocumentId(one.strip()) for one in given if one.strip()))
    if len(ids) > most:
        raise InvalidRequest(f"不能超过 {most} 个", field=field)
    if any(len(one) > 64 or not one.isalnum() or not one.isascii() for one in ids):
        raise InvalidRequest("不是文档编号", field=field)
    return ids
