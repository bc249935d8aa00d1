"""The reader of a running server: follows the operator's own model and rules as their files change."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from yingda.errors import InvalidRequest
from yingda.settings import Settings
from yingda.turns.clock import Clock
from yingda.understanding.artefact import Artefact, load
from yingda.understanding.intents import Read, Understanding, reader
from yingda.understanding.own_rules import own_rules_from_file
from yingda.understanding.shipped import intent_model

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
Stamp = tuple[tuple[int, int], ...]


class LiveReader:
    """Reads messages with the model in `file` and the rules in NAME.rules.yaml beside it.

    Without a file, or while what is there cannot be used, the shipped model reads; a bad new file leaves the
    good old one in place. New files are loaded in a thread: the first reading after a change is still the
    old one's.
    """

    def __init__(self, file: Path | None, clock: Clock) -> None:
        self._file, self._clock = file, clock
        self._looked_s = clock.monotonic()
        self._stamp = _stamp(file)
        self._loading = threading.Lock()
        self.artefact: Artefact = intent_model()
        self.problem = ""
        self._read: Read = reader(self.artefact.model)
        if file is not None:
            self._load(file)
        self._read("warm up: all models and tables are loaded before the first message")

    def __call__(self, text: str) -> Understanding:
        self._look()
        return self._read(text)

    def said(self) -> str:
        """What is loaded and how it did, or why it is not what was set."""
        said = self.artefact.card.said(len(self.artefact.model.labels))
        return f"{said}; {self.problem}" if self.problem else said

    def _look(self) -> None:
        now_s = self._clock.monotonic()
        if self._file is None or now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        stamp = _stamp(self._file)
        if stamp != self._stamp:
            self._stamp = stamp
            threading.Thread(target=self._load, args=(self._file,), daemon=True).start()

    def _load(self, file: Path) -> None:
        with self._loading:
            try:
                artefact, rules = load(file), own_rules_from_file(rules_beside(file))
            except InvalidRequest as error:
                self.problem = error.message
                log.warning("intent model not loaded: %s", error.message)
                return
            self._read, self.artefact, self.problem = reader(artefact.model, rules), artefact, ""
            log.info("intent model %s", self.said())


def reader_from(settings: Settings, clock: Clock) -> LiveReader:
    """The reader that the settings ask for."""
    return LiveReader(Path(settings.intents_model) if settings.intents_model else None, clock)


def rules_beside(file: Path) -> Path:
    """Where the rules that go with a model are looked for."""
    return file.with_suffix(".rules.yaml")


def _stamp(file: Path | None) -> Stamp:
    """Changes whenever one of the files does; the JSON is the one that is written last."""
    if file is None:
        return ()
    found = []
    for each in (file.with_suffix(".json"), rules_beside(file)):
        try:
            state = each.stat()
        except OSError:
            found.append((0, 0))
        else:
            found.append((state.st_mtime_ns, state.st_size))
    return tuple(found)
