"""A call survives doubled, parallel and dropped sentences, and a crash between two of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.callflow.phone import Phone, cut
from tests.e2e.played_model import PlayedModel, eventually
from tests.server_process import ServerProcess, StartServer

from yingda.testing.model_server import Hang, Scripted

SENTENCES = ("方便", "没有人受伤", "两辆", "我的是沪A89395", "对的")
COMPLETED = "TurnCompleted"


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> ServerProcess:
    """The sample flow, without a model."""
    return start_server()


def test_two_sentences_at_once_are_two_turns_one_after_the_other(server):
    phone, other = Phone(server, "parallel"), Phone(server, "in turn")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(phone.say, ["方便", "没有人受伤"]))
    assert [ending for _, ending in phone.endings()] == [COMPLETED, COMPLETED]
    in_order = {text: other.say(text) for text, _ in phone.endings()}
    assert answers == [in_order["方便"], in_order["没有人受伤"]]
    assert phone.known() == other.known()


def test_a_sentence_that_comes_twice_is_one_turn(server):
    phone = Phone(server, "twice")
    body = phone.body(text="方便")
    with ThreadPoolExecutor(4) as pool:
        streamed = list(pool.map(lambda _: phone.send("POST", "/chat?stream=true", body).content, range(4)))
    whole = phone.send("POST", "/chat", body).json()
    assert len(set(streamed)) == 1
    assert b"event: done" in streamed[0]
    assert whole["nextStageCode"] == "1002"
    assert phone.endings() == [("方便", COMPLETED)]


def test_the_last_turn_taken_back_never_was(server):
    phone, other = Phone(server, "taken back"), Phone(server, "never was")
    for said in SENTENCES[:3]:
        phone.say(said)
        other.say(said)
    before = phone.known()
    phone.say("沪B12345")
    assert phone.known() != before
    assert phone.send("POST", "/delete_last_turn", phone.body()).json()["deleted"] is True
    assert phone.known() == before
    assert [phone.say(said) for said in SENTENCES[3:]] == [other.say(said) for said in SENTENCES[3:]]


def test_a_crash_between_two_sentences_loses_nothing(start_server):
    server = start_server()
    phone, calm = Phone(server, "crash"), Phone(server, "calm")
    expected = [calm.say(said) for said in SENTENCES]
    phone.tell("callerId", "13800138000")
    answers = []
    for n, said in enumerate(SENTENCES):
        answers.append(phone.say(said))
        if n % 2:
            known = phone.known()
            server.kill()
            server.start()
            assert phone.known() == known
    assert answers == expected
    assert phone.known() == {**calm.known(), "callerId": "13800138000"}
    assert phone.endings() == [(said, COMPLETED) for said in SENTENCES]
    server.stop()


def test_a_dropped_line_stops_the_turn_and_the_sentence_can_be_said_again(start_server):
    with PlayedModel() as model:
        model.always(Scripted(steps=(Hang(),)))
        server = start_server(**model.settings)
        phone = Phone(server, "dropped")
        body = phone.body(text="方便")
        line = phone.dial("/chat?stream=true", body)
        assert eventually(lambda: bool(model.requests))
        assert phone.endings() == [("方便", None)]
        cut(line)
        assert eventually(model.requests[0].client_gone.is_set)
        assert eventually(lambda: phone.endings() == [("方便", "TurnStopped")])
        assert phone.known() == {}
        model.always("[]")
        again = phone.send("POST", "/chat", body).json()
        assert (again["nextStageCode"], phone.endings()) == ("1002", [("方便", COMPLETED)])
        assert phone.known() == {"ready": True}
        server.stop()


def test_a_deleted_call_stops_at_once(start_server):
    with PlayedModel() as model:
        model.always(Scripted(steps=(Hang(),)))
        server = start_server(**model.settings)
        phone = Phone(server, "deleted")
        phone.tell("hphm1", "沪A89395")
        line = phone.dial("/chat?stream=true", phone.body(text="方便"))
        assert eventually(lambda: bool(model.requests))
        assert phone.send("DELETE", "/delete_session", phone.body()).json()["code"] == "200"
        assert eventually(model.requests[0].client_gone.is_set)
        told = line.recv(65536)
        line.close()
        assert b"event: error\ndata: {" in told
        assert b'"code": "500", "error": "stopped"' in told
        assert (phone.endings(), phone.known()) == ([], {})
        server.stop()
