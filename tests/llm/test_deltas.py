"""Payloads become chunks, joined by kind; what is no completion is a failure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.llm.deltas import Reply
from yingda.llm.failures import ModelBroke, ModelFailed, ModelGarbled, ModelRateLimited
from yingda.llm.sse import SseParser
from yingda.llm.types import ReasoningChunk, TextChunk
from yingda.testing.model_server import DONE, delta, finish, usage
from yingda.turns.types import Usage


def payloads(*events):
    return [event[6:-2] if event.startswith(b"data: ") else event for event in events]


def test_joins_neighbours_of_one_kind():
    reply = Reply("main", "m1")
    chunks = reply.take(
        payloads(
            delta(role="assistant", content=""),
            delta(reasoning_content="h"),
            delta(reasoning="m"),
            delta(content="a"),
            delta(content="b"),
            finish(),
            usage(3, 2),
            b"[DONE]",
            delta(content="late"),
        )
    )
    assert chunks == [ReasoningChunk("hm"), TextChunk("ab")]
    assert (reply.is_finished, reply.is_ended, reply.failure) == (True, True, None)
    assert reply.usage == Usage(model="m1", prompt_tokens=3, completion_tokens=2)


@pytest.mark.parametrize(
    ("payload", "failure"),
    [
        (b"not json", ModelGarbled),
        (b"[1]", ModelGarbled),
        (b'{"choices": {"0": 1}}', ModelGarbled),
        (b'{"choices": [{"delta": {"content": 7}}]}', ModelGarbled),
        (b'{"choices": [], "x": NaN}', ModelGarbled),
        (b'{"error": "boom"}', ModelFailed),
        (b'{"error": {"code": 429}}', ModelRateLimited),
    ],
)
def test_keeps_what_came_before_a_failure(payload, failure):
    reply = Reply("main", "m1")
    assert reply.take([*payloads(delta(content="a")), payload]) == [TextChunk("a")]
    assert type(reply.failure) is failure


def test_passes_over_counts_that_are_not_there():
    reply = Reply("main", "m1")
    reply.take([b'{"usage": {"prompt_tokens": 5, "completion_tokens": null}}'])
    assert (reply.usage, reply.failure) == (None, None)


def test_mends_half_a_surrogate_pair():
    reply = Reply("main", "m1")
    assert reply.take([rb'{"choices": [{"delta": {"content": "a\ud83d"}}]}']) == [TextChunk("a\ufffd")]


@pytest.mark.parametrize(
    ("events", "failure"), [([finish()], type(None)), ([delta(content="a")], ModelBroke)]
)
def test_an_end_without_a_finish_reason_is_a_break(events, failure):
    reply = Reply("main", "m1")
    reply.take(payloads(*events))
    reply.cut()
    assert type(reply.failure) is failure


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5), min_size=1, max_size=8), st.data()
)
def test_text_survives_any_cut(tokens, data):
    body = b"".join((*(delta(content=token) for token in tokens), finish(), DONE))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    reply, parser = Reply("main", "m1"), SseParser()
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    chunks = [chunk for piece in pieces for chunk in reply.take(parser.feed(piece))]
    assert "".join(chunk.text for chunk in chunks) == "".join(tokens)
