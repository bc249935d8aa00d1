"""Text with stage markers → stage events and plain text, one reply at a time; pure."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from yingda.fastgpt.codes import Codes
from yingda.fastgpt.markers import MarkerConfig, MarkerParser, StageCode
from yingda.turns.events import StageEntered, TextDelta

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig:
    """How markers are read; `flow` is the name that stages are reported under."""

    flow: str = "fastgpt"
    markers: MarkerConfig = field(default_factory=MarkerConfig)


class StageReader:
    """`code` is the last code as reported, None so far.

    `amiss` counts codes without a label by themselves, and by their kind markers that were none (at the end).
    """

    def __init__(self, codes: Codes, config: StageConfig, amiss: Counter[str]) -> None:
        self.code: str | None = None
        self._codes = codes
        self._config = config
        self._amiss = amiss
        self._parser = MarkerParser(config.markers)

    def read(self, text: str) -> Iterator[StageEntered | TextDelta]:
        """What this piece lets go."""
        return self._told(self._parser.feed(text))

    def end(self) -> Iterator[StageEntered | TextDelta]:
        """What was held back."""
        yield from self._told(self._parser.end())
        self._amiss.update(asdict(self._parser.counts))

    def entered(self, code: str) -> StageEntered:
        """The stage of a code as it is reported."""
        self.code, label = code, self._codes.label(code)
        if not label:
            self._amiss[code] += 1
            log.warning("stage code %s has no label", code)
        return StageEntered(flow=self._config.flow, stage=code, code=code, label=label)

    def _told(self, pieces: Sequence[StageCode | str]) -> Iterator[StageEntered | TextDelta]:
        for piece in pieces:
            if isinstance(piece, str):
                yield TextDelta(text=piece)
            elif (code := self._codes.reported(piece.code)) != self.code:
                yield self.entered(code)
