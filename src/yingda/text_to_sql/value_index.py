"""The values that stand in a database, found again in what people say."""

from __future__ import annotations

import asyncio
import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp, parse_one

from yingda.text_to_sql.databases.database import Database
from yingda.text_to_sql.failures import SqlFailed
from yingda.text_to_sql.model import Dimension, SemanticModel, Table
from yingda.turns.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueConfig:
    """How many values are kept, how long they may be, and when they are read again."""

    values_per_dimension: int = 5_000
    value_chars: int = 60
    refresh_s: float = 600.0
    query_timeout_s: float = 5.0
    near_ratio: float = 0.82
    near_count: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMatch:
    """`value` as stored in dimension `name`; `score` is 1 where the text is the value or its synonym."""

    name: str
    value: str
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotted:
    """Matches for a piece of a text, in code points of the text as given."""

    start: int
    end: int
    matches: tuple[ValueMatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueIndex:
    """Values by how they read, without regard to case and width; built once, never changed."""

    entries: dict[str, tuple[ValueMatch, ...]] = field(default_factory=dict)
    longest: int = 0

    def find(self, text: str) -> tuple[ValueMatch, ...]:
        """Where the whole text is a value, or another name for one."""
        return self.entries.get(folded(text), ())

    def near(self, text: str, config: ValueConfig | None = None) -> tuple[ValueMatch, ...]:
        """Values that are spelt much like the text, best first."""
        bounds = config or ValueConfig()
        wanted = folded(text)
        close = difflib.get_close_matches(wanted, self.entries, bounds.near_count, bounds.near_ratio)
        return tuple(
            ValueMatch(name=one.name, value=one.value, score=_ratio(wanted, found))
            for found in close
            for one in self.entries[found]
        )

    def spot(self, text: str) -> tuple[Spotted, ...]:
        """Values inside a text, longest first from the left; Latin words and numbers are never cut."""
        found, start = [], 0
        lowered = _same_length(text)
        while start < len(text):
            end = self._longest_at(lowered, start)
            if end is None:
                start += 1
                continue
            found.append(Spotted(start=start, end=end, matches=self.entries[folded(text[start:end])]))
            start = end
        return tuple(found)

    def without(self, names: frozenset[str]) -> ValueIndex:
        """The index of somebody who may not see these dimensions."""
        kept = {
            text: tuple(one for one in matches if one.name not in names)
            for text, matches in self.entries.items()
        }
        return ValueIndex(entries={k: v for k, v in kept.items() if v}, longest=self.longest)

    def _longest_at(self, text: str, start: int) -> int | None:
        if _cuts(text, start):
            return None
        for end in range(min(len(text), start + self.longest), start, -1):
            if not _cuts(text, end) and folded(text[start:end]) in self.entries:
                return end
        return None


class LiveValues:
    """The index of a database, read again when it is older than `refresh_s`; readers never wait for that."""

    def __init__(self, database: Database, model: SemanticModel, clock: Clock, config: ValueConfig) -> None:
        self._database = database
        self._model = model
        self._clock = clock
        self._config = config
        self._index: ValueIndex | None = None
        self._read_at = 0.0
        self._reading: asyncio.Task[None] | None = None

    async def current(self) -> ValueIndex:
        """The newest index; only the very first caller waits until there is one."""
        is_old = self._clock.monotonic() - self._read_at > self._config.refresh_s
        if (self._index is None or is_old) and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._read())
        if self._index is None and self._reading is not None:
            await asyncio.shield(self._reading)
        return self._index or ValueIndex()

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        self._index = await values_of(self._database, self._model, self._config)
        self._read_at = self._clock.monotonic()


async def values_of(database: Database, model: SemanticModel, config: ValueConfig) -> ValueIndex:
    """Read the values of all dimensions of text that are no secret, within the bounds."""
    pairs: list[tuple[str, ValueMatch]] = []
    for table in model.tables:
        for dimension in table.dimensions:
            if dimension.data_type == "string" and not dimension.is_private:
                pairs.extend(await _pairs(database, table, dimension, config))
    return index_of(pairs)


def index_of(pairs: Iterable[tuple[str, ValueMatch]]) -> ValueIndex:
    """The index over texts and what each of them means."""
    entries: dict[str, dict[ValueMatch, None]] = {}
    for text, match in pairs:
        if key := folded(text):
            entries.setdefault(key, {})[match] = None
    longest = max(map(len, entries), default=0)
    return ValueIndex(entries={key: tuple(found) for key, found in entries.items()}, longest=longest)


def modelled_values(model: SemanticModel) -> ValueIndex:
    """The index of the samples and synonyms that stand in the model itself; needs no database."""
    return index_of(
        pair
        for table in model.tables
        for one in table.dimensions
        if not one.is_private
        for pair in _known(f"{table.name}.{one.name}", one)
    )


def folded(text: str) -> str:
    """How texts are compared: NFKC, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


async def _pairs(
    database: Database, table: Table, dimension: Dimension, config: ValueConfig
) -> list[tuple[str, ValueMatch]]:
    name = f"{table.name}.{dimension.name}"
    pairs = list(_known(name, dimension))
    try:
        rows = (
            await database.fetch(
                _distinct(table, dimension, database.dialect, config), config.query_timeout_s
            )
        ).rows
    except SqlFailed:
        return pairs
    texts = (str(row[0]) for row in rows)
    short = (text for text in texts if len(text) <= config.value_chars)
    return pairs + [(text, ValueMatch(name=name, value=text)) for text in short]


def _known(name: str, dimension: Dimension) -> Iterator[tuple[str, ValueMatch]]:
    for value in dimension.values:
        yield value, ValueMatch(name=name, value=value)
    for value, said in dimension.value_synonyms:
        yield said, ValueMatch(name=name, value=value)


def _distinct(table: Table, dimension: Dimension, dialect: str, config: ValueConfig) -> str:
    value = parse_one(dimension.expr, read=dialect)
    return (
        exp.select(exp.alias_(value, "v"))
        .distinct()
        .from_(exp.to_table(table.source, dialect=dialect))
        .where(exp.not_(exp.Is(this=value.copy(), expression=exp.null())))
        .limit(config.values_per_dimension)
        .sql(dialect)
    )


def _ratio(one: str, other: str) -> float:
    return round(difflib.SequenceMatcher(None, one, other).ratio(), 3)


def _same_length(text: str) -> str:
    """Width and case folded where that keeps every code point in its place."""
    return "".join(one if len(one) == 1 else raw for raw, one in ((raw, folded(raw) or raw) for raw in text))


def _cuts(text: str, at: int) -> bool:
    """Whether a boundary there would lie inside a Latin word or a number."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    return before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
