"""Cut a question into pieces that each mean something: words of the model, values, times, closed words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from yingda.text_to_sql.closed_words import UNITS, WORDS, Word
from yingda.text_to_sql.times import Period, periods
from yingda.text_to_sql.tokens import Token, flat, han_number, key_of, phrase_key, plain_key, tokens
from yingda.text_to_sql.types import Asked
from yingda.text_to_sql.vocabulary import Meaning, Values, Vocabulary

_CLOSED = {plain_key(phrase): word for phrase, word in WORDS.items()}
_CLOSED_LONGEST = max(key.count(" ") + 1 for key in _CLOSED)
_VALUE_TOKENS = 10
_UNKNOWN_COST = 12.0
_MENDED_CHARS = 5
_MENDED_LIKENESS = 0.85
_QUOTED = re.compile(r"[\"“”'‘’「『《]([^\"“”'‘’」』》]{1,60})[\"“”'’」』》]")
_COMPARED_WITH = re.compile(r"(?:(?:compared|comparing) (?:with|to)|versus|vs\.?|than|over)\s+(?:the )?$")
_LEADS_NUMBER = re.compile(
    r"(?:than|above|over|below|under|least|most|exceeding|超过|大于|小于|高于|低于|多于|少于|不足|不到)\s*$"
)


@dataclass(slots=True, kw_only=True)
class Piece:
    """One stretch of the question; `is_used` once a rule has accounted for it."""

    text: str
    start: int
    end: int
    word: Word | None = None
    meanings: tuple[Meaning, ...] = ()
    number: float | None = None
    period: Period | None = None
    quoted: str = ""
    is_used: bool = False
    choice: Meaning | None = None

    @property
    def tag(self) -> str:
        """The tag of a closed word, empty for all else."""
        return self.word[0] if self.word else ""

    @property
    def carried(self) -> str:
        """What a closed word carries, such as `avg`."""
        return self.word[1] if self.word else ""

    @property
    def concept(self) -> str:
        """The field a closed word implies, such as `price`."""
        return self.word[2] if self.word else ""

    def means(self, *kinds: str) -> tuple[Meaning, ...]:
        """What it may stand for, of these kinds."""
        wanted = (self.choice,) if self.choice else self.meanings
        return tuple(one for one in wanted if one.kind in kinds)

    @property
    def is_unknown(self) -> bool:
        """Nothing is known of it."""
        return not (self.word or self.meanings or self.period or self.quoted) and self.number is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What is needed to look words up."""

    vocabulary: Vocabulary
    values: Values


@dataclass(slots=True)
class _Cut:
    cost: float
    piece: Piece | None = None
    before: int = -1
    seen: dict[str, tuple[Meaning, ...]] = field(default_factory=dict)


def pieces_of(reader: Reader, asked: Asked) -> list[Piece]:
    """The cheapest way to cut: long pieces over short ones, known over unknown; in order."""
    text = asked.question
    plain = flat(text)
    fixed = _fixed(text, plain, asked)
    pieces: list[Piece] = []
    at = 0
    for piece in fixed:
        piece.meanings = _quoted_values(reader, piece.quoted) if piece.quoted else ()
        pieces += [*_cut(reader, text, plain, at, piece.start), piece]
        at = piece.end
    return [*pieces, *_cut(reader, text, plain, at, len(plain))]


def _fixed(text: str, plain: str, asked: Asked) -> list[Piece]:
    """What is read before words are: text in quotes, and times."""
    found = [
        Piece(text=match[0], start=match.start(), end=match.end(), quoted=match[1])
        for match in _QUOTED.finditer(text)
        if not re.search(r"\w$", text[: match.start()]) or match[0][0] not in "'’"
    ]
    for period in periods(plain, asked.today):
        lead = plain[: period.begin]
        is_number = period.year is not None and _LEADS_NUMBER.search(lead)
        covered = any(one.start < period.stop and period.begin < one.end for one in found)
        if not (is_number or covered or _COMPARED_WITH.search(lead)):
            said = text[period.begin : period.stop]
            found.append(Piece(text=said, start=period.begin, end=period.stop, period=period))
    return sorted(found, key=lambda one: one.start)


def mend(reader: Reader, pieces: list[Piece]) -> list[str]:
    """Take unknown words for the one value they are spelt much like; tells which were."""
    told = []
    for piece in pieces:
        if not piece.is_unknown or len(piece.text) < _MENDED_CHARS:
            continue
        near = [one for one in reader.values.near(piece.text) if one.score >= _MENDED_LIKENESS]
        if len({one.value for one in near}) == 1:
            piece.meanings = tuple(
                Meaning(kind="value", name=one.name, table=one.name.partition(".")[0], value=one.value)
                for one in near
            )
            told.append(f"{piece.text} → {near[0].value}")
    return told


def _quoted_values(reader: Reader, text: str) -> tuple[Meaning, ...]:
    known = reader.vocabulary.meanings.get(phrase_key(text), ())
    listed = {one for one in known if one.kind == "value"}
    return tuple(sorted(listed | set(_values(reader, text)), key=lambda one: (one.name, one.value)))


def _values(reader: Reader, text: str) -> tuple[Meaning, ...]:
    return tuple(
        Meaning(kind="value", name=match.name, table=match.name.partition(".")[0], value=match.value)
        for match in reader.values.find(text)
    )


def _cut(reader: Reader, text: str, plain: str, start: int, end: int) -> list[Piece]:
    found = [
        Token(form=one.form, start=one.start + start, end=one.end + start, number=one.number)
        for one in tokens(plain[start:end])
    ]
    best = [_Cut(0.0)] + [_Cut(float("inf")) for _ in found]
    for at in range(len(found)):
        for stop, piece, cost in _candidates(reader, text, plain, found, at):
            if best[at].cost + cost < best[stop].cost:
                best[stop] = _Cut(best[at].cost + cost, piece, at)
    pieces = []
    at = len(found)
    while at > 0:
        if (chosen := best[at].piece) is not None:
            pieces.append(chosen)
        at = best[at].before
    return pieces[::-1]


def _candidates(
    reader: Reader, text: str, plain: str, found: list[Token], at: int
) -> list[tuple[int, Piece, float]]:
    """Pieces that may begin at this token, with what they cost."""
    token = found[at]
    candidates = [
        (
            at + 1,
            _piece(text, token, token, number=token.number),
            2.0 if token.number is not None else _UNKNOWN_COST,
        )
    ]
    if spoken := han_number(plain, token.start):
        stop = next((index for index, one in enumerate(found) if one.start >= spoken[1]), len(found))
        follows = plain[spoken[1] : spoken[1] + 1]
        cost = 1.5 if follows in UNITS or not follows else 4.0
        candidates.append((stop, _piece(text, token, found[stop - 1], number=spoken[0]), cost))
    longest = max(reader.vocabulary.longest, _CLOSED_LONGEST, _VALUE_TOKENS)
    for stop in range(at + 1, min(at + longest, len(found)) + 1):
        piece = _known(reader, text, found[at:stop])
        if piece is not None:
            candidates.append((stop, piece, _cost(piece)))
    return candidates


def _known(reader: Reader, text: str, phrase: list[Token]) -> Piece | None:
    first, last, length = phrase[0], phrase[-1], len(phrase)
    forms = [one.form for one in phrase]
    meanings = reader.vocabulary.meanings.get(key_of(forms), ())
    word = _CLOSED.get(" ".join(forms))
    said = text[first.start : last.end]
    if length <= _VALUE_TOKENS and (word is None or length > 1) and (first.number is None or length > 1):
        known = {(one.name, one.value) for one in meanings}
        found = _values(reader, said)
        meanings += tuple(one for one in found if (one.name, one.value) not in known)
    if not meanings and word is None:
        return None
    number = first.number if length == 1 else None
    return _piece(text, first, last, word=word, meanings=meanings, number=number)


def _cost(piece: Piece) -> float:
    if piece.tag == "glue" and not piece.meanings:
        return 1.1
    if not piece.meanings:
        return 1.0
    best = max(one.strength for one in piece.meanings)
    if all(one.kind == "value" for one in piece.meanings):
        return 1.05
    return 1.0 + 0.1 * (3 - best)


def _piece(
    text: str,
    first: Token,
    last: Token,
    *,
    word: Word | None = None,
    meanings: tuple[Meaning, ...] = (),
    number: float | None = None,
) -> Piece:
    return Piece(
        text=text[first.start : last.end],
        start=first.start,
        end=last.end,
        word=word,
        meanings=meanings,
        number=number,
    )
