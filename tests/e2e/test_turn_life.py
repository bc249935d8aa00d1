"""A turn belongs to the server, not to a socket: resume, repeat, stop, hang up, wait in line."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.played_model import PlayedModel
from tests.e2e.wire import answer_of, raw_of

from yingda.testing.model_server import Hang, Scripted, delta, said

QUESTION = "几天内可以退货"
WORDS = ("签收后", " 7 天内", "可以", "退货", " [1]。")
STEADY = said(*WORDS, interval_s=0.05)
UNENDING = Scripted(steps=(delta(content="签收后"), Hang()))


@pytest.fixture(scope="module")
def patient_model():
    with PlayedModel() as model:
        yield model


@pytest.fixture(scope="module")
def server(start_server, patient_model):
    """Caches nothing, so that every question is asked."""
    server = start_server(**patient_model.settings, HOT_CACHE_ENABLED="false")
    server.ingest("return_policy.md", "# 退货政策\n\n签收后 7 天内可以退货。\n")
    return server


@pytest.fixture
def model(patient_model):
    patient_model.always(STEADY)
    return patient_model


@pytest.fixture
def caller(server, model, call):
    return call(server)


def test_a_finished_turn_resumes_behind_every_frame_byte_for_byte(caller):
    frames = caller.frames(QUESTION)
    turn_id = frames[0].data["turn_id"]
    assert [frame.id for frame in frames] == [f"{turn_id}-{n}" for n in range(1, len(frames) + 1)]
    for seen in range(len(frames) + 1):
        rest = raw_of(frames[seen:])
        assert raw_of(caller.replay(turn_id, after=seen)) == rest
        by_query = caller.http.get(f"/api/v1/chat/turns/{turn_id}/stream", params={"after": seen})
        assert by_query.content == rest
        headers = {"Last-Event-ID": f"{turn_id}-{seen}"}
        with caller.stream(QUESTION, headers=headers) as by_post:
            assert raw_of(list(by_post)) == rest


def test_a_running_turn_cut_after_every_frame_is_the_same_turn(caller):
    whole = len(caller.frames(QUESTION))
    for cut in range(1, whole):
        with caller.stream(QUESTION) as stream:
            before = [stream.next() for _ in range(cut)]
        turn_id = before[0].data["turn_id"]
        after = caller.replay(turn_id, after=cut)
        assert answer_of([*before, *after]) == "签收后 7 天内可以退货。"
        assert raw_of([*before, *after]) == raw_of(caller.replay(turn_id))


def test_two_readers_of_one_turn_read_the_same(server, caller, call):
    with caller.stream(QUESTION) as stream:
        first = stream.next()
        with call(server).resume(first.data["turn_id"]) as other:
            assert raw_of([first, *stream]) == raw_of(list(other))


def test_a_repeat_with_the_same_key_is_the_same_turn(server, caller, call, model):
    asked = len(model.requests)
    keyed = {"Idempotency-Key": "k-1"}
    with (
        caller.stream(QUESTION, headers=keyed) as stream,
        call(server).stream(QUESTION, headers=keyed) as again,
    ):
        assert raw_of(list(stream)) == raw_of(list(again))  # attached while it ran
    late = caller.post(QUESTION, headers=keyed).json()
    later = caller.post(QUESTION, headers=keyed).json()
    with caller.stream(QUESTION, headers=keyed) as replayed:
        assert late["data"]["turn_id"] == replayed.next().data["turn_id"]
    assert (late, late["reply"]) == (later, "签收后 7 天内可以退货。")
    assert len(model.requests) == asked + 1


def test_a_key_used_for_another_question_is_422(caller):
    caller.post(QUESTION, headers={"Idempotency-Key": "k-2"})
    refused = caller.post("退货要运费吗", headers={"Idempotency-Key": "k-2"})
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["header", "Idempotency-Key"])


def test_the_same_body_while_the_first_runs_attaches(server, caller, call):
    session_id = caller.ask("你好")["session_id"]
    with caller.stream(QUESTION, session_id=session_id) as stream:
        first = stream.next()
        again = call(server).ask(QUESTION, session_id=session_id)
        *_, done = stream
    assert again["data"]["turn_id"] == first.data["turn_id"]
    assert (again["reply"], again["data"]["citations"]) == (done.data["answer"], done.data["citations"])


def test_a_stopped_turn_keeps_what_was_said_and_lets_the_next_one_in(caller, model):
    model.always(UNENDING)
    with caller.stream(QUESTION) as stream:
        meta = stream.next().data
        turn_id, session_id = meta["turn_id"], meta["session_id"]
        stream.until("token")
        stopped = caller.stop(turn_id)
        done = stream.until("done")
    assert stopped == {"turn_id": turn_id, "stopped": True, "answer": "签收后"}
    assert (done.data["stopped_by"], done.data["answer"]) == ("user", "签收后")
    assert caller.replay(turn_id)[-1].raw == done.raw
    model.always(STEADY)
    assert caller.ask(QUESTION, session_id=session_id)["data"]["turn_count"] == 2
    assert caller.stop(turn_id) == stopped


def test_a_client_that_hangs_up_finds_its_answer_later(caller, model):
    with caller.stream(QUESTION) as stream:
        turn_id = stream.next().data["turn_id"]
    assert answer_of(caller.replay(turn_id)) == "签收后 7 天内可以退货。"
    assert not model.requests[-1].client_gone.is_set()


@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/chat/stream"])
def test_a_client_gone_before_the_first_byte_has_still_asked(server, caller, path):
    session_id = caller.ask("你好")["session_id"]
    body = json.dumps({"message": QUESTION, "session_id": session_id}).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    # The turn goes on without a reader; the next one waits until it has ended.
    turns = [caller.ask("谢谢", session_id=session_id)["data"]["turn_count"] for _ in range(2)]
    assert turns in ([3, 4], [2, 4])
    assert '"level":"error"' not in server.stderr


def test_the_second_of_two_turns_waits_for_the_first(server, caller, call, model):
    session_id = caller.ask("你好")["session_id"]
    model.always(UNENDING)
    with caller.stream(QUESTION, session_id=session_id) as stream, ThreadPoolExecutor() as pool:
        turn_id = stream.next().data["turn_id"]
        stream.until("token")
        second = pool.submit(call(server).ask, "谢谢", session_id=session_id)
        caller.stop(turn_id)
        assert second.result()["data"]["turn_count"] == 3


def test_the_second_of_two_turns_is_told_that_the_first_takes_too_long(server, caller, call, model):
    session_id = caller.ask("你好")["session_id"]
    model.always(UNENDING)
    with caller.stream(QUESTION, session_id=session_id) as stream:
        turn_id = stream.next().data["turn_id"]
        refused = call(server).post("谢谢", session_id=session_id)
        caller.stop(turn_id)
    assert (refused.status_code, refused.json()) == (
        409,
        {"detail": "该会话的上一条消息仍在处理中，请稍后重试"},
    )
    assert refused.headers["Retry-After"] == "1"


def test_many_at_once_in_one_conversation_are_numbered_without_gaps(server, call):
    first = call(server).ask("你好")["session_id"]
    callers = [call(server) for _ in range(8)]

    def ask(numbered) -> int:
        number, caller = numbered
        return caller.ask(f"谢谢{'！' * number}", session_id=first)["data"]["turn_count"]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, enumerate(callers))) == list(range(2, 10))
