"""The mouth of a run: nodes run side by side, and yet their texts come out one after the other."""

from __future__ import annotations

from collections.abc import Callable


class Voice:
    """The first to speak holds the floor until it is done; what others say meanwhile waits, in order.

    `text` is all that has been said.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: list[str] = []
        self._speaker: object | None = None
        self._waiting: dict[object, list[str]] = {}
        self._done: set[object] = set()

    @property
    def text(self) -> str:
        return "".join(self._said)

    def say(self, who: object, text: str) -> None:
        """Out at once, or when those before have done."""
        if self._speaker is None:
            self._speaker = who
        if self._speaker is who:
            self._out(text)
        else:
            self._waiting.setdefault(who, []).append(text)

    def done(self, who: object) -> None:
        """`who` says no more; the next who have something to say follow."""
        if self._speaker is not who:
            if who in self._waiting:
                self._done.add(who)
            return
        self._speaker = None
        while self._waiting and self._speaker is None:
            following = next(iter(self._waiting))
            self._out("".join(self._waiting.pop(following)))
            if following in self._done:
                self._done.remove(following)
            else:
                self._speaker = following

    def _out(self, text: str) -> None:
        if text := text.replace("\x00", ""):  # no store can hold it
            self._said.append(text)
            self._say(text)
