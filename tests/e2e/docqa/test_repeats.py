"""A connection that breaks before the client has anything to resume from: the repeat is the same answer."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.docqa.wire import Answer, Asker
from tests.e2e.played_model import PlayedModel, eventually
from tests.server_process import ServerProcess

from yingda.testing.model_server import DONE, Pause, Scripted, delta, finish

QUESTION = "签收后几天内可以退货？"
LATE = Scripted(before=(Pause(1.0),), steps=(delta(content="签收后 37 天内可以退货 [1]。"), finish(), DONE))


def test_a_repeat_after_a_break_costs_no_second_answer_and_one_after_the_end_does(
    writing: ServerProcess, model: PlayedModel, asker: Callable[..., Asker]
) -> None:
    model.always(LATE)
    caller = asker(writing)
    asked = len(model.requests)
    with caller.reading(QUESTION, "repeat", enable_followup="0") as pieces:
        first = next(pieces)
        assert eventually(lambda: len(model.requests) > asked)
    again = caller.stream(QUESTION, "repeat", enable_followup="0")
    assert again.raw.startswith(first)
    assert (again.is_whole, len(model.requests)) == (True, asked + 1)
    assert [turn["msg_id"] for turn in caller.turns("repeat")] == [again.packets[0].id]
    anew = caller.stream(QUESTION, "repeat", enable_followup="0")
    assert turn_of(anew) != turn_of(again)
    assert (anew.text, len(model.requests)) == (again.text, asked + 2)


def turn_of(answer: Answer) -> str:
    return answer.stop.id.rpartition("-")[0]
