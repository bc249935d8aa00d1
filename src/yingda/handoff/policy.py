"""When a conversation goes to a human, how urgently and why: a pure function of facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from yingda.handoff.hours import ALWAYS, WorkingHours
from yingda.turns.types import HandoffStatus

Priority = Literal["highest", "high", "medium", "low", "info"]

RANK: dict[Priority, int] = {"highest": 4, "high": 3, "medium": 2, "low": 1, "info": 0}
"""Order of the queue, larger first (helpdesk 2.7)."""

VIP_WORDS = ("vip", "钻石", "platinum", "铂金", "diamond", "黄金", "金牌", "金卡", "gold")
"""What a member's level is called where they count as a VIP (helpdesk 2.5, rule 5), in small letters."""

OWN_AFFAIRS = frozenset({"business_query", "ticket"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffPolicy:
    """`max_failed_attempts` unresolved turns in a row are enough (helpdesk 2.5, rule 3a).

    From turn `late_turn` on one is (3b), and for a VIP at any time (5). `complex_matters` different matters
    in one message are not for software (4). Out of `hours` a ticket is made instead, with an answer promised
    within `promise_h` of the next opening; whoever asks for a human is queued at any time.
    """

    max_failed_attempts: int = 2
    late_turn: int = 3
    complex_matters: int = 3
    promise_h: float = 2.0
    hours: WorkingHours = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a turn; `failed_attempts` counts it where it is known to have failed.

    `matter_count` is how many kinds of matter the message has, `turn_number` counts from 1.
    """

    intent: str
    failed_attempts: int
    turn_number: int = 1
    matter_count: int = 0
    member_level: str = ""
    is_open: bool = True
    handoff: HandoffStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Why a human is needed, in the words of the card, how urgently, and whether now or by a ticket."""

    reason: str
    priority: Priority
    rule: str
    way: Literal["desk", "ticket"] = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    name: str
    priority: Priority
    applies: Callable[[HandoffPolicy, Facts], bool]
    reason: Callable[[Facts], str]


RULES: tuple[_Rule, ...] = (
    _Rule(
        name="user_request",
        priority="highest",
        applies=lambda policy, facts: facts.intent == "transfer_to_human",
        reason=lambda facts: "用户要求转接人工客服",
    ),
    _Rule(
        name="emotion_anger",
        priority="high",
        applies=lambda policy, facts: facts.intent == "emotion_sensitive",
        reason=lambda facts: "用户情绪敏感，需人工安抚",
    ),
    _Rule(
        name="consecutive_failures",
        priority="medium",
        applies=lambda policy, facts: facts.failed_attempts >= policy.max_failed_attempts,
        reason=lambda facts: f"连续 {facts.failed_attempts} 轮未解决",
    ),
    _Rule(
        name="unresolved_turns",
        priority="medium",
        applies=lambda policy, facts: facts.turn_number >= policy.late_turn and facts.failed_attempts > 0,
        reason=lambda facts: f"第 {facts.turn_number} 轮仍未解决",
    ),
    _Rule(
        name="complex_problem",
        priority="medium",
        applies=lambda policy, facts: (
            facts.matter_count >= policy.complex_matters and facts.intent in OWN_AFFAIRS
        ),
        reason=lambda facts: f"一次涉及 {facts.matter_count} 类问题",
    ),
    _Rule(
        name="vip_user",
        priority="low",
        applies=lambda policy, facts: is_vip(facts.member_level) and facts.failed_attempts > 0,
        reason=lambda facts: f"{facts.member_level} 会员的问题未解决",
    ),
)
"""The first that applies decides (helpdesk 2.5)."""


def escalation_for(policy: HandoffPolicy, facts: Facts) -> Escalation | None:
    """What the rules say; nothing while the conversation is in human hands already."""
    if facts.handoff in ("pending", "assigned"):
        return None
    rule = next((rule for rule in RULES if rule.applies(policy, facts)), None)
    if rule is None:
        return None
    reason = rule.reason(facts)
    if facts.is_open or rule.name == "user_request":
        return Escalation(reason=reason, priority=rule.priority, rule=rule.name)
    return Escalation(reason=f"非工作时间：{reason}", priority="info", rule="off_hours", way="ticket")


def is_vip(member_level: str) -> bool:
    """By the name of the level."""
    return any(word in member_level.lower() for word in VIP_WORDS)
