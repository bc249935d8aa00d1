"""The rules as a table: which one matches, how urgent it is, and what happens out of hours (A13)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yingda.handoff.policy import Facts, HandoffPolicy, escalation_for

CALM = Facts(intent="knowledge_qa", failed_attempts=0)


@pytest.mark.parametrize(
    ("facts", "rule", "priority"),
    [
        (CALM, None, None),
        (replace(CALM, intent="transfer_to_human"), "user_request", "highest"),
        (replace(CALM, intent="emotion_sensitive", failed_attempts=5), "emotion_anger", "high"),
        (replace(CALM, failed_attempts=2), "consecutive_failures", "medium"),
        (replace(CALM, failed_attempts=1, turn_number=2), None, None),
        (replace(CALM, failed_attempts=1, turn_number=3), "unresolved_turns", "medium"),
        (replace(CALM, matter_count=3, intent="business_query"), "complex_problem", "medium"),
        (replace(CALM, matter_count=3), None, None),
        (replace(CALM, member_level="钻石会员"), None, None),
        (replace(CALM, member_level="钻石会员", failed_attempts=1), "vip_user", "low"),
        (replace(CALM, member_level="普通", failed_attempts=1), None, None),
        (replace(CALM, intent="transfer_to_human", handoff="assigned"), None, None),
    ],
)
def test_a13_every_rule_has_its_priority(facts, rule, priority):
    due = escalation_for(HandoffPolicy(), facts)
    assert (due and due.rule, due and due.priority) == (rule, priority)


def test_a13_out_of_hours_a_ticket_is_made_but_who_asks_is_queued():
    angry = replace(CALM, intent="emotion_sensitive", is_open=False)
    due = escalation_for(HandoffPolicy(), angry)
    assert (due.rule, due.priority, due.way) == ("off_hours", "info", "ticket")
    assert due.reason == "非工作时间：用户情绪敏感，需人工安抚"
    asked = escalation_for(HandoffPolicy(), replace(angry, intent="transfer_to_human"))
    assert (asked.rule, asked.way) == ("user_request", "desk")
