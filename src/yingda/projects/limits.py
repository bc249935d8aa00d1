"""What a project's settings may be; checked before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from yingda.errors import InvalidRequest
from yingda.turns.options import Language, Project

MOST_PERSONA_CHARS = 4000
MOST_TEXT_CHARS = 2000
MOST_WORDS = 100_000
MOST_WORD_CHARS = 64
MOST_MODEL_CHARS = 128
MOST_PASSAGES = 20

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Texts = tuple[tuple[Language, str], ...]


def checked(project: Project) -> Project:
    """The settings with blanks around texts and repeated or empty entries gone; raises `InvalidRequest`.

    Words keep their order. Looks at every word: for a thread, where there may be many.
    """
    if project.fallback_mode not in ("fixed", "model"):
        raise InvalidRequest("must be fixed or model", field="fallback_mode")
    if project.passage_count is not None and not 1 <= project.passage_count <= MOST_PASSAGES:
        raise InvalidRequest(f"must be 1 to {MOST_PASSAGES}", field="passage_count")
    if project.threshold is not None and not 0 <= project.threshold <= 1:
        raise InvalidRequest("must be 0 to 1", field="threshold")
    return replace(
        project,
        persona=_text(project.persona, MOST_PERSONA_CHARS, "persona"),
        model=_text(project.model, MOST_MODEL_CHARS, "model"),
        fallback_texts=_texts(project.fallback_texts, "fallback_texts"),
        refusal_texts=_texts(project.refusal_texts, "refusal_texts"),
        blocked_words=_words(project.blocked_words),
    )


def _text(text: str, most_chars: int, field: str) -> str:
    text = text.strip()
    if len(text) > most_chars:
        raise InvalidRequest(f"has more than {most_chars} characters", field=field)
    if _UNSTORABLE.search(text):
        raise InvalidRequest("holds a character that cannot be stored", field=field)
    return text


def _texts(texts: Texts, field: str) -> Texts:
    kept: dict[Language, str] = {}
    for language, text in texts:
        if language not in get_args(Language):
            raise InvalidRequest(f"{language!r} is none of our languages", field=field)
        kept[language] = _text(text, MOST_TEXT_CHARS, field)
    return tuple((language, text) for language, text in kept.items() if text)


def _words(words: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(word.strip() for word in words))
    if len(kept) > MOST_WORDS:
        raise InvalidRequest(f"more than {MOST_WORDS} words", field="blocked_words")
    for word in kept:
        if not word:
            raise InvalidRequest("a word is blank", field="blocked_words")
        if len(word) > MOST_WORD_CHARS:
            raise InvalidRequest(
                f"the word {word[:16]!r}... has more than {MOST_WORD_CHARS} characters", field="blocked_words"
            )
        if _CONTROL.search(word):
            raise InvalidRequest(f"the word {word!r} holds a control character", field="blocked_words")
    return kept
