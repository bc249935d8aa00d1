"""Takes stage markers, `<state>1002</state>`, out of a text that arrives in pieces; pure (callflow F.2).

Text is held back only while it may still turn out to be a tag, at most seven characters; inside a tag until
it closes or cannot be one any more. How the text is cut into pieces changes neither its words nor its codes.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Literal

log = logging.getLogger(__name__)

MAX_CONTENT_CHARS = 32
"""What is longer between two tags was no marker."""

_FLAGS = re.ASCII | re.IGNORECASE
_TAG = re.compile(r"[<＜]([/／]?)state[>＞]", _FLAGS)
_CLOSE = re.compile(r"[<＜][/／]state[>＞]", _FLAGS)
_CUT_TAG = re.compile(r"[<＜][/／]?(?:s(?:t(?:a(?:te?)?)?)?)?\Z", _FLAGS)
_CUT_CLOSE = re.compile(r"[<＜](?:[/／](?:s(?:t(?:a(?:te?)?)?)?)?)?\Z", _FLAGS)
_CODE = re.compile(r"[0-9]{4}")
_CUT_CODE = re.compile(r"[0-9a-zA-Z]*")


@dataclass(frozen=True, slots=True)
class StageCode:
    """What a marker held: four digits, as the model wrote them."""

    code: str


Piece = StageCode | str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerConfig:
    """`markers`: the first code of a reply alone counts, or every one that differs from the one before it.

    `strict_upstream`: nothing leaves before the first marker, what stood before it is lost, and a reply
    without one leaves whole at its end.
    """

    markers: Literal["first", "every"] = "first"
    strict_upstream: bool = False


@dataclass(slots=True)
class MarkerCounts:
    """What was amiss: content that is no code, tags that nothing closed or opened, and later markers."""

    invalid: int = 0
    unclosed: int = 0
    stray: int = 0
    later: int = 0


class MarkerParser:
    """One reply's; give it every piece in order, then `end` it."""

    __slots__ = ("_config", "_held", "_inside", "_pending", "_silent", "code", "counts")

    def __init__(self, config: MarkerConfig) -> None:
        self.code: str | None = None
        self.counts = MarkerCounts()
        self._config = config
        self._pending = ""
        self._inside = False
        self._silent = True
        self._held: list[str] = []

    def feed(self, text: str) -> list[Piece]:
        """What `text` lets go: codes, and words between them, none of them empty."""
        pieces: list[Piece] = []
        self._pending += text
        self._drain(pieces)
        return pieces

    def end(self) -> list[Piece]:
        """What was held back; of a tag that nothing closed, only words remain."""
        pieces: list[Piece] = []
        while self._inside:
            self._inside = False
            self.counts.unclosed += 1
            words = _CUT_CLOSE.sub("", self._pending)
            self._pending = "" if _CUT_CODE.fullmatch(words.strip()) else words
            self._drain(pieces)
        self._say(self._pending, pieces)
        self._pending = ""
        if whole := "".join(self._held):
            pieces.append(whole)
        return pieces

    def _drain(self, pieces: list[Piece]) -> None:
        while self._close(pieces) if self._inside else self._open(pieces):
            pass

    def _open(self, pieces: list[Piece]) -> bool:
        """Pass on what stands before the next tag; whether there was one."""
        tag = _TAG.search(self._pending)
        if tag is None:
            cut = _CUT_TAG.search(self._pending, max(0, len(self._pending) - 7))
            end = cut.start() if cut else len(self._pending)
            self._say(self._pending[:end], pieces)
            self._pending = self._pending[end:]
            return False
        self._say(self._pending[: tag.start()], pieces)
        self._pending = self._pending[tag.end() :]
        self._inside = not tag[1]
        self.counts.stray += not self._inside
        return True

    def _close(self, pieces: list[Piece]) -> bool:
        """Take the content of an open tag, or find that it is none; whether either is known yet."""
        close = _CLOSE.search(self._pending)
        if close is not None and close.start() <= MAX_CONTENT_CHARS:
            self._take(self._pending[: close.start()].strip(), pieces)
            self._pending = self._pending[close.end() :]
        else:
            cut = _CUT_CLOSE.search(self._pending)
            if close is None and (cut.start() if cut else len(self._pending)) <= MAX_CONTENT_CHARS:
                return False
            self.counts.unclosed += 1
        self._inside = False
        return True

    def _take(self, content: str, pieces: list[Piece]) -> None:
        if not _CODE.fullmatch(content):
            self.counts.invalid += 1
            log.warning("a stage marker held no code of four digits")
        elif self.code is None or (self._config.markers == "every" and content != self.code):
            self.code = content
            self._held = []
            pieces.append(StageCode(content))
        else:
            self.counts.later += 1
            log.info("a reply held a further stage marker: %s", content)

    def _say(self, text: str, pieces: list[Piece]) -> None:
        if self._config.strict_upstream:
            if self.code is None:
                self._held.append(text)
                return
        elif self._silent:
            text = text.lstrip()
        if text:
            self._silent = False
            pieces.append(text)
