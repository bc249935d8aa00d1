"""Ended turns show in the exposition and in the recent averages."""

from __future__ import annotations

from yingda.observability.metrics import Metrics
from yingda.testing import turn
from yingda.testing.builders import PRINCIPAL
from yingda.testing.clock import START
from yingda.turns.events import (
    AgentChosen,
    AnswerDegraded,
    CacheHit,
    TextDelta,
    TurnCompleted,
    TurnFailed,
    UsageReported,
)
from yingda.turns.live import LiveTurn
from yingda.turns.types import TurnId, Usage

CHOSEN = AgentChosen(agent="documents", intent="knowledge_qa", confidence=1.0)


async def ended(*events) -> LiveTurn:
    live = LiveTurn(TurnId("t1"), PRINCIPAL, None, linger_s=0.0)
    for event in events:
        live.add(event)
    return live


async def test_a_turn_is_counted_by_dialect_intent_and_ending():
    metrics = Metrics()
    usage = UsageReported(usage=Usage(model="m", prompt_tokens=7, completion_tokens=3))
    degraded = AnswerDegraded(reason="model_failed")
    said = (CHOSEN, CacheHit(age_s=1.0), degraded, TextDelta(text="一"), usage)
    metrics.turn_ended(turn("?"), await ended(*said, TurnCompleted(at=START)))
    failure = TurnFailed(at=START, code="overloaded", message="", status=429, retryable=True)
    metrics.turn_ended(turn("?"), await ended(CHOSEN, failure))
    read = metrics.registry.get_sample_value
    labels = {"dialect": "helpdesk", "intent": "knowledge_qa"}
    assert read("yingda_turns_total", {**labels, "ending": "TurnCompleted"}) == 1
    assert read("yingda_turns_total", {**labels, "ending": "overloaded"}) == 1
    assert read("yingda_model_tokens_total", {"model": "m", "kind": "prompt"}) == 7
    assert read("yingda_degraded_answers_total", {"reason": "model_failed"}) == 1
    assert read("yingda_answer_cache_hits_total") == 1
    assert read("yingda_first_text_seconds_count", {"dialect": "helpdesk"}) == 1
    assert metrics.recent()["total_response_samples"] == 2


def test_before_the_first_turn_the_averages_are_zero():
    assert set(Metrics().recent().values()) == {0}


def test_gauges_are_read_when_asked_and_statuses_counted():
    metrics, live = Metrics(), [1, 2, 3]
    metrics.gauge("yingda_live_turns", "Turns", lambda: len(live))
    metrics.responded(200)
    metrics.responded(200)
    assert b"yingda_live_turns 3.0" in metrics.exposition()
    assert metrics.registry.get_sample_value("yingda_http_responses_total", {"status": "200"}) == 2
