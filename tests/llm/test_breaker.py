"""The breaker opens on failures and crawling, tries again with one call, and closes after two."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest

from yingda.errors import ModelUnavailable, Overloaded
from yingda.llm.breaker import Breaker, BreakerConfig, BreakerSnapshot, with_breaker
from yingda.llm.failures import BreakerOpen, ModelFailed, ModelMisconfigured, ModelRejected
from yingda.testing import FrozenClock, ScriptedModel
from yingda.testing.clock import START


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def breaker(clock):
    return Breaker("main", BreakerConfig(), clock)


def play(breaker, *outcomes):
    for outcome in outcomes:
        breaker.settle(breaker.enter(), outcome)
    return breaker.snapshot().state


def opened(breaker, clock=None):
    play(breaker, *["failure"] * 5)
    if clock is not None:
        clock.advance(30)
    return breaker


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        (["failure"] * 4, "closed"),
        (["failure"] * 5, "open"),
        (["failure"] * 4 + ["success", "failure"], "closed"),
        (["failure"] * 4 + ["none", "failure"], "open"),
        (["failure", "success"] * 4 + ["none"] * 9, "closed"),
        (["failure", "success"] * 5, "open"),
        (["slow"] * 9, "closed"),
        (["slow"] * 10, "open"),
        (["success"] * 3 + ["slow"] * 7, "closed"),
    ],
)
def test_opens_on_rows_and_shares(breaker, outcomes, state):
    assert play(breaker, *outcomes) == state


def test_refuses_while_open_and_says_for_how_long(breaker, clock):
    opened(breaker)
    clock.advance(12)
    with pytest.raises(BreakerOpen) as refusal:
        breaker.enter()
    assert refusal.value.retry_after_s == 18.0


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([], "half_open"),
        (["success"], "half_open"),
        (["success", "none", "success"], "closed"),
        (["failure"], "open"),
        (["success", "failure"], "open"),
        (["slow"], "open"),
    ],
)
def test_probes_decide(breaker, clock, outcomes, state):
    assert play(opened(breaker, clock), *outcomes) == state


def test_lets_one_probe_out_at_a_time(breaker, clock):
    opened(breaker, clock)
    probe = breaker.enter()
    with pytest.raises(BreakerOpen) as refusal:
        breaker.enter()
    assert refusal.value.retry_after_s == 1.0
    breaker.settle(probe, "none")
    assert play(breaker, "success", "success") == "closed"


def test_calls_from_before_do_not_count_after(breaker, clock):
    early = breaker.enter()
    opened(breaker, clock)
    probe = breaker.enter()
    breaker.settle(early, "failure")
    breaker.settle(probe, "success")
    assert breaker.snapshot().state == "half_open"


def test_reports_and_resets(breaker, clock):
    play(breaker, "success")
    clock.advance(1)
    opened(breaker)
    breaker.reset()
    assert breaker.snapshot() == BreakerSnapshot(
        name="main",
        state="closed",
        failure_threshold=5,
        recovery_timeout=30.0,
        success_threshold=2,
        failure_count=0,
        success_count=0,
        total_failures=5,
        total_successes=1,
        last_opened_at=START + timedelta(seconds=1),
        last_failure_at=START + timedelta(seconds=1),
        last_success_at=START,
    )


@pytest.mark.parametrize(
    ("script", "failures", "successes"),
    [
        (["a"], 0, 1),
        (["a", ModelFailed()], 1, 0),
        ([ModelMisconfigured()], 1, 0),
        ([ModelRejected()], 0, 0),
        ([Overloaded()], 0, 0),
        ([ZeroDivisionError()], 0, 0),
    ],
)
async def test_counts_what_speaks_of_the_model(script, failures, successes, breaker, prompt):
    try:
        async with aclosing(with_breaker(ScriptedModel(script), breaker).stream(prompt)) as chunks:
            _ = [chunk async for chunk in chunks]
    except (ModelUnavailable, Overloaded, ZeroDivisionError):
        pass
    now = breaker.snapshot()
    assert (now.failure_count, now.total_failures, now.total_successes) == (failures, failures, successes)


@pytest.mark.parametrize(("waited_s", "state"), [(9.0, "closed"), (10.0, "open")])
async def test_ten_late_first_chunks_open_it(waited_s, state, breaker, clock, prompt):
    async def crawl(prompt):
        clock.advance(waited_s)
        yield "a"

    model = ScriptedModel()
    model.stream = crawl
    for _ in range(10):
        _ = [chunk async for chunk in with_breaker(model, breaker).stream(prompt)]
    assert breaker.snapshot().state == state


@pytest.mark.parametrize(("waited_s", "slow"), [(5.0, 0), (10.0, 1)])
async def test_a_cancelled_call_counts_only_if_it_was_late(waited_s, slow, breaker, clock, prompt):
    model = ScriptedModel([asyncio.Event()])

    async def ask():
        async with aclosing(with_breaker(model, breaker).stream(prompt)) as chunks:
            await anext(chunks)

    call = asyncio.create_task(ask())
    await asyncio.wait_for(model.asked.wait(), 5)
    clock.advance(waited_s)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert list(breaker._window) == ["slow"] * slow


async def test_an_open_breaker_does_not_ask(breaker, prompt):
    model = ScriptedModel(["a"])
    with pytest.raises(BreakerOpen):
        await anext(with_breaker(model, opened(breaker)).stream(prompt))
    assert model.prompts == []
