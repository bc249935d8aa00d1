"""Runs of digits as they are spoken and misheard: 幺三八, 1 3 8, 三个零, 要三吧."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yingda.understanding.values import alike
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.width import plain

SURE = {
    **{digit: digit for digit in "0123456789"},
    **dict(zip("零〇一二三四五六七八九幺洞拐勾两", "0012345678910792", strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", "123456789", strict=True)),
}
"""What can only be a digit where digits are said one by one."""
_UNIT = re.compile(
    rf"(?P<count>[两二三四五六七八2-8])个(?P<what>[{''.join(SURE)}])|(?P<digit>[{''.join(SURE)}])|(?P<alike>[{''.join(alike.DIGITS)}])"
)
_GAP = re.compile(r"[\s,、。.…~-]{0,3}(?:然后|后面是?|接着|再|就是说?|[那这]个|啊)*[\s,、]{0,2}")
_MOST_GUESSES = 0.5


@dataclass(frozen=True, slots=True)
class _Part:
    digits: str
    start: int
    end: int
    is_sure: bool
    follows_pause: bool


@dataclass(frozen=True, slots=True)
class DigitRun:
    """What was said without anything but pauses between."""

    parts: tuple[_Part, ...]

    @property
    def core(self) -> Mention[str]:
        """From the first to the last sure digit."""
        first, last = self._sure_ends()
        return self._stretch(first, last)

    def stretches(self) -> Iterator[Mention[str]]:
        """What may be meant as one number, likeliest first.

        The core, then with look-alikes at its edges, then parts of it between pauses.
        """
        first, last = self._sure_ends()
        count = len(self.parts)
        begins = [*range(first, -1, -1), *(n for n in range(first + 1, last + 1) if self._pauses_before(n))]
        ends = [*range(last, count), *(n - 1 for n in range(first + 1, last + 1) if self._pauses_before(n))]
        pairs = [(begin, end) for begin in begins for end in ends if begin <= end]
        for begin, end in sorted(pairs, key=lambda pair: abs(pair[0] - first) + abs(pair[1] - last)):
            yield self._stretch(begin, end)

    def _pauses_before(self, place: int) -> bool:
        return self.parts[place].follows_pause

    def _sure_ends(self) -> tuple[int, int]:
        sure = [place for place, part in enumerate(self.parts) if part.is_sure]
        return sure[0], sure[-1]

    def _stretch(self, first: int, last: int) -> Mention[str]:
        kept = self.parts[first : last + 1]
        is_guess = any(not part.is_sure for part in kept)
        return Mention("".join(part.digits for part in kept), kept[0].start, kept[-1].end, is_guess)


def digit_runs(text: str) -> list[DigitRun]:
    """Every run with enough sure digits in it, in order."""
    return [DigitRun(parts) for parts in _chains(plain(text)) if _is_sure_enough(parts)]


def spelt(text: str) -> str:
    """The digits of a text that is nothing but a run, empty where it is more."""
    runs = digit_runs(text)
    return runs[0].core.value if len(runs) == 1 and runs[0].core.end - runs[0].core.start == len(text) else ""


def _chains(text: str) -> Iterator[tuple[_Part, ...]]:
    at, chain = 0, list[_Part]()
    while at < len(text):
        begin = _GAP.match(text, at) if chain else None
        unit = _UNIT.match(text, begin.end() if begin else at)
        if unit:
            chain.append(_part(unit, unit.start() > at))
            at = unit.end()
            continue
        if chain:
            yield tuple(chain)
            chain = []
        at += 1
    if chain:
        yield tuple(chain)


def _part(unit: re.Match[str], follows_pause: bool) -> _Part:
    if unit["count"]:
        digits = SURE[unit["what"]] * int(SURE[unit["count"]])
    else:
        digits = SURE.get(unit[0]) or alike.DIGITS[unit[0]]
    return _Part(digits, unit.start(), unit.end(), not unit["alike"], follows_pause)


def _is_sure_enough(parts: tuple[_Part, ...]) -> bool:
    """Guesses between sure digits must be few."""
    sure = [place for place, part in enumerate(parts) if part.is_sure]
    if not sure:
        return False
    kept = parts[sure[0] : sure[-1] + 1]
    return len(kept) - len(sure) <= _MOST_GUESSES * len(kept)
