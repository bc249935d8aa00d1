"""Which repeats still mean the earlier answer."""

from __future__ import annotations

from yingda.dialects.docqa.delivery import Deliveries, DeliveryConfig
from yingda.testing.clock import FrozenClock
from yingda.turns.types import TurnId

ASKED = ("default", "s-1", "", "stream", "f1")
OTHER = ("default", "s-1", "", "stream", "f2")
FIRST, SECOND = TurnId("t1"), TurnId("t2")


def deliveries(**config: float) -> tuple[FrozenClock, Deliveries]:
    clock = FrozenClock()
    return clock, Deliveries(clock, DeliveryConfig(**config))  # type: ignore[arg-type]


def test_an_answer_is_owed_until_its_stop_was_sent():
    _, owed = deliveries()
    owed.begun(ASKED, FIRST)
    assert (owed.of(ASKED), owed.of(OTHER)) == (FIRST, None)
    owed.delivered(FIRST)
    owed.broken(FIRST)
    assert owed.of(ASKED) is None


def test_a_broken_answer_is_owed_for_a_minute():
    clock, owed = deliveries()
    owed.begun(ASKED, FIRST)
    clock.advance(300)
    owed.broken(FIRST)
    clock.advance(60)
    assert owed.of(ASKED) == FIRST
    clock.advance(0.1)
    assert owed.of(ASKED) is None


def test_the_same_question_anew_takes_the_place_of_the_earlier_one():
    _, owed = deliveries()
    owed.begun(ASKED, FIRST)
    owed.begun(ASKED, SECOND)
    owed.delivered(FIRST)
    assert owed.of(ASKED) == SECOND


def test_an_answer_that_two_forms_share_is_owed_to_the_latter():
    _, owed = deliveries()
    owed.begun(ASKED, FIRST)
    owed.begun(OTHER, FIRST)
    assert (owed.of(ASKED), owed.of(OTHER)) == (None, FIRST)
    owed.delivered(FIRST)
    assert (owed.of(ASKED), owed.of(OTHER)) == (None, None)


def test_the_newest_of_a_session_is_known():
    _, owed = deliveries()
    owed.begun(ASKED, FIRST)
    owed.begun(OTHER, SECOND)
    assert (owed.newest("default", "s-1"), owed.newest("other", "s-1")) == (SECOND, None)


def test_only_so_many_are_remembered():
    _, owed = deliveries(most_answers=1)
    owed.begun(ASKED, FIRST)
    owed.begun(OTHER, SECOND)
    assert (owed.of(ASKED), owed.of(OTHER)) == (None, SECOND)
