"""Every phrase that a model gives a meaning to: names, labels, synonyms, listed values, parts of labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from yingda.text_to_sql.model import Dimension, SemanticModel, Table, TimeDimension
from yingda.text_to_sql.tokens import phrase_key
from yingda.text_to_sql.words import readable

Kind = Literal["table", "field", "measure", "metric", "filter", "role", "value"]

_MODELS_KEPT = 16
_SHORTEST_TAIL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a phrase may stand for; `table` is where it belongs, empty for a metric.

    `strength`: 3 is what somebody wrote as label or synonym, 2 a name split into words, 1 a part of one.
    """

    kind: Kind
    name: str
    table: str = ""
    value: str = ""
    strength: int = 3


class Match(Protocol):
    """A value as it is stored, and the dimension `table.dimension` that has it."""

    @property
    def name(self) -> str: ...

    @property
    def value(self) -> str: ...

    @property
    def score(self) -> float: ...


class Values(Protocol):
    """Looks up the values that stand in the database; what a `ValueIndex` does."""

    def find(self, text: str) -> Sequence[Match]:
        """Where the whole text is a value, letter case aside, or another name for one."""
        ...

    def near(self, text: str) -> Sequence[Match]:
        """Values that are spelt much like the text, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Phrases by key, and how many tokens the longest has."""

    meanings: dict[str, tuple[Meaning, ...]]
    longest: int


@lru_cache(maxsize=_MODELS_KEPT)
def vocabulary(model: SemanticModel) -> Vocabulary:
    """Made once for each model that is in use."""
    found: dict[str, dict[tuple[Kind, str, str], Meaning]] = {}
    for phrase, meaning in _phrases(model):
        key = phrase_key(phrase)
        if not key:
            continue
        known = found.setdefault(key, {})
        identity = (meaning.kind, meaning.name, meaning.value)
        if identity not in known or known[identity].strength < meaning.strength:
            known[identity] = meaning
    meanings = {key: _strongest(tuple(known.values())) for key, known in found.items()}
    return Vocabulary(meanings, max((key.count(" ") + 1 for key in meanings), default=0))


def _strongest(meanings: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    """What somebody wrote hides what is only part of a name; names split into words stand beside it."""
    best = max(meaning.strength for meaning in meanings)
    return meanings if best == 1 else tuple(meaning for meaning in meanings if meaning.strength > 1)


def _phrases(model: SemanticModel) -> Iterator[tuple[str, Meaning]]:
    for table in model.tables:
        yield from _table_phrases(table)
    for metric in model.metrics:
        for phrase in (metric.label, *metric.synonyms):
            yield phrase, Meaning(kind="metric", name=metric.name)
        yield readable(metric.name), Meaning(kind="metric", name=metric.name, strength=2)
    for relationship in model.relationships:
        for phrase in relationship.synonyms:
            yield phrase, Meaning(kind="role", name=relationship.name, table=relationship.right)


def _table_phrases(table: Table) -> Iterator[tuple[str, Meaning]]:
    owners = (table.label, *table.synonyms, readable(table.name))
    for phrase in owners:
        yield phrase, Meaning(kind="table", name=table.name, table=table.name)
    items: tuple[Dimension | TimeDimension, ...] = (*table.dimensions, *table.time_dimensions)
    for item in items:
        meaning = Meaning(kind="field", name=f"{table.name}.{item.name}", table=table.name)
        prefixes = owners if isinstance(item, Dimension) else ()
        yield from _named(meaning, item.name, (item.label, *item.synonyms), prefixes)
        if isinstance(item, Dimension):
            yield from _value_phrases(meaning, item)
    for measure in table.measures:
        meaning = Meaning(kind="measure", name=f"{table.name}.{measure.name}", table=table.name)
        yield from _named(meaning, measure.name, (measure.label, *measure.synonyms), ())
    for named in table.filters:
        meaning = Meaning(kind="filter", name=f"{table.name}.{named.name}", table=table.name)
        yield from _named(meaning, named.name, (named.label, *named.synonyms), ())


def _named(
    meaning: Meaning, name: str, written: tuple[str, ...], owners: tuple[str, ...]
) -> Iterator[tuple[str, Meaning]]:
    """As written, the name in words, with the table's name before it, and without it."""
    for phrase in written:
        yield phrase, meaning
    split = _of(meaning, 2)
    yield readable(name), split
    for owner in owners:
        if not owner:
            continue
        for phrase in (*written, readable(name)):
            if phrase.startswith(owner) and len(phrase) - len(owner) >= _SHORTEST_TAIL:
                yield phrase.removeprefix(owner), _of(meaning, 1)
            elif phrase and not phrase.startswith(owner):
                joint = " " if phrase.isascii() else ""
                yield f"{owner}{joint}{phrase}", split
    for phrase in (*written, readable(name)):
        yield from _tails(phrase, meaning)


def _tails(phrase: str, meaning: Meaning) -> Iterator[tuple[str, Meaning]]:
    """What a phrase ends in: its last word, its last two Chinese characters."""
    words = phrase.split()
    if len(words) > 1:
        yield words[-1], _of(meaning, 1)
    elif not phrase.isascii() and len(phrase) > 2 * _SHORTEST_TAIL - 1:
        yield phrase[-_SHORTEST_TAIL:], _of(meaning, 1)


def _of(meaning: Meaning, strength: int) -> Meaning:
    return Meaning(kind=meaning.kind, name=meaning.name, table=meaning.table, strength=strength)


def _value_phrases(field: Meaning, item: Dimension) -> Iterator[tuple[str, Meaning]]:
    pairs = ((value, value) for value in item.values)
    for value, phrase in (*pairs, *item.value_synonyms):
        yield phrase, Meaning(kind="value", name=field.name, table=field.table, value=value)
