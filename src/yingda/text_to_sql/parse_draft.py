"""A question while it is being understood: its pieces, and what has been read out of them so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from yingda.text_to_sql.fields import Catalog
from yingda.text_to_sql.joins import is_safe, routes
from yingda.text_to_sql.model import Grain, Table
from yingda.text_to_sql.parse_pieces import Piece
from yingda.text_to_sql.query import Condition, Grouping, Order, TimeRange
from yingda.text_to_sql.times import Period
from yingda.text_to_sql.vocabulary import Meaning

_LINKS = ("glue", "and", "or")


class Unclear(Exception):
    """A piece has several meanings and nothing in the question settles which."""

    def __init__(self, piece: Piece, meanings: Iterable[Meaning]) -> None:
        self.piece = piece
        self.meanings = tuple(meanings)
        super().__init__(piece.text)


class Uncovered(Exception):
    """The model does not reach: `unknown` are the words without a place in it."""

    def __init__(self, reason: str, unknown: Iterable[str] = ()) -> None:
        self.unknown = tuple(unknown)
        super().__init__(reason)


@dataclass(slots=True, kw_only=True)
class Draft:
    """What rules have read so far; they take pieces from left to right and mark them used."""

    catalog: Catalog
    today: date
    pieces: list[Piece]
    measured: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    groupings: list[Grouping] = field(default_factory=list)
    grains: list[Grain] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    having: list[Condition] = field(default_factory=list)
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    compared: str = ""
    is_share: bool = False
    is_distinct: bool = False
    time: TimeRange | None = None
    periods: list[Period] = field(default_factory=list)
    time_field: str = ""
    has_named_measure: bool = False
    has_named_columns: bool = False
    assumed: list[str] = field(default_factory=list)

    def tagged(self, *tags: str) -> list[int]:
        """Where words of these tags stand that no rule has taken yet."""
        return [index for index, piece in enumerate(self.pieces) if piece.tag in tags and not piece.is_used]

    def near(
        self, at: int, by: int, *, may_be_used: bool = False, skip: tuple[str, ...] = _LINKS
    ) -> int | None:
        """The next piece to the right (`by` 1) or left (-1) that is more than a link."""
        index = at + by
        while 0 <= index < len(self.pieces):
            piece = self.pieces[index]
            if piece.tag not in skip or piece.meanings:
                return index if may_be_used or not piece.is_used else None
            index += by
        return None

    def use(self, *indexes: int | None) -> None:
        """Mark pieces as accounted for."""
        for index in indexes:
            if index is not None:
                self.pieces[index].is_used = True

    def mentioned(self) -> list[tuple[int, str]]:
        """Tables that the question names, with where; those of roles among them."""
        found = []
        for index, piece in enumerate(self.pieces):
            tables = {one.table for one in piece.means("table", "role")}
            if len(tables) == 1:
                found.append((index, tables.pop()))
        return found

    def choose(self, at: int, *kinds: str) -> Meaning | None:
        """The one thing a piece means here; None if it means none of these kinds. Raises `Unclear`."""
        piece = self.pieces[at]
        options = piece.means(*kinds)
        if not options:
            return None
        best = max(one.strength for one in options)
        options = tuple(one for one in options if one.strength == best)
        for narrowed in (self._named_field, self._beside, self._around):
            if len(options) > 1:
                options = narrowed(at, options) or options
        if len({(one.kind, one.name, one.value) for one in options}) > 1:
            raise Unclear(piece, options)
        piece.choice = options[0]
        return options[0]

    def _beside(self, at: int, options: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
        """What belongs to the table that is named nearest."""
        tables = {one.table for one in options}
        grouped = {one.name.partition(".")[0] for one in self.groupings} & tables
        if len(grouped) == 1:
            return tuple(one for one in options if one.table in grouped)
        distances = [
            (abs(index - at), index > at, name) for index, name in self.mentioned() if name in tables
        ]
        if not distances:
            return ()
        nearest = min(distances)[2]
        return tuple(one for one in options if one.table == nearest)

    def _named_field(self, at: int, options: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
        """A value whose dimension is named right before or after it."""
        names = set()
        for by in (-1, 1):
            index = self.near(at, by, may_be_used=True)
            if index is not None:
                names |= {one.name for one in self.pieces[index].means("field")}
        return tuple(one for one in options if one.kind == "value" and one.name in names)

    def _around(self, at: int, options: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
        """What can be looked up from what is measured or listed, in the fewest steps if that is one."""
        start = self.anchor()
        if start is None:
            return ()
        safe = tuple(one for one in options if one.table and self.is_looked_up(start, one.table))
        own = tuple(one for one in safe if one.table == start)
        if len(own) == 1 and len(safe) > 1:
            self.assumed.append(f"{self.pieces[at].text}: {self.catalog.label(own[0].name)}")
        return own if len(own) == 1 else safe

    def having_of_groups(self) -> bool:
        """Whether groups are kept by what is measured, other than by there being none."""
        return any(one.values != (0,) for one in self.having)

    def base(self) -> str | None:
        """The table whose rows are counted or listed."""
        for name in self.measured:
            if name not in self.catalog.metrics:
                return self.catalog.aggregate(name).table.name
        return self.shown[0].partition(".")[0] if self.shown else None

    def is_looked_up(self, start: str, end: str) -> bool:
        """Whether each row of one table has at most one of the other."""
        ways = routes(self.catalog.model, start, end)
        return bool(ways) and is_safe(ways[0])

    def anchor(self) -> str | None:
        """The table that the question is about, as far as is known."""
        for name in self.measured:
            if name in self.catalog.metrics:
                continue
            return self.catalog.aggregate(name).table.name
        for piece in self.pieces:
            measures = piece.means("measure")
            if len(measures) == 1:
                return measures[0].table
        found = self.mentioned()
        return found[0][1] if found else None

    def measure(self, name: str) -> None:
        """Add what is measured, once."""
        if name not in self.measured:
            self.measured.append(name)

    def group(self, name: str, grain: Grain | None = None) -> None:
        """Add a grouping, once."""
        if all(one.name != name for one in self.groupings):
            self.groupings.append(Grouping(name=name, grain=grain))

    def show(self, name: str) -> None:
        """Add a column of listed rows, once."""
        if name not in self.shown:
            self.shown.append(name)


Rule = Callable[[Draft], None]


def count_of(table: str | Table) -> str:
    """The rows of a table, as a query says it."""
    return f"count({table if isinstance(table, str) else table.name})"
