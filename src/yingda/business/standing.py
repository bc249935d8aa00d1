"""How far a customer's errand has come, as it goes from one turn to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from yingda.business.actions import CATALOGUE, Action, ActionName

FLOW = "business"
"""The name that the standing is written down under."""

_KEPT_TOPICS = ("order_id", "return_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A change that was described to the customer; only this token makes it, and only until it expires."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The open errand, what is known for it, what was asked last, and what the talk is about.

    `topic` outlives errands: the order or return named last. `action` is None where nothing is open.
    """

    action: ActionName | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    asked: str = ""
    pending: Pending | None = None
    topic: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether the customer's next words may be an answer."""
        return bool(self.asked or self.pending)

    @property
    def chosen(self) -> Action | None:
        """The action of the open errand."""
        return CATALOGUE[self.action] if self.action else None

    def done(self) -> Standing:
        """The errand is over; what it was about stays the topic."""
        about = {name: self.known[name] for name in _KEPT_TOPICS if name in self.known}
        return Standing(topic={**self.topic, **about})

    def asking(self, action: Action, known: Mapping[str, str], name: str) -> Standing:
        """One value is being waited for."""
        return replace(self, action=action.name, known=known, asked=name, pending=None)


NOTHING_OPEN = Standing()


def dump(standing: Standing) -> str:
    """As one line of JSON."""
    return json.dumps(asdict(standing), ensure_ascii=False, default=datetime.isoformat)


def load(text: str) -> Standing:
    """What `dump` wrote; raises ValueError where it is something else, or an action is no more."""
    try:
        written = json.loads(text)
        pending = written["pending"]
        if written["action"] is not None and written["action"] not in CATALOGUE:
            raise KeyError(written["action"])
        if pending:
            until = datetime.fromisoformat(pending["expires_at"])
            written["pending"] = Pending(token=pending["token"], expires_at=until)
        return Standing(**written)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("not a standing") from error
