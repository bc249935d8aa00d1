"""Ids of later turns sort later, and no two are equal."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from yingda.testing.clock import START
from yingda.turns.ids import new_conversation_id, new_turn_id


def test_turn_ids_sort_by_the_second_and_are_random_in_the_rest():
    ids = [new_turn_id(START + timedelta(seconds=n)) for n in range(50)]
    assert ids == sorted(ids)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    assert len({one[8:] for one in ids}) == 50


def test_conversation_ids_sort_by_the_millisecond_and_carry_the_version_of_their_kind():
    ids = [new_conversation_id(START + timedelta(milliseconds=n)) for n in range(50)]
    assert ids == sorted(ids)
    assert {(UUID(one).version, UUID(one).variant) for one in ids} == {(7, "specified in RFC 4122")}


def test_ids_of_one_moment_differ():
    assert len({new_conversation_id(START) for _ in range(1000)}) == 1000
    assert len({new_turn_id(START) for _ in range(1000)}) == 1000
