"""What a message asks of the shop, read on the ground of what was open before: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from yingda.business.actions import CATALOGUE, PERIOD, Action, ActionName, Input
from yingda.business.spotting import fitting, names_another, period_in, reason_in, spot, values_in
from yingda.business.standing import Standing

_ASKS = re.compile(
    r"[?？]\s*$|[吗呢么]\s*$|怎么|多少|到哪|什么时候|^(?:how|what|when|where|why|who)\b", re.IGNORECASE
)


_BARE_SWAP = 4
"""Characters around a number that only put it in place of an earlier one (那 ORD-2024-002 呢)."""

_BARE_NUMBER = 20
"""Characters up to which a message with a number in it says little else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """An action with the values known for it; `learned` are those that this message gave.

    `is_guess`: the message says more than its number, and nothing that the rules have a cue for.
    """

    action: Action
    known: Mapping[str, str]
    learned: Mapping[str, str] = field(default_factory=dict)
    is_guess: bool = False

    @property
    def missing(self) -> Input | None:
        """What is to be asked for next."""
        return next((each for each in self.action.inputs if each.name not in self.known), None)


def errand_of(said: str, question: str, standing: Standing, now: datetime) -> Errand | None:
    """The errand begun or continued; `question` is the message as a follow-up was resolved.

    `now` is the shop's local time.
    """
    values = values_in(said) or values_in(question)
    name = _action(said, question, standing)
    if name is None:
        return None
    action = CATALOGUE[name]
    is_continued = bool(standing.asked) and standing.action == name
    known = dict(standing.known) if is_continued else {}
    learned = fitting(action, values)
    if PERIOD in action.options and (period := period_in(said, now)):
        learned["period"] = period
    if reason := _reason(said, action, standing, is_continued):
        learned["reason"] = reason
    known |= learned
    for each in action.inputs:
        if each.name in standing.topic and each.name not in known and not names_another(said):
            known[each.name] = standing.topic[each.name]
    is_guess = not is_continued and not (spot(said) or spot(question)) and len(said) > _BARE_NUMBER
    return Errand(action=action, known=known, learned=learned, is_guess=is_guess)


def answers(said: str, standing: Standing) -> bool:
    """Whether the message gives the value that was asked for."""
    return standing.asked in values_in(said) or (standing.asked == "reason" and not _ASKS.search(said))


def _action(said: str, question: str, standing: Standing) -> ActionName | None:
    spotted = spot(said)
    if standing.asked and standing.action and answers(said, standing):
        # A number comes with its noun ("订单号是 ..."), which is no new request.
        is_other = spotted is not None and spotted.action not in (standing.action, "query_order")
        if not is_other or standing.asked == "reason":
            return standing.action
    values = values_in(said)
    says_more = len(said) - sum(map(len, values.values())) > _BARE_SWAP
    if spotted := spotted or (None if values and says_more else spot(question)):
        return spotted.action
    if "return_id" in values:
        return "query_return"
    if "order_id" in values:
        return "query_order"
    return standing.action if standing.asked else None


def _reason(said: str, action: Action, standing: Standing, is_continued: bool) -> str | None:
    if action.name != "create_return" or (is_continued and "reason" in standing.known):
        return None
    if is_continued and standing.asked == "reason":
        return " ".join(said.split())[:200]
    return reason_in(said)
