"""A token opens its own answer for ten minutes and says nothing by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from yingda.dialects.docqa.note import Note
from yingda.dialects.docqa.stream_token import LIFE_S, StreamToken, stream_token_from, token_of
from yingda.testing.clock import START
from yingda.turns.events import TurnStarted
from yingda.turns.types import ConversationId, TurnId

NOTE = Note(key_id="k1", user_id="u1", token_tenant="shop")
STARTED = TurnStarted(
    turn_id=TurnId("t1"), conversation_id=ConversationId("c1"), number=1, at=START, wire=NOTE.dump()
)


def stream_token() -> StreamToken:
    found = stream_token_from(token_of(STARTED) or "")
    assert found is not None
    return found


def test_it_opens_its_turn_for_its_holder():
    assert stream_token().opens(STARTED, START + timedelta(seconds=LIFE_S))
    holder = stream_token().holder
    assert (holder.tenant, holder.key_id, holder.user_id, holder.roles) == ("shop", "k1", "u1", {"chat"})


@pytest.mark.parametrize(
    "other",
    [
        replace(STARTED, turn_id=TurnId("t2")),
        replace(STARTED, conversation_id=ConversationId("c2")),
        replace(STARTED, wire=replace(NOTE, key_id="k2").dump()),
        replace(STARTED, wire=replace(NOTE, token_tenant=None).dump()),
        replace(STARTED, wire=""),
    ],
)
def test_it_opens_no_other_turn(other: TurnStarted):
    assert not stream_token().opens(other, START)


def test_it_ends():
    assert not stream_token().opens(STARTED, START + timedelta(seconds=LIFE_S + 1))


def test_a_forged_signature_opens_nothing():
    for forged in ("", "0" * 64, "签名"):
        assert not replace(stream_token(), signature=forged).opens(STARTED, START)


def test_it_needs_no_quoting_in_a_url():
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token_of(STARTED) or "")


@pytest.mark.parametrize(
    "token", ["", ".", "x.y", "W10=.a", "WzEsMiwzXQ==.a", "\u4e00.a", "MQ.a", "W1tb" * 400 + ".a"]
)
def test_what_is_no_token_claims_nothing(token: str):
    assert stream_token_from(token) is None
