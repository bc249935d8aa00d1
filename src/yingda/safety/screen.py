"""A stream read through a word list: text comes out clause by clause, once nothing can be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from yingda.safety.folding import fold, gap_of, without_citations
from yingda.safety.words import Hit, WordFilter

MASK = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenConfig:
    """A clause that does not end is taken to end after `clause_chars`."""

    clause_chars: int = 80


DEFAULTS = ScreenConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Text that may be shown, masked words as stars of the same length, and what stands in its way.

    `noted` are the masked and warned words in it; positions count from the beginning of the stream. After
    `blocked` nothing more comes out.
    """

    text: str = ""
    noted: tuple[Hit, ...] = ()
    blocked: Hit | None = None


class StreamScreen:
    """Any portions of a text come to the same as all of it at once; what came out is never taken back.

    Held back are the clause that goes on, and from a beginning of a listed word on. Where a word is blocked,
    nothing of the clause that it begins in comes out.
    """

    def __init__(self, words: WordFilter, config: ScreenConfig = DEFAULTS) -> None:
        self._words = words
        self._clause = _clause(config.clause_chars)
        self._before = ""  # what the first held character must be seen next to
        self._held = ""
        self._released = 0
        self._blocked: Hit | None = None

    def feed(self, text: str) -> Released:
        """Take the next portion in."""
        return self._advance(text, is_whole=False)

    def finish(self) -> Released:
        """There is no more: all that is left comes out, or is blocked."""
        return self._advance("", is_whole=True)

    def _advance(self, text: str, *, is_whole: bool) -> Released:
        if self._blocked is not None:
            return Released(blocked=self._blocked)
        self._held += text
        look = self._words.look(self._before + self._held, is_whole=is_whole)
        shift = len(self._before)
        hits = [_moved(hit, -shift) for hit in look.hits if hit.start >= shift]
        blocked = next((hit for hit in hits if hit.word.level == "block"), None)
        if blocked is not None:
            hits = hits[: hits.index(blocked)]
            self._blocked = _moved(blocked, self._released)
        limit = blocked.start if blocked else max(0, look.undecided - shift)
        cut = self._cut(limit, hits, is_whole=is_whole and blocked is None)
        return self._release(cut, [hit for hit in hits if hit.start < cut])

    def _cut(self, limit: int, hits: Sequence[Hit], *, is_whole: bool) -> int:
        """The last end of a clause up to the limit that no masked word lies across."""
        if is_whole:
            return len(self._held)
        cut = at = 0
        text = without_citations(self._held)
        lying = [hit for hit in hits if hit.word.level == "mask"]
        while clause := self._clause.match(text, at, limit):
            at = clause.end()
            if not any(hit.start < at < hit.end for hit in lying):
                cut = at
        return cut

    def _release(self, cut: int, noted: Sequence[Hit]) -> Released:
        if not cut:
            return Released(blocked=self._blocked)
        shown, self._held = self._held[:cut], self._held[cut:]
        at = self._released
        self._released += cut
        self._before = _neighbour(self._before + shown)
        return Released(
            text=masked(shown, noted),
            noted=tuple(_moved(hit, at) for hit in noted),
            blocked=self._blocked,
        )


def masked(text: str, hits: Iterable[Hit]) -> str:
    """The text with its masked words as stars, as long as before."""
    for hit in hits:
        if hit.word.level == "mask":
            text = text[: hit.start] + MASK * (hit.end - hit.start) + text[hit.end :]
    return text


def _moved(hit: Hit, by: int) -> Hit:
    return replace(hit, start=hit.start + by, end=hit.end + by)


def _neighbour(shown: str) -> str:
    """From the last character that can be seen on; nothing where that one parts words anyway."""
    for at in range(len(shown) - 1, -1, -1):
        if fold(shown[at]):
            return shown[at:]
        if gap_of(shown[at]):
            return ""
    return ""


@lru_cache(maxsize=8)
def _clause(most_chars: int) -> re.Pattern[str]:
    """One whole clause; a Latin sentence ends with its full stop and the blank after it."""
    ends = "，,；;！!？?：:。｡、\n\r"
    within = f"[^{ends}]"
    return re.compile(
        rf"{within}{{0,{most_chars - 2}}}?(?:[{ends}]|\.\s)"
        rf"|{within}{{{most_chars - 1}}}[{ends}]|{within}{{{most_chars}}}"
    )
