"""The process may be told to end, or die, in the middle of an answer; nothing said is lost."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing

import pytest
from tests.e2e.played_model import PlayedModel, eventually, quote
from tests.e2e.wire import Caller, answer_of, raw_of

from yingda.testing.model_server import Hang, Scripted, delta

QUESTION = "几天内可以退货"
HALF = "签收后七天内"
UNENDING = Scripted(steps=(delta(content=HALF), Hang()))


@pytest.fixture
def model():
    with PlayedModel() as model:
        model.always(UNENDING)
        yield model


@pytest.fixture
def start(start_server, model):
    """A server of the test's own."""

    def start(**settings):
        server = start_server(**model.settings, HOT_CACHE_ENABLED="false", **settings)
        server.ingest("return_policy.md", "# 退货政策\n\n签收后 7 天内可以退货。\n")
        return server

    return start


def test_told_to_end_it_refuses_new_turns_and_ends_the_open_one_properly(start, call):
    server = start(DRAIN_S="4")
    caller, other = call(server), call(server)
    with caller.stream(QUESTION) as stream:
        before = [stream.next(), stream.until("token")]
        server.signal(signal.SIGTERM)
        assert eventually(lambda: not server.is_healthy())
        assert other.http.get("/api/v1/health").json()["status"] == "draining"
        refused = other.post("你好")
        refused_stream = other.http.post("/api/v1/chat/stream", json={"message": "你好"})
        last = list(stream)[-1]
    assert (refused.status_code, refused_stream.status_code) == (503, 503)
    assert refused.json() == {"detail": "服务正在停止，请稍后重试"}
    assert int(refused.headers["Retry-After"]) >= 1
    assert (last.event, last.data["code"], last.data["message"]) == (
        "error",
        "shutting_down",
        "服务正在停止，请稍后重试",
    )
    assert server.wait() == 0
    server.start()
    turn_id = before[0].data["turn_id"]
    assert raw_of([*before, last]) == raw_of(call(server).replay(turn_id))
    server.stop()


def test_an_answer_that_ends_while_draining_ends_well(start, call, model):
    server = start(DRAIN_S="20")
    with call(server).stream(QUESTION) as stream:
        stream.until("token")
        server.signal(signal.SIGTERM)
        assert eventually(lambda: not server.is_healthy())
        model.refuse()  # the model goes: the rest comes from the documents
        assert "7 天" in stream.until("done").data["answer"]
    assert server.wait() == 0


def test_a_second_signal_ends_it_at_once(start, call):
    server = start(DRAIN_S="60")
    with call(server).stream(QUESTION) as stream:
        stream.until("token")
        server.signal(signal.SIGTERM)
        assert eventually(lambda: not server.is_healthy())
        server.signal(signal.SIGTERM)
        assert server.wait() == 128 + signal.SIGTERM


def test_killed_in_mid_answer_it_keeps_one_interrupted_turn_and_goes_on(start, call, model):
    server = start()
    with call(server).stream(QUESTION) as stream:
        meta = stream.next()
        before = [meta, stream.until("token")]
        turn_id, session_id = meta.data["turn_id"], meta.data["session_id"]
        assert eventually(lambda: HALF.encode() in journal_of(server, turn_id))
        server.kill()
    let_the_lease_run_out(server)
    model.answer = quote
    server.start()
    caller = call(server)
    assert eventually(lambda: has_ended(caller, turn_id))
    frames = caller.replay(turn_id)
    assert raw_of(frames[:2]) == raw_of(before)
    assert [frame.event for frame in frames] == ["meta", "token", "error"]
    assert (frames[1].data["content"], frames[2].data["code"]) == (HALF, "interrupted")
    assert endings_of(server, session_id) == ["TurnFailed"]
    again = caller.ask(QUESTION, session_id=session_id)
    assert (again["session_id"], again["data"]["turn_count"]) == (session_id, 2)
    server.stop()


def test_killed_it_still_knows_what_it_was_taught_and_asked(start, call, model):
    server = start()
    model.answer = quote
    answer = call(server).ask(QUESTION)
    frames = call(server).replay(answer["data"]["turn_id"])
    server.kill()
    server.start()
    assert raw_of(call(server).replay(answer["data"]["turn_id"])) == raw_of(frames)
    again = call(server).ask(QUESTION, session_id=answer["session_id"])
    assert (again["reply"], again["data"]["turn_count"]) == (answer_of(frames), 2)
    server.stop()


def has_ended(caller: Caller, turn_id: str) -> bool:
    return caller.http.get(f"/api/v1/chat/turns/{turn_id}/stream").status_code == 200


def journal_of(server, turn_id: str) -> bytes:
    rows = read(server, "SELECT lines FROM journal WHERE turn_id = ? ORDER BY first", turn_id)
    return b"".join(lines for (lines,) in rows)


def endings_of(server, session_id: str) -> list[str]:
    return [
        ending for (ending,) in read(server, "SELECT ending FROM turns WHERE conversation_id = ?", session_id)
    ]


def read(server, statement: str, *values: str) -> list[tuple]:
    with closing(sqlite3.connect(server.home / "yingda.db")) as connection:
        return connection.execute(statement, values).fetchall()


def let_the_lease_run_out(server) -> None:
    """As if the machine had been down for longer than a dead owner's turns are left alone."""
    with closing(sqlite3.connect(server.home / "yingda.db")) as connection, connection:
        connection.execute("UPDATE turns SET lease_until = 0 WHERE ending IS NULL")
