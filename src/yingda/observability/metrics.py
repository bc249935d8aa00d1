"""What Prometheus reads, and the recent timings of `/performance/metrics`; folds of ended turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import cache
from statistics import fmean

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from yingda.turns.events import TurnFailed
from yingda.turns.live import LiveTurn
from yingda.turns.types import Turn

SAMPLES = 100
"""How many recent turns the averages of helpdesk 1.8 are taken over."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """One registry per application, so that two in a process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter(
            "yingda_turns", "Turns that ended", ("dialect", "intent", "ending"), registry=self.registry
        )
        self._turn_s = Histogram(
            "yingda_turn_seconds",
            "Turn, start to end",
            ("dialect",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._first_text_s = Histogram(
            "yingda_first_text_seconds",
            "Turn start to first text",
            ("dialect",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._tokens = Counter(
            "yingda_model_tokens",
            "Tokens as providers counted them",
            ("model", "kind"),
            registry=self.registry,
        )
        self._degraded = Counter(
            "yingda_degraded_answers", "Answers from a lesser path", ("reason",), registry=self.registry
        )
        self._cache_hits = Counter("yingda_answer_cache_hits", "Turns replayed", registry=self.registry)
        self._responses = Counter(
            "yingda_http_responses", "Responses begun", ("status",), registry=self.registry
        )
        # Looking a child up by its labels costs more than counting in it; these few combinations stay.
        self._responses_of = cache(self._responses.labels)
        self._turns_of = cache(self._turns.labels)
        self._turn_s_of = cache(self._turn_s.labels)
        self._first_text_s_of = cache(self._first_text_s.labels)
        self._response_ms: deque[float] = deque(maxlen=SAMPLES)
        self._first_text_ms: deque[float] = deque(maxlen=SAMPLES)

    def turn_ended(self, turn: Turn, live: LiveTurn) -> None:
        """An observer of the engine's."""
        record = live.record
        ending, intent = record.ending, record.chosen.intent if record.chosen else "none"
        name = ending.code if isinstance(ending, TurnFailed) else type(ending).__name__
        self._turns_of(turn.dialect, intent, name).inc()
        self._turn_s_of(turn.dialect).observe(live.elapsed_s)
        self._response_ms.append(live.elapsed_s * 1000)
        if live.first_text_s is not None:
            self._first_text_s_of(turn.dialect).observe(live.first_text_s)
            self._first_text_ms.append(live.first_text_s * 1000)
        for usage in record.usages:
            self._tokens.labels(usage.model, "prompt").inc(usage.prompt_tokens)
            self._tokens.labels(usage.model, "completion").inc(usage.completion_tokens)
        for reason in record.degraded:
            self._degraded.labels(reason).inc()
        if record.cache is not None:
            self._cache_hits.inc()

    def responded(self, status: int) -> None:
        """A response left with this status."""
        self._responses_of(status).inc()

    def gauge(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Export a value that is read when asked for."""
        Gauge(name, help_text, registry=self.registry).set_function(read)

    def exposition(self) -> bytes:
        """The text format."""
        return generate_latest(self.registry)

    def recent(self) -> dict[str, float | int]:
        """Averages over the last turns, in the names of helpdesk 1.8; 0 while there are none."""
        first = sorted(self._first_text_ms)
        return {
            "avg_response_ms": round(fmean(self._response_ms), 2) if self._response_ms else 0.0,
            "total_response_samples": len(self._response_ms),
            "stream_first_token_ms_avg": round(fmean(first), 2) if first else 0.0,
            "stream_first_token_ms_p95": round(first[int(0.95 * (len(first) - 1))], 2) if first else 0.0,
        }
