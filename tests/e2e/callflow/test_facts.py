"""What others know of a call: before, while and after it is asked for; and what goes with it to the desk."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from tests.e2e.callflow.phone import Phone
from tests.server_process import ServerProcess, StartServer

PLATE_ASKED = "车牌号"
TO_THE_PLATE = ("方便", "没有人受伤", "一辆")


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> ServerProcess:
    """The sample flow, without a model."""
    return start_server()


def test_a_plate_told_before_the_call_is_not_asked_for(server):
    phone = Phone(server, "before")
    assert phone.tell("hphm1", "沪A89395")["code"] == "200"
    said = [phone.say(text)[1] for text in TO_THE_PLATE]
    assert [PLATE_ASKED in one for one in said] == [False] * 3
    assert phone.known() == {"hphm1": "沪A89395", "ready": True, "injured": False, "vehicles": 1}


def test_a_plate_told_while_it_is_asked_for_answers_the_question(server):
    phone = Phone(server, "during")
    said = [phone.say(text)[1] for text in TO_THE_PLATE]
    assert PLATE_ASKED in said[-1]
    phone.tell("hphm1", "沪A89395")
    assert PLATE_ASKED not in phone.say("嗯")[1]
    assert phone.known()["hphm1"] == "沪A89395"


def test_a_plate_told_afterwards_replaces_what_was_said_until_the_caller_corrects_it(server):
    phone = Phone(server, "after")
    for text in (*TO_THE_PLATE, "沪A89395", "对的"):
        phone.say(text)
    phone.tell("hphm1", "沪B12345")
    assert phone.known()["hphm1"] == "沪B12345"
    phone.say("请稍等")
    phone.say("不对，车牌是沪C54321")
    phone.say("对")
    assert phone.known()["hphm1"] == "沪C54321"


def test_an_invalid_plate_is_refused_and_asked_for(server):
    phone = Phone(server, "invalid")
    told = phone.tell("hphm1", "香蕉")
    assert (told["code"], told["error"]) == ("422", "fact_refused")
    assert PLATE_ASKED in [phone.say(text) for text in TO_THE_PLATE][-1][1]
    assert "hphm1" not in phone.known()


def test_an_unknown_key_has_no_value(server):
    phone = Phone(server, "unknown")
    told = phone.send("POST", "/get_info", phone.body(key="hphm9")).json()
    assert (told["key"], told["value"], told["code"]) == ("hphm9", None, "200")
    assert phone.known() == {}


def test_a_call_goes_to_the_desk_with_all_that_is_known(server):
    phone = Phone(server, "injured")
    phone.tell("hphm1", "沪A89395")
    phone.say("方便")
    assert phone.say("有人流血了")[0] == "0003"
    assert phone.say("快一点")[0] == "0003"
    with closing(sqlite3.connect(server.home / "yingda.db")) as connection:
        waiting = connection.execute("SELECT dialect, status, rank, card FROM handoffs").fetchall()
    (dialect, status, rank, card) = waiting[0]
    assert (len(waiting), dialect, status, rank) == (1, "callflow", "pending", 3)
    card = json.loads(card)
    details = card["details"]
    assert (card["escalate_reason"], card["rule_matched"]) == ("有人伤转接人工", "call_stage")
    assert (details["call"], details["queue"], details["code"]) == ("injured", "injury", "0003")
    plate = next(slot for slot in details["slots"] if slot["slot"] == "hphm1")
    assert (plate["value"], plate["source"], plate["is_confirmed"]) == ("沪A89395", "fact", True)
    assert [message["text"] for message in details["transcript"] if message["role"] == "user"] == [
        "方便",
        "有人流血了",
    ]
    assert details["counters"]["turns"] == 2
