"""How an answer is wanted: by the caller of one turn, and by the project that the turn belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en", "ja", "ko", "th"]
"""The languages that fixed sentences are said in."""

Category = Literal["documents", "writing"]
"""`documents` answers from what was found; `writing` composes, and searches only where it is told to."""


Routing = Literal["hybrid", "database_direct", "chat_direct", "llm_only"]
"""Who decides whether a question is one for the database: rules and then the model, nobody, or the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOptions:
    """What one request asks of its answer; the defaults are those of a plain chat.

    `scope` names the documents that retrieval may see, None all of the collection; it never widens. `context`
    is a passage that the caller brings along. `language` None is detected, `temperature` (0..1) None is the
    product's own. `is_elaborate` asks for fuller prose, or False for the shortest whole answer. `cites` False
    leaves the sources out, `suggests` offers questions to go on with. `routing` is for data questions.
    """

    category: Category = "documents"
    scope: tuple[str, ...] | None = None
    context: str = ""
    language: Language | None = None
    temperature: float | None = None
    is_elaborate: bool | None = None
    cites: bool = True
    suggests: bool = False
    routing: Routing = "hybrid"


PLAIN = AnswerOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project has set for all its answers; empty and None leave the server's own.

    `persona` is an instruction on tone and role, never on facts. `fallback_mode` `model` lets a model answer
    from its own knowledge, visibly marked, where nothing was found. `blocked_words` are refused in questions
    and kept out of answers. `passage_count` and `threshold` (0..1) tune retrieval.
    """

    persona: str = ""
    fallback_mode: Literal["fixed", "model"] = "fixed"
    fallback_texts: tuple[tuple[Language, str], ...] = ()
    refusal_texts: tuple[tuple[Language, str], ...] = ()
    blocked_words: tuple[str, ...] = ()
    model: str = ""
    passage_count: int | None = None
    threshold: float | None = None


UNSET = Project()
