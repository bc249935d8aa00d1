"""The stage before the text: what an answerer needs of whoever reads the markers in its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from yingda.turns.events import StageEntered, TextDelta, TurnEvent


class StageReader(Protocol):
    """Reads one reply; `code` is the last one reported, None as long as there was none (callflow F.2)."""

    code: str | None

    def read(self, text: str) -> Iterable[StageEntered | TextDelta]:
        """What this piece lets go."""
        ...

    def end(self) -> Iterable[StageEntered | TextDelta]:
        """What was held back."""
        ...

    def entered(self, code: str) -> StageEntered:
        """The stage of a code that was reported before."""
        ...


def led(
    told: Iterable[StageEntered | TextDelta], reader: StageReader, last: str
) -> Iterator[StageEntered | TextDelta]:
    """The events, with the `last` stage ahead of text that comes without one; "" repeats none."""
    for event in told:
        if isinstance(event, TextDelta) and reader.code is None and last:
            yield reader.entered(last)
        yield event


def ended(reader: StageReader, last: str) -> Iterator[StageEntered | TextDelta]:
    """The end of a reply, which has a stage even where it has no words."""
    yield from led(reader.end(), reader, last)
    if reader.code is None and last:
        yield reader.entered(last)


class Staged:
    """The events of a run as the caller gets them; `text` is what was told, without markers."""

    def __init__(self, reader: StageReader, last: str) -> None:
        self.text = ""
        self._reader = reader
        self._last = last

    @property
    def code(self) -> str | None:
        """The stage that the caller was told last."""
        return self._reader.code

    def read(self, event: TurnEvent) -> Iterator[TurnEvent]:
        """What an event of the run becomes."""
        if isinstance(event, TextDelta):
            yield from self._kept(led(self._reader.read(event.text), self._reader, self._last))
        else:
            yield event

    def end(self) -> Iterator[TurnEvent]:
        """What there is to tell once the run has ended."""
        yield from self._kept(ended(self._reader, self._last))

    def _kept(self, told: Iterable[StageEntered | TextDelta]) -> Iterator[TurnEvent]:
        for event in told:
            if isinstance(event, TextDelta):
                self.text += event.text
            yield event
