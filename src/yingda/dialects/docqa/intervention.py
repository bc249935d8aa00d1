"""Interventions on the wire: what the contract calls curated answers (docqa 2.8), in and out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic import model_validator as validates

from yingda.curated.answer import CuratedAnswer, CuratedId, Wording
from yingda.curated.conflict import QuestionTaken
from yingda.curated.editing import Result
from yingda.curated.hits import Hit
from yingda.curated.importing import moment
from yingda.curated.match import Match
from yingda.dialects.docqa.errors import ret_and_msg
from yingda.dialects.docqa.wire import Flag, Lenient, Text, refusal
from yingda.errors import AnswerError
from yingda.turns.types import DocumentId

MAX_BATCH = 100
MAX_DELETED = 200
NO_TIME = "0"
"""What takes a time away again, as null and `""` do."""


def _list(value: Any, parts: str) -> Any:
    if isinstance(value, str):
        return [one for one in re.split(parts, value) if one.strip()]
    return (
        [str(one) if isinstance(one, int | float) else one for one in value]
        if isinstance(value, list)
        else value
    )


Questions = Annotated[
    list[Text], BeforeValidator(lambda value: _list(value, r"[|\n]+")), Field(max_length=200)
]
"""A list, or one string whose parts stand between `|` or newlines."""
DocIds = Annotated[list[Text], BeforeValidator(lambda value: _list(value, ",")), Field(max_length=200)]
"""Ids joined by ASCII commas, or a list."""
Status = Literal["draft", "approved", "retired"]
Id = Annotated[Text, Field(max_length=64)]
Page = Annotated[int, Field(ge=1, le=1_000_000)]
PageSize = Annotated[int, Field(ge=1, le=100)]


class InterventionFields(Lenient):
    """What a person decides about an intervention."""

    similar_question_list: Questions = Field([], description="Other ways to ask the question.")
    negative_question_list: Questions = Field([], description="Questions it must not answer.")
    ref_ctdoc_id: DocIds = Field([], description="Documents that the answer cites.")
    ctdoc_id: DocIds = Field([], description="Documents it belongs to; none for the whole project.")
    valid_from: Text = Field(NO_TIME, description="A date, a time or Unix seconds.")
    valid_until: Text = Field(NO_TIME, description="Likewise; a date is held to its end.")
    status: Status = Field("approved", description="Only an approved one answers.")
    allow_conflict: Flag = Field(False, description="Save it although it takes a question from another.")


class AddRequest(InterventionFields):
    """The body of `add_intervention`, and an element of `add_intervention_batch`."""

    question: Text = Field(description="The standard question.")
    answer: Text = Field(description="Said word for word.")


class UpdateRequest(InterventionFields):
    """The body of `update_intervention`: what is absent stays; null and `""` reset what may be empty."""

    intervention_id: Id
    question: Text | None = None
    answer: Text | None = None
    reset_fields: frozenset[str] = Field(frozenset(), exclude=True)

    @validates(mode="before")
    @classmethod
    def null_is_not_absent(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        return {
            **body,
            "reset_fields": frozenset(name for name, value in body.items() if value in (None, "")),
        }


class BatchRequest(Lenient):
    """The body of `add_intervention_batch`; each element is judged alone."""

    intervention_list: list[dict[str, Any]] = Field(min_length=1, max_length=MAX_BATCH)
    allow_conflict: Flag = Field(False, description="Save all although they take questions from others.")


class DeleteRequest(Lenient):
    """The body of `delete_intervention_batch`."""

    intervention_id_list: list[Id] = Field(min_length=1, max_length=MAX_DELETED)


class ListRequest(Lenient):
    """The body of `intervention_list`; `{}` is one."""

    page: Page = 1
    page_size: PageSize = 20
    keyword: Annotated[Text, Field(max_length=200)] = ""
    status: Status | None = None


class InfoRequest(Lenient):
    """The body of `intervention_info`."""

    intervention_id: Id


class TestRequest(Lenient):
    """The body of `test_intervention`."""

    query_text: Annotated[Text, Field(max_length=4000)]
    ctdoc_id: DocIds | None = None


class ImportRequest(Lenient):
    """What stands beside the file of `import_intervention`."""

    check_only: Flag = Field(False, description="Tell what would become of each row, and write none.")
    status: Status = Field("approved", description="Of rows that name none.")
    allow_conflict: Flag = Field(False, description="Save rows although they take questions from others.")

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> ImportRequest:
        """From the parts of a form; raises what `wire.decode` raises of fields."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            raise refusal(error) from None


class HitsRequest(Lenient):
    """The body of `intervention_hits`."""

    intervention_id: Id | None = None
    page: Page = 1
    page_size: PageSize = 20


def wording_from(body: AddRequest, zone: tzinfo) -> Wording:
    """What is asked to be kept; raises `InvalidRequest` for a time that is none."""
    return Wording(
        question=body.question,
        answer=body.answer,
        similar=tuple(body.similar_question_list),
        negative=tuple(body.negative_question_list),
        documents=_doc_ids(body.ref_ctdoc_id),
        scope=_doc_ids(body.ctdoc_id),
        valid_from=_time(body.valid_from, "valid_from", zone),
        valid_until=_time(body.valid_until, "valid_until", zone),
        status=body.status,
    )


def changed(wording: Wording, body: UpdateRequest, zone: tzinfo) -> Wording:
    """The wording with the fields that the body gives or resets."""
    given = body.model_fields_set | body.reset_fields
    wanted = wording_from(
        AddRequest.model_construct(
            **{name: getattr(body, name) for name in InterventionFields.model_fields},
            question=body.question or wording.question,
            answer=body.answer or wording.answer,
        ),
        zone,
    )
    fields = {own: getattr(wanted, own) for name, own in _OWN.items() if name in given}
    return replace(wording, question=wanted.question, answer=wanted.answer, **fields)


_OWN = {
    "similar_question_list": "similar",
    "negative_question_list": "negative",
    "ref_ctdoc_id": "documents",
    "ctdoc_id": "scope",
    "valid_from": "valid_from",
    "valid_until": "valid_until",
    "status": "status",
}


def judged(element: Mapping[str, Any], zone: tzinfo) -> Wording | AnswerError:
    """One element of a batch, or what is wrong with it."""
    try:
        return wording_from(AddRequest.model_validate(dict(element)), zone)
    except ValidationError as error:
        return refusal(error)
    except AnswerError as error:
        return error


def shown(answer: CuratedAnswer, now: datetime) -> dict[str, Any]:
    """An intervention as the contract writes things: every scalar a string."""
    wording = answer.wording
    return {
        "intervention_id": answer.id,
        "question": wording.question,
        "answer": wording.answer,
        "similar_question_list": list(wording.similar),
        "negative_question_list": list(wording.negative),
        "ref_ctdoc_id": ",".join(wording.documents),
        "ctdoc_id": ",".join(wording.scope),
        "valid_from": _seconds(wording.valid_from),
        "valid_until": _seconds(wording.valid_until),
        "status": wording.status,
        "is_active": _flag(wording.status == "approved" and wording.is_valid(now)),
        "hit_count": str(answer.hit_count),
        "last_hit_time": _seconds(answer.last_hit_at),
        "create_time": _seconds(answer.created_at),
        "create_by": answer.created_by,
        "update_time": _seconds(answer.updated_at),
        "update_by": answer.updated_by,
    }


def shown_result(result: Result, now: datetime) -> dict[str, Any]:
    """One element of a batch's answer; a refused one names the conflicts that kept it out."""
    if isinstance(result, CuratedAnswer):
        return {"ret": "0", "msg": "", "intervention": shown(result, now)}
    ret, msg = ret_and_msg(result)
    return {"ret": ret, "msg": msg, "intervention": {}, "conflict_list": shown_conflicts(result)}


def shown_conflicts(error: AnswerError) -> list[dict[str, str]]:
    """The questions that belong to others; none where the error is another one."""
    if not isinstance(error, QuestionTaken):
        return []
    return [
        {
            "question": one.question,
            "intervention_id": one.answer_id,
            "conflicting_question": one.other_question,
            "score": _score(one.score),
        }
        for one in error.conflicts
    ]


def shown_match(match: Match, now: datetime, threshold: float, *, is_within: bool) -> dict[str, Any]:
    """A candidate of the tester; `would_answer` says whether it alone could answer the question."""
    wording = match.answer.wording
    is_active = wording.status == "approved" and wording.is_valid(now)
    may = match.score >= threshold and match.vetoed_by is None and is_active and is_within
    return {
        "intervention_id": match.answer.id,
        "question": match.question,
        "question_kind": match.kind,
        "score": _score(match.score),
        "difference_list": list(match.differences),
        "vetoed_by": match.vetoed_by or "",
        "status": wording.status,
        "is_active": _flag(is_active),
        "in_scope": _flag(is_within),
        "would_answer": _flag(may),
    }


def shown_hits(hits: Sequence[Hit]) -> list[dict[str, str]]:
    """Lines of the log, with personal data masked as they were written."""
    return [
        {
            "intervention_id": hit.answer_id,
            "answer_id": hit.turn_id,
            "query_text": hit.question,
            "score": _score(hit.score),
            "time": _seconds(hit.at),
        }
        for hit in hits
    ]


def intervention_id(text: str) -> CuratedId:
    """The id within, whatever stands around it."""
    return CuratedId(text.strip())


def _doc_ids(ids: Sequence[str]) -> tuple[DocumentId, ...]:
    return tuple(DocumentId(one) for one in ids)


def _time(text: str, field: str, zone: tzinfo) -> datetime | None:
    return None if text.strip() in ("", NO_TIME) else moment(text, field, zone)


def _seconds(at: datetime | None) -> str:
    return "" if at is None else str(int(at.timestamp()))


def _score(score: float) -> str:
    return f"{score:.4f}"


def _flag(is_so: bool) -> str:
    return "1" if is_so else "0"
