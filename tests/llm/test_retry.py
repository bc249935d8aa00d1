"""Retries happen while nothing was said, for failures that may pass, within the budget."""

import pytest

from yingda.errors import ModelUnavailable, Overloaded
from yingda.llm.failures import BreakerOpen, ModelBroke, ModelFailed, ModelRateLimited, ModelRejected
from yingda.llm.retry import RetryConfig, with_retry
from yingda.llm.types import TextChunk
from yingda.testing import FrozenClock, ScriptedModel


async def run(model, prompt, config=None, clock=None):
    """Chunks, the class of the failure, and the pauses; the jitter always draws its upper end."""
    clock = clock or FrozenClock()
    patient = with_retry(
        model, config or RetryConfig(), clock, sleep=clock.sleep, draw=lambda low, high: high
    )
    chunks = []
    try:
        async for chunk in patient.stream(prompt):
            chunks.append(chunk)
    except (ModelUnavailable, Overloaded) as failure:
        return chunks, type(failure), clock.slept
    return chunks, None, clock.slept


async def test_asks_again_until_it_answers(prompt):
    model = ScriptedModel([ModelFailed()], [ModelBroke()], ["a"])
    assert await run(model, prompt) == ([TextChunk("a")], None, [0.2, 0.4])


async def test_gives_up_after_the_last_attempt(prompt):
    model = ScriptedModel([ModelFailed()])
    assert await run(model, prompt) == ([], ModelFailed, [0.2, 0.4])
    assert len(model.prompts) == 3


async def test_never_asks_again_once_something_was_said(prompt):
    model = ScriptedModel(["a", ModelBroke()], ["b"])
    assert await run(model, prompt) == ([TextChunk("a")], ModelBroke, [])


@pytest.mark.parametrize("failure", [ModelRejected(), BreakerOpen(retry_after_s=0.1), Overloaded()])
async def test_leaves_failures_alone_that_will_not_pass(failure, prompt):
    assert await run(ScriptedModel([failure], ["a"]), prompt) == ([], type(failure), [])


async def test_honours_retry_after_up_to_the_cap(prompt):
    wait = ScriptedModel([ModelRateLimited(retry_after_s=3)], ["a"])
    assert await run(wait, prompt) == ([TextChunk("a")], None, [3.2])
    too_long = ScriptedModel([ModelRateLimited(retry_after_s=6)], ["a"])
    assert await run(too_long, prompt) == ([], ModelRateLimited, [])


async def test_never_goes_beyond_the_budget(prompt):
    model = ScriptedModel([ModelFailed()])
    config = RetryConfig(max_attempts=9, base_s=1.0, cap_s=2.0, budget_s=3.5)
    assert await run(model, prompt, config) == ([], ModelFailed, [1.0, 2.0])
