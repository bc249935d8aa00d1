"""What a session's chat is called on the FastGPT server."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field

from yingda.turns.types import Principal

LONGEST = 250
"""Characters that FastGPT 4.14 takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatNames:
    """Chats of `own_tenant` are called as their sessions; all others by a digest with `secret`.

    So no session's name leads into a chat of another tenant or user.
    """

    secret: str = field(repr=False)
    own_tenant: str = "default"

    def name(self, principal: Principal, session: str) -> str:
        """The chat of a session, as this caller sees it."""
        is_plain = principal.tenant == self.own_tenant and principal.user_id is None
        if is_plain and len(session) <= LONGEST:
            return session
        named = json.dumps([principal.tenant, principal.user_id, session]).encode()
        return hmac.new(self.secret.encode(), named, hashlib.sha256).hexdigest()
