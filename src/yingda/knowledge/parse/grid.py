"""Tables on a page, found by cells that stand under each other.

A line of two or more cells may open a table. Lines below join while each of their cells meets one column
only, so that the gutters between columns stay clear. What was found is a table where the file holds it row by
row (pages set in columns are held column by column) and its columns are not full lines of prose. Ruled lines
between rows, where there are any, tell which lines make up one row; else the distance between lines does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from yingda.knowledge.parse import table
from yingda.knowledge.parse.page import Cell, Line, Page, Rule
from yingda.knowledge.parse.text import unwrap

_LEAST_ROWS = 3
_PAIR_GUTTER_EMS = 2.0  # two rows alone are a table only where the gap is plain to see
_SEVERAL_SHARE = 0.6  # of the rows must have more than one cell
_MAX_LINES = 1_000  # on one page; more is a drawing made of letters
_SAME_BASE_EMS = 0.35
_GUTTER_EMS = 0.3
_ROW_GAP_EMS = 4.5
_SAME_SIZE = 1.25
_WRAP_SLACK = 1.2  # lines of one cell differ by no more in their distances
_PROSE_EMS = 11.0  # a narrower column is no column of prose
_PROSE_FULL_EMS = 2.0
_RULE_POINTS = 2.0
_RULED_SHARE = 0.5
_MARKER = re.compile(
    r"[-*•·●▪◦–—○■□◆]|[(（]?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4}|[一二三四五六七八九十]{1,3})[)）.、]|[①-⑳]|\d{1,2}(?:\.\d{1,2})+\.?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows of a table, as many cells in each; `lefts` are where its columns begin, in points."""

    rows: tuple[tuple[str, ...], ...]
    lefts: tuple[float, ...]
    has_header: bool
    is_styled: bool = False
    """Whether the first row is set in a type of its own."""

    def follows(self, before: Grid) -> bool:
        """Whether it has the same columns as the table before it: then it goes on with that table."""
        if len(self.lefts) != len(before.lefts):
            return False
        return all(abs(ours - theirs) < 1.0 for ours, theirs in zip(self.lefts, before.lefts, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """Cells on one height, from left to right, each with the index of its line."""

    base: float
    em: float
    cells: tuple[tuple[Cell, int], ...]

    @property
    def indexes(self) -> list[int]:
        return [at for _, at in self.cells]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    left: float
    right: float

    def meets(self, cell: Cell) -> bool:
        return cell.left < self.right and self.left < cell.right

    def with_cell(self, cell: Cell) -> _Column:
        return _Column(left=min(self.left, cell.left), right=max(self.right, cell.right))


def parts(page: Page) -> Iterator[Grid | list[Line]]:
    """All lines of the page in order, those of a table replaced by it."""
    held: list[Line] = []
    tables = _tables(page)
    at = 0
    while at < len(page.lines):
        if at in tables:
            if held:
                yield held
            held = []
            grid, at = tables[at]
            yield grid
        else:
            held.append(page.lines[at])
            at += 1
    if held:
        yield held


def may_hold_table(lines: Iterable[Line]) -> bool:
    """False where looking for rules would be in vain."""
    return sum(len(line.cells) > 1 for line in lines) > 1 or any(len(line.cells) > 2 for line in lines)


def _tables(page: Page) -> dict[int, tuple[Grid, int]]:
    """Index of a table's first line → the table and the index after its last."""
    levels = list(_levels(page.lines)) if may_hold_table(page.lines) else []
    found: dict[int, tuple[Grid, int]] = {}
    at = 0
    while at < len(levels) <= _MAX_LINES:
        region, columns = _grown(levels, at)
        grid = _grid(region, columns, page) if len(region) > 1 else None
        if grid is None:  # what is long enough and yet no table will not become one from its second line
            at += len(region) if len(region) > _LEAST_ROWS else 1
            continue
        indexes = [index for level in region for index in level.indexes]
        found[min(indexes)] = (grid, max(indexes) + 1)
        at += len(region)
    return found


def _levels(lines: Sequence[Line]) -> Iterator[_Level]:
    """From top to bottom."""
    cells = [(cell, at) for at, line in enumerate(lines) for cell in _entries(line)]
    cells.sort(key=lambda placed: -placed[0].base)
    held: list[tuple[Cell, int]] = []
    for cell, at in cells:
        if held and held[0][0].base - cell.base > _SAME_BASE_EMS * max(cell.em, held[0][0].em):
            yield _level(held)
            held = []
        held.append((cell, at))
    if held:
        yield _level(held)


def _level(cells: list[tuple[Cell, int]]) -> _Level:
    ordered = tuple(sorted(cells, key=lambda placed: placed[0].left))
    return _Level(base=cells[0][0].base, em=max(cell.em for cell, _ in cells), cells=ordered)


def _entries(line: Line) -> tuple[Cell, ...]:
    """A bullet or number and the text it stands before are one cell, unless there are more."""
    if len(line.cells) == 2 and _MARKER.fullmatch(line.cells[0].text.strip()):
        first, second = line.cells
        return (replace(second, left=first.left, text=f"{first.text} {second.text}"),)
    return line.cells


def _grown(levels: Sequence[_Level], at: int) -> tuple[list[_Level], list[_Column]]:
    """The levels from `at` on that leave its gutters clear."""
    region = [levels[at]]
    columns = [_Column(left=cell.left, right=cell.right) for cell, _ in levels[at].cells]
    if len(columns) < 2 or not _are_apart(columns, levels[at].em):
        return region, columns
    for level in levels[at + 1 :]:
        before = region[-1]
        is_alike = max(level.em, before.em) <= _SAME_SIZE * min(level.em, before.em)
        wider = _widened(columns, level)
        if not wider or not is_alike or before.base - level.base > _ROW_GAP_EMS * level.em:
            break
        columns = wider
        region.append(level)
    while len(region) > 1 and len(region[-1].cells) == 1:
        if region[-1].cells[0][0].left > columns[0].right and _is_close(region):
            break
        region.pop()
    return region, columns


def _is_close(region: Sequence[_Level]) -> bool:
    """Whether the last line can be the end of a wrapped cell in the line before it."""
    gaps = [above.base - below.base for above, below in pairwise(region)]
    return gaps[-1] <= _WRAP_SLACK * min(gaps)


def _widened(columns: Sequence[_Column], level: _Level) -> list[_Column]:
    """The columns with the cells of another line in them; empty where a cell stands across a gutter."""
    wider = list(columns)
    taken: set[int] = set()
    for cell, _ in level.cells:
        met = [at for at, column in enumerate(columns) if column.meets(cell)]
        if not met:
            met = [min(range(len(columns)), key=lambda at: _distance(columns[at], cell))]
        if len(met) > 1 or met[0] in taken:
            return []
        taken.add(met[0])
        wider[met[0]] = wider[met[0]].with_cell(cell)
    return wider if _are_apart(wider, level.em) else []


def _distance(column: _Column, cell: Cell) -> float:
    return max(cell.left - column.right, column.left - cell.right)


def _are_apart(columns: Sequence[_Column], em: float) -> bool:
    return all(right.left - left.right > _GUTTER_EMS * em for left, right in pairwise(columns))


def _grid(region: Sequence[_Level], columns: Sequence[_Column], page: Page) -> Grid | None:
    groups = _rows(region, columns, page.rules)
    if _is_prose(region, columns) or not _is_in_order(groups):
        return None
    rows = tuple(_texts(group, columns) for group in groups)
    if not _is_regular(rows, columns, region[0].em):
        return None
    fonts = [{cell.font for level in group for cell, _ in level.cells} for group in groups[:2]]
    is_styled = not fonts[0] & fonts[1]
    # Two columns or rows are as often names and values: there the type must tell.
    is_plain = len(columns) > 2 and len(rows) >= _LEAST_ROWS
    return Grid(
        rows=rows,
        lefts=tuple(column.left for column in columns),
        has_header=table.looks_like_header(rows[0]) and (is_styled or is_plain),
        is_styled=is_styled,
    )


def _is_regular(rows: Sequence[Sequence[str]], columns: Sequence[_Column], em: float) -> bool:
    """Whether enough rows have enough cells."""
    if len(rows) < _LEAST_ROWS:
        gutter = min(right.left - left.right for left, right in pairwise(columns))
        return len(rows) > 1 and all(map(all, rows)) and gutter > _PAIR_GUTTER_EMS * em
    several = sum(sum(map(bool, row)) > 1 for row in rows)
    return several >= max(_LEAST_ROWS, _SEVERAL_SHARE * len(rows))


def _rows(region: Sequence[_Level], columns: Sequence[_Column], rules: Sequence[Rule]) -> list[list[_Level]]:
    """The lines of each row."""
    bands = _bands(region, columns, rules)
    full = sum(len(level.cells) == len(columns) for level in region)
    if len(set(bands)) >= max(_LEAST_ROWS, _SEVERAL_SHARE * full):
        return _grouped(region, [above != below for above, below in pairwise(bands)])
    return _grouped(region, _breaks(region, columns))


def _grouped(region: Sequence[_Level], breaks: Sequence[bool]) -> list[list[_Level]]:
    groups = [[region[0]]]
    for level, is_new in zip(region[1:], breaks, strict=True):
        if is_new:
            groups.append([])
        groups[-1].append(level)
    return groups


def _bands(region: Sequence[_Level], columns: Sequence[_Column], rules: Sequence[Rule]) -> list[int]:
    """Per line the number of ruled lines above it."""
    left, right = columns[0].left, columns[-1].right
    strokes: list[tuple[float, float]] = []
    for rule in sorted(rules, key=lambda rule: -rule.y):
        length = max(0.0, min(rule.right, right) - max(rule.left, left))
        if strokes and strokes[-1][0] - rule.y < _RULE_POINTS:
            strokes[-1] = (strokes[-1][0], strokes[-1][1] + length)
        elif length:
            strokes.append((rule.y, length))
    ys = [y for y, length in strokes if length >= _RULED_SHARE * (right - left)]
    return [sum(y > level.base for y in ys) for level in region]


def _breaks(region: Sequence[_Level], columns: Sequence[_Column]) -> list[bool]:
    """Per line after the first, whether a row begins with it."""
    gaps = [above.base - below.base for above, below in pairwise(region)]
    is_dense = max(gaps) <= _WRAP_SLACK * min(gaps)
    breaks = []
    for gap, (above, below) in zip(gaps, pairwise(region), strict=True):
        are_full = len(above.cells) == len(below.cells) == len(columns)
        is_open = is_dense and columns[0].meets(below.cells[0][0])
        breaks.append(are_full or is_open or gap > _WRAP_SLACK * min(gaps))
    return breaks


def _texts(group: Sequence[_Level], columns: Sequence[_Column]) -> tuple[str, ...]:
    cells = [cell for level in group for cell, _ in level.cells]
    return tuple(unwrap(cell.text for cell in cells if column.meets(cell)) for column in columns)


def _is_in_order(groups: Sequence[Sequence[_Level]]) -> bool:
    """Whether the file holds row after row, and nothing else between the first and the last."""
    indexes = [sorted({at for level in group for at in level.indexes}) for group in groups]
    if any(above[-1] >= below[0] for above, below in pairwise(indexes)):
        return False
    inside = {at for group in indexes for at in group}
    return len(inside) == indexes[-1][-1] - indexes[0][0] + 1


def _is_prose(region: Sequence[_Level], columns: Sequence[_Column]) -> bool:
    """Whether two columns or more consist of lines that mostly run to the same margin."""
    em = median(level.em for level in region)
    cells = [cell for level in region for cell, _ in level.cells]
    return sum(_is_full(column, [cell for cell in cells if column.meets(cell)], em) for column in columns) > 1


def _is_full(column: _Column, cells: Sequence[Cell], em: float) -> bool:
    if column.right - column.left < _PROSE_EMS * em:
        return False
    full = sum(column.right - cell.right < _PROSE_FULL_EMS * em for cell in cells)
    return full >= 0.5 * len(cells)
