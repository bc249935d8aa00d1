"""Who asks: a named user, or a guest known by the browser's session (dataqa 0, 3.1)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from yingda.turns.types import Principal
from yingda.web.auth import require_own

GUEST = "guest"
_PREFIX = "guest_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`user_id` owns what is said. `is_nameless`: neither user nor session was given, both are made up."""

    user_id: str
    session_id: str | None
    is_nameless: bool = False

    @property
    def is_guest(self) -> bool:
        return is_guest(self.user_id)


def person(caller: Principal, user_id: str | None, session_id: str | None) -> Person:
    """Who is meant; raises `Forbidden` where the key is bound to another user.

    Guests of different sessions are different people: a session's digest is its guest's name. Without a
    session the guest is new, and gets one to come back with.
    """
    user_id = require_own(caller, user_id)
    if user_id is not None and user_id != GUEST:
        return Person(user_id=user_id, session_id=session_id)
    session = session_id or f"session_{secrets.token_hex(16)}"
    digest = hashlib.sha256(session.encode()).hexdigest()
    return Person(user_id=_PREFIX + digest[:24], session_id=session, is_nameless=session_id is None)


def is_guest(user_id: str) -> bool:
    """Whether that is the name of a guest."""
    return user_id == GUEST or user_id.startswith(_PREFIX)
