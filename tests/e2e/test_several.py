"""Two things in one message, through the real server."""

from __future__ import annotations

BOTH = "查一下订单 2024001, 顺便说说退货政策"


def test_two_things_are_answered_one_by_one(shop, call):
    caller = call(shop)
    body = caller.ask(BOTH)
    data, done = body["data"], caller.frames(BOTH)[-1].data
    assert [(task["agent_name"], task["input"]) for task in data["sub_tasks"]] == [
        ("business", "查一下订单 2024001"),
        ("documents", "说说退货政策"),
    ]
    assert "\n\n".join(task["result"] for task in data["sub_tasks"]) == body["reply"]
    assert (data["intent"], done["intent"]) == ("business_query", "business_query")
    assert (done["sub_tasks"], done["answer"]) == (data["sub_tasks"], body["reply"])


def test_a_wish_for_a_human_is_heard_among_other_things(shop, call):
    data = call(shop).ask("我要投诉快递员，另外转人工")["data"]
    assert (data["intent"], data["escalate_to_human"], data["sub_tasks"]) == ("transfer_to_human", True, [])
