"""A question as tokens: words of Latin script, numbers, single Chinese characters, signs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from yingda.text_to_sql.closed_words import NUMBER_WORDS
from yingda.text_to_sql.words import singular
from yingda.understanding.values.numerals import worth

_TOKEN = re.compile(
    r"(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\w-]*[a-z_])(?P<scale>[%万亿千百]?)"
    r"|(?P<word>[^\W_\u3400-\u9fff](?:[^\W\u3400-\u9fff]|(?<=\w)['’.&-](?=[^\W_\u3400-\u9fff]))*)"
    r"|(?P<han>[\u3400-\u9fff])|(?P<sign>>=|<=|!=|[^\w\s]|_)"
)
_HAN_NUMBER = re.compile(r"[一二两三四五六七八九十百千万]+")
_SCALES = {"%": 0.01, "万": 10_000, "亿": 100_000_000, "千": 1_000, "百": 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`form` is what it is looked up by; positions are those of the text as it was given."""

    form: str
    start: int
    end: int
    number: float | None = None


def flat(text: str) -> str:
    """Widths and capitals made equal, length kept: each character stands where it stood."""
    return "".join(_flat(char) for char in text)


def _flat(char: str) -> str:
    made = unicodedata.normalize("NFKC", char).lower()
    return made if len(made) == 1 else char


def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of a text that is `flat`; English words also in the singular."""
    found = []
    for match in _TOKEN.finditer(text):
        number = None
        if match["number"]:
            number = float(match["number"].replace(",", "")) * _SCALES.get(match["scale"], 1)
        elif match["word"]:
            number = NUMBER_WORDS.get(match["word"])
        form = match["word"] or match[0]
        found.append(Token(form=form, start=match.start(), end=match.end(), number=number))
    return tuple(found)


def han_number(text: str, start: int) -> tuple[float, int] | None:
    """A Chinese numeral that begins at `start`, and where it ends."""
    found = _HAN_NUMBER.match(text, start)
    value = worth(found[0]) if found else None
    return (float(value), found.end()) if found and value is not None else None


def key_of(forms: list[str]) -> str:
    """What a phrase is looked up by: its tokens, English in the singular."""
    return " ".join(singular(form) if form.isascii() and len(form) > 2 else form for form in forms)


def plain_key(text: str) -> str:
    """The tokens of a phrase as they are written: closed words are told apart by their endings."""
    return " ".join(token.form for token in tokens(flat(text)))


def phrase_key(text: str) -> str:
    """The key of a whole phrase, empty for one without tokens."""
    return key_of([token.form for token in tokens(flat(text))])
