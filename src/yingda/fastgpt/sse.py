"""An incremental parser of server-sent events that keeps their names: bytes in, events out, no I/O."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from yingda.fastgpt.failures import FastGPTGarbled

MAX_EVENT_CHARS = 20 << 20
"""As much as FastGPT puts into one response."""


class NamedEvent(NamedTuple):
    """One event; the name is empty where none was sent."""

    name: str
    data: str


class NamedEvents:
    """Whole events, in order; lines end with LF, CRLF or CR, and reads may be cut within a character.

    Comments, ids and unknown fields are passed over. Raises `FastGPTGarbled` when a line grows too long.
    """

    __slots__ = ("_after_cr", "_data", "_decoder", "_name", "_rest", "_size")

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._after_cr = False
        self._rest: list[str] = []
        self._size = 0
        self._name = ""
        self._data: list[str] = []

    def feed(self, data: bytes) -> list[NamedEvent]:
        """The events that `data` completes."""
        first, *others = self._with_lf_only(self._decoder.decode(data)).split("\n")
        self._rest.append(first)
        self._size += len(first)
        if self._size > MAX_EVENT_CHARS:
            raise FastGPTGarbled("FastGPT sent an event without an end")
        if not others:
            return []
        lines = ["".join(self._rest), *others[:-1]]
        self._rest, self._size = [others[-1]], len(others[-1])
        return [event for line in lines if (event := self._take(line)) is not None]

    def end(self) -> list[NamedEvent]:
        """The event that the end of the stream cut before its blank line, if any."""
        return self.feed(b"\n\n")

    def _with_lf_only(self, text: str) -> str:
        if text:
            if self._after_cr and text.startswith("\n"):
                text = text[1:]
                self._after_cr = False
            self._after_cr = text.endswith("\r") if text else self._after_cr
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def _take(self, line: str) -> NamedEvent | None:
        field, _, value = line.partition(":")
        if not line:
            return self._whole()
        if field == "data":
            self._data.append(value.removeprefix(" "))
        elif field == "event":
            self._name = value.removeprefix(" ")
        return None

    def _whole(self) -> NamedEvent | None:
        event = NamedEvent(self._name, "\n".join(self._data)) if self._data else None
        self._name, self._data = "", []
        return event
