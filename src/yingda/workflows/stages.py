"""The stage before the text: what an answerer needs of whoever reads the markers in its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from yingda.turns.events import StageEntered, TextDelta


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
