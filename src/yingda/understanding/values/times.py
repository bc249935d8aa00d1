"""Times in running text: days and times of day, what lies so long ago, and stretches of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from yingda.understanding.values.clocks import Clock
from yingda.understanding.values.dates import Date
from yingda.understanding.values.days import Named, one_day
from yingda.understanding.values.durations import durations
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.time_pieces import Piece, pieces
from yingda.understanding.values.when import Grain, Span, When
from yingda.understanding.values.width import plain

_AGO = re.compile(r"\s*(?:[之以]?前(?![面后天])|ago(?![a-z]))")
_HENCE = re.compile(r"\s*(?:[之以]?后(?![面天])|过后|later(?![a-z]))")
_PAST = re.compile(
    r"(?:(?:过去|最近|近|之前|以前|前|(?<!早)(?<!晚)上)的?这?|(?:the )?(?:last|past) )\s*$", re.IGNORECASE
)
_COMING = re.compile(
    r"(?:(?:未来|接下来|今后|之后|以后|(?<!以)后|(?<!一)下)的?这?|(?:the )?next )\s*$", re.IGNORECASE
)
_WITHIN = re.compile(r"(?<![a-z])in\s*$", re.IGNORECASE)
_NOW = re.compile(
    r"(?:刚才|刚刚|方才)(?![说讲报记看忘没不问听那你您的]|我[说讲报])|现在|此刻"
    r"|(?<![a-z])(?:just|right) now(?![a-z])",
    re.IGNORECASE,
)
_LONGEST_LEAD = 10
_WHILE_AGO = re.compile(
    r"(?:(?:一小?|不一|没)?会儿?|没?多久|不久|好?几分钟)[之以]?前|(?:没|不)多久|(?:没|不)一会儿?"
)
_A_WHILE = timedelta(minutes=5)
_TO = re.compile(r"\s*(?:到|至|-|~|to|until|till|through)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:和|与|跟|and)\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*之间")
_FROM = re.compile(r"(?:从|自|from|between)\s*$", re.IGNORECASE)


def times(text: str, now: datetime) -> list[Mention[When]]:
    """Every time that is named, as it is meant at `now` in its zone; in order, none overlaps another."""
    flat = plain(text)
    relative = list(_relative(flat, now))
    absolute = [
        piece
        for piece in pieces(flat, now)
        if not any(piece.start < one.end and one.start < piece.end for one in relative)
    ]
    return sorted([*relative, *_joined(flat, absolute, now)], key=lambda one: one.start)


def _relative(text: str, now: datetime) -> Iterator[Mention[When]]:
    """So long ago, in so long, the last so long."""
    for length in durations(text):
        lead = text[max(0, length.start - _LONGEST_LEAD) : length.start]
        if ago := _AGO.match(text, length.end):
            yield _instant(length.value.before(now), length.start, ago.end())
        elif hence := _HENCE.match(text, length.end):
            yield _instant(length.value.after(now), length.start, hence.end())
        elif within := _WITHIN.search(lead):
            yield _instant(length.value.after(now), length.start - len(within[0]), length.end)
        elif past := _PAST.search(lead):
            yield _period(Span(length.value.before(now), now), length.start - len(past[0]), length.end)
        elif coming := _COMING.search(lead):
            yield _period(Span(now, length.value.after(now)), length.start - len(coming[0]), length.end)
    for at in _NOW.finditer(text):
        yield _instant(now, at.start(), at.end())
    for at in _WHILE_AGO.finditer(text):
        yield _instant(now - _A_WHILE, at.start(), at.end())


def _instant(at: datetime, start: int, end: int) -> Mention[When]:
    return Mention(When(grain="moment", spans=(Span(at, at),)), start, end)


def _period(span: Span, start: int, end: int) -> Mention[When]:
    return Mention(When(grain="period", spans=(span,)), start, end)


def _joined(text: str, found: list[Piece], now: datetime) -> Iterator[Mention[When]]:
    """Pieces alone, or two of them as the ends of a stretch."""
    at = 0
    while at < len(found):
        first, second = found[at], found[at + 1] if at + 1 < len(found) else None
        end = _end_of_range(text, first, second) if second else None
        if second and end and (stretch := _range(first, second, now)):
            lead = _FROM.search(text[: first.start])
            yield Mention(stretch, lead.start() if lead else first.start, end)
            at += 2
            continue
        if when := _meant(first, now):
            yield Mention(when, first.start, first.end)
        at += 1


def _end_of_range(text: str, first: Piece, second: Piece) -> int | None:
    if _TO.fullmatch(text, first.end, second.start):
        return second.end
    between = _BETWEEN.match(text, second.end)
    if between and _AND.fullmatch(text, first.end, second.start):
        return between.end()
    return None


def _range(first: Piece, second: Piece, now: datetime) -> When | None:
    """From the beginning of the first to the end of the second, which takes over what it leaves out."""
    day, clock = second.day, second.clock
    if isinstance(first.day, Date) and isinstance(day, Date):
        day = day.completed_by(first.day)
    if clock and first.clock and day is None:
        clock = clock.completed_by(first.clock)
    begins = _meant(first, now)
    spans = []
    for begin in begins.spans if begins else ():
        seen_from = begin.start if isinstance(day, Date) or day is None else now
        end = _meant(replace(second, day=day or _day_of(begin), clock=clock), seen_from)
        after = [span.end for span in end.spans if span.end >= begin.start] if end else []
        spans += [Span(begin.start, after[0])] if after else []
    return When(grain="period", spans=tuple(spans)) if spans else None


def _day_of(span: Span) -> Named:
    return one_day(span.start)


def _meant(piece: Piece, now: datetime) -> When | None:
    if piece.day is None:
        return _of_any_day(piece.clock, now) if piece.clock else None
    named = piece.day.spans(now) if isinstance(piece.day, Date) else piece.day
    if not named:
        return None
    is_lunar = isinstance(piece.day, Date) and piece.day.is_lunar
    is_day = all(span.end - span.start == timedelta(days=1) for span in named)
    if piece.clock is None or not is_day:
        return When(grain="day" if is_day else "period", spans=named, is_lunar=is_lunar)
    spans = tuple(Span(*piece.clock.on(span.start)) for span in named)
    grain: Grain = "period" if piece.clock.hour is None else "moment"
    return When(grain=grain, spans=spans, may_be_later=piece.clock.is_on_twelve, is_lunar=is_lunar)


def _of_any_day(clock: Clock, now: datetime) -> When:
    """Its last and its next time."""
    days = [Span(*clock.on(one_day(now, off)[0].start)) for off in (-1, 0, 1)]
    past = [span for span in days if span.start <= now][-1]
    coming = next(span for span in days if span.start > now)
    grain: Grain = "period" if clock.hour is None else "clock"
    return When(grain=grain, spans=(past, coming), may_be_later=clock.is_on_twelve)
