"""A server that makes one model call at a time, and somebody who has the only slot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.e2e.played_model import PlayedModel, quote
from tests.e2e.wire import Caller

from yingda.testing.model_server import Hang, Scripted, delta

SETTINGS = {"MAX_CONCURRENT_LLM_CALLS": "1", "LLM_WAIT_S": "0.1"}
RETURNS = "# 退换货政策\n\n签收后 7 天内可以退货。\n"


@contextmanager
def held(caller: Caller, model: PlayedModel) -> Iterator[Callable[[], object]]:
    """While somebody has the model's only slot; yields what gives it back."""
    model.always(Scripted(steps=(delta(content="请稍等"), Hang())))
    with caller.stream("签收后几天内可以退货") as stream:
        turn_id = stream.next().data["turn_id"]
        stream.until("token")
        model.answer = quote
        yield lambda: caller.stop(turn_id)
        caller.stop(turn_id)


def rejected(caller: Caller) -> int:
    """How many model calls found no slot since the start."""
    figures = caller.http.get("/api/v1/performance/metrics").json()["metrics"]
    count: int = figures["concurrency"]["rejected_llm"]
    return count
