"""`/v1/ctai`: read and change what a project has set for its answers; our addition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BeforeValidator, Field
from pydantic import model_validator as validates
from starlette.responses import Response

from yingda.dialects.docqa.routes.bodies import JsonBody, described
from yingda.dialects.docqa.wire import Lenient, Text, envelope
from yingda.errors import InvalidRequest
from yingda.projects.limits import (
    MOST_MODEL_CHARS,
    MOST_PASSAGES,
    MOST_PERSONA_CHARS,
    MOST_TEXT_CHARS,
    MOST_WORD_CHARS,
    MOST_WORDS,
    Texts,
)
from yingda.projects.store import ProjectChange, Projects, Settled
from yingda.turns.clock import Clock
from yingda.turns.options import UNSET, Language, Project
from yingda.understanding.language import language_from_tag
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response

TAGS: dict[Language, str] = {"zh": "zh_CN", "en": "en_US", "ja": "ja_JP", "ko": "ko_KR", "th": "th_TH"}
"""Our languages as the contract writes them (docqa 1.2)."""
SHOWN_CHANGES = 20

_RESET = object()
Resettable = BeforeValidator(lambda value: None if value is _RESET else value)
"""A field that null or `""` sets back to what an unset project has."""

Sentences = Annotated[dict[str, Annotated[Text, Field(max_length=MOST_TEXT_CHARS)]] | None, Resettable]
Words = Annotated[list[Annotated[Text, Field(max_length=MOST_WORD_CHARS)]], Field(max_length=MOST_WORDS)]


class SettingsRequest(Lenient):
    """The body of `update_project_settings`: what is absent stays as it is, null and `""` reset a field."""

    persona: Annotated[Annotated[Text, Field(max_length=MOST_PERSONA_CHARS)] | None, Resettable] = Field(
        None, description="How answers sound; never what is true."
    )
    fallback_mode: Annotated[Literal["fixed", "model"] | None, Resettable] = Field(
        None, description="Where nothing is found: say the fixed text, or let the model answer, marked so."
    )
    fallback_texts: Sentences = Field(None, description="Language tag → what is said where nothing is found.")
    refusal_texts: Sentences = Field(
        None, description="Language tag → what is said instead of blocked words."
    )
    blocked_words: Annotated[Words | None, Resettable] = Field(None, description="All words at once.")
    add_blocked_words: Words = Field([], description="Words to add to those there are.")
    remove_blocked_words: Words = Field([], description="Words to take out, as they are listed.")
    model: Annotated[Annotated[Text, Field(max_length=MOST_MODEL_CHARS)] | None, Resettable] = Field(
        None, description="The model that writes this project's answers."
    )
    passage_count: Annotated[Annotated[int, Field(ge=1, le=MOST_PASSAGES)] | None, Resettable] = Field(
        None, description="How many passages an answer may rest on."
    )
    threshold: Annotated[Annotated[float, Field(ge=0, le=1)] | None, Resettable] = Field(
        None, description="The score that a passage needs."
    )

    @validates(mode="before")
    @classmethod
    def null_is_not_absent(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        return {name: _RESET if value in (None, "") else value for name, value in body.items()}


def settings_routes(projects: Projects, clock: Clock) -> APIRouter:
    """The routes, over the project of the caller's key."""
    router = APIRouter(tags=["docqa"])

    @router.post("/v1/ctai/project_settings")
    async def project_settings(caller: AdminCaller) -> Response:
        """All settings, unset ones empty, and the latest changes with their authors."""
        settled, changes = await projects.read(caller), await projects.changes(caller, limit=SHOWN_CHANGES)
        data = {**_shown(settled), "change_list": [_change(change) for change in changes]}
        return json_response(envelope(data, clock.now()))

    @router.post("/v1/ctai/update_project_settings", openapi_extra=described(SettingsRequest))
    async def update_project_settings(
        caller: AdminCaller, body: Annotated[SettingsRequest, Depends(JsonBody(SettingsRequest))]
    ) -> Response:
        """Change the fields that are given; here at once, in other processes within a second."""
        fields = _fields(body)
        settled = await projects.edit(caller, lambda before: _edited(before, fields, body))
        return json_response(envelope(_shown(settled), clock.now()))

    return router


def _fields(body: SettingsRequest) -> dict[str, Any]:
    """The project's fields that the body gives, in the project's own types."""
    given = {name: getattr(body, name) for name in body.model_fields_set if hasattr(UNSET, name)}
    return {
        name: getattr(UNSET, name) if value is None else _own(name, value) for name, value in given.items()
    }


def _own(name: str, value: Any) -> Any:
    if name in ("fallback_texts", "refusal_texts"):
        return _texts(value, name)
    return tuple(value) if name == "blocked_words" else value


def _texts(sentences: Mapping[str, str], field: str) -> Texts:
    languages = {tag: language_from_tag(tag) for tag in sentences}
    for tag, language in languages.items():
        if language is None:
            raise InvalidRequest(f"{tag[:32]!r} 不在支持的语言中", field=field)
    return tuple((language, sentences[tag]) for tag, language in languages.items() if language)


def _edited(before: Project, fields: Mapping[str, Any], body: SettingsRequest) -> Project:
    after = replace(before, **fields)
    gone = frozenset(word.strip() for word in body.remove_blocked_words)
    kept = (word for word in after.blocked_words if word not in gone)
    return replace(after, blocked_words=(*kept, *body.add_blocked_words))


def _shown(settled: Settled) -> dict[str, Any]:
    project = settled.project
    return {
        "persona": project.persona,
        "fallback_mode": project.fallback_mode,
        "fallback_texts": _tagged(project.fallback_texts),
        "refusal_texts": _tagged(project.refusal_texts),
        "blocked_words": project.blocked_words,
        "model": project.model,
        "passage_count": "" if project.passage_count is None else str(project.passage_count),
        "threshold": "" if project.threshold is None else f"{project.threshold:g}",
        "revision": str(settled.revision),
        "update_time": str(int(settled.changed_at.timestamp())) if settled.changed_at else "",
    }


def _tagged(texts: Sequence[tuple[Language, str]]) -> dict[str, str]:
    return {TAGS[language]: text for language, text in texts}


def _change(change: ProjectChange) -> dict[str, Any]:
    return {
        "revision": str(change.revision),
        "fields": change.fields,
        "key_id": change.key_id,
        "time": str(int(change.at.timestamp())),
    }
