"""What a conversation remembers, and when it goes to a human."""

from __future__ import annotations

import time

import pytest

TRANSFERRED = "已为您转接人工客服，请稍候。"
UNKNOWN = ("火星基地的食堂几点开门", "鲸鱼一天睡几个小时", "量子引力的方程是什么")


@pytest.fixture(scope="module", params=["shop", "shop_with_model"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def caller(server, call):
    return call(server)


def test_two_misses_in_a_row_call_a_human_with_a_card(caller):
    first = caller.ask(UNKNOWN[0], channel="web", user_id="u-1")
    assert (first["data"]["failed_attempts"], first["data"]["escalate_to_human"]) == (1, False)
    *_, done = caller.frames(UNKNOWN[1], session_id=first["session_id"], user_id="u-1")
    card = done.data["escalation_card"]
    assert done.data["escalate"] is True
    assert done.data["answer"].endswith(TRANSFERRED)
    assert (card["session_id"], card["user_id"], card["turn_count"]) == (first["session_id"], "u-1", 2)
    assert (card["priority"], card["rule_matched"]) == ("medium", "consecutive_failures")
    assert card["escalate_reason"] == "连续 2 轮未解决"
    assert UNKNOWN[0] in card["conversation_summary"]
    third = caller.ask(UNKNOWN[2], session_id=first["session_id"], user_id="u-1")
    assert (third["data"]["failed_attempts"], third["data"]["escalate_to_human"]) == (1, False)


def test_a_resolved_turn_starts_the_count_anew(caller):
    session_id = caller.ask(UNKNOWN[0])["session_id"]
    assert caller.ask("退换货政策是什么", session_id=session_id)["data"]["failed_attempts"] == 0
    assert caller.ask(UNKNOWN[1], session_id=session_id)["data"]["failed_attempts"] == 1


def test_who_asks_for_a_human_gets_one_by_stream_too(caller):
    meta, *tokens, done = caller.frames("我要转人工")
    assert (meta.data["intent"], meta.data["escalate"]) == ("transfer_to_human", True)
    assert "".join(token.data["content"] for token in tokens) == done.data["answer"] == TRANSFERRED
    assert done.data["escalation_card"]["rule_matched"] == "user_request"


@pytest.mark.parametrize(
    ("message", "intent", "escalates"),
    [
        ("你好,我的订单在哪", "business_query", False),
        ("你好", "chitchat", False),
        ("不用转人工", "chitchat", False),
        ("怎么操作滚筒洗衣机", "knowledge_qa", False),
        ("联系人工", "transfer_to_human", True),
        ("你们这群骗子，气死我了，滚", "emotion_sensitive", True),
        ("我要投诉", "ticket", False),
        ("介绍一下退换货政策", "knowledge_qa", False),
    ],
)
def test_intents_as_a_person_means_them(caller, message, intent, escalates):
    data = caller.ask(message)["data"]
    assert (data["intent"], data["escalate_to_human"]) == (intent, escalates)


def test_a_number_survives_three_turns(caller):
    session_id, turns = None, []
    for message in ("我想查询订单状态", "订单号是 ORD-2024-001", "那它的物流到哪了?"):
        turns.append(caller.ask(message, session_id=session_id, trace=True))
        session_id = turns[-1]["session_id"]
    assert len({turn["session_id"] for turn in turns}) == 1
    assert [turn["data"]["turn_count"] for turn in turns] == [1, 2, 3]
    assert "ORD-2024-001" in turns[2]["data"]["trace"][0]["note"]
    assert "ORD-2024-001" in turns[2]["reply"]


def test_a_follow_up_is_searched_with_its_topic(server, caller):
    server.ingest("云杉.md", "# 云杉净水器\n\n云杉净水器保修三年。云杉净水器的滤芯每 187 天更换一次。\n")
    session_id = caller.ask("云杉净水器保修多久")["session_id"]
    answer = caller.ask("那它的滤芯多久更换一次", session_id=session_id)
    assert ("187" in answer["reply"], answer["data"]["sources"]) == (True, ["云杉.md"])


def test_json_and_stream_say_the_same(caller):
    body = caller.ask("超过十五天的质量问题怎么办")["data"]
    done = caller.frames("超过十五天的质量问题怎么办？")[-1].data
    same = (
        "intent",
        "sources",
        "citations",
        "failed_attempts",
        "emotion_score",
        "degraded",
        "escalation_card",
    )
    assert {name: body[name] for name in same} == {name: done[name] for name in same}


def test_an_unknown_session_is_restarted_and_says_so(caller):
    answer = caller.ask("你好", session_id="sess-of-somebody-else")
    assert (answer["session_id"] != "sess-of-somebody-else", answer["data"]["session_restarted"]) == (
        True,
        True,
    )


def test_an_expired_session_is_restarted_and_says_so(start_server, call):
    caller = call(start_server(SESSION_TTL="0.3"))
    first = caller.ask("你好")["session_id"]
    time.sleep(0.4)  # idleness is what is asked for
    meta, *_, done = caller.frames("你好", session_id=first)
    assert meta.data["session_id"] == done.data["session_id"] != first
    assert (meta.data["session_restarted"], done.data["turn_count"]) == (True, 1)
