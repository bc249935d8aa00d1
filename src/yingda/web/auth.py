"""Who is asking: a key in a header that some contract knows → Principal, made here and nowhere else."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Mapping

from yingda.errors import AnswerError, Forbidden, Unauthorised
from yingda.turns.types import ALL_ROLES, Principal, Role
from yingda.web.keys import Keys, digest

log = logging.getLogger(__name__)

DEFAULT_TENANT = "default"
KEY_HEADERS = ("x-api-key", "orionstar-api-key")
REFRESH_S = 1.0

OPEN = Principal(tenant=DEFAULT_TENANT, key_id="open", roles=ALL_ROLES)
SHARED = Principal(tenant=DEFAULT_TENANT, key_id="shared", roles=ALL_ROLES)


class Authenticator:
    """Knows the shared key and, as of the last second, the named ones.

    With neither, the server is open: everybody is the same principal with all roles. A database that is away
    leaves the keys as they were last read.
    """

    def __init__(self, api_key: str, keys: Keys) -> None:
        self._shared = digest(api_key) if api_key else None
        self._keys = keys
        self._named: dict[str, Principal] = {}

    @property
    def is_open(self) -> bool:
        return self._shared is None and not self._named

    async def refresh(self) -> None:
        self._named = await self._keys.open_principals()

    async def run(self) -> None:
        """Read the named keys again every second, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.refresh()
            except AnswerError as error:
                log.warning("named keys stay as last read: %s", error)

    def principal(self, headers: Mapping[str, str]) -> Principal:
        """Raises Unauthorised; an empty header counts as no key."""
        if self.is_open:
            return OPEN
        offered = digest(_key_in(headers))
        if self._shared is not None and hmac.compare_digest(offered, self._shared):
            return SHARED
        if (named := self._named.get(offered)) is not None:
            return named
        raise Unauthorised("no key, or one that opens nothing")


def require(principal: Principal, role: Role) -> None:
    """Raises Forbidden where the principal lacks the role."""
    if role not in principal.roles:
        raise Forbidden(f"this key lacks the role {role!r}", field=role)


def require_own(principal: Principal, user_id: str | None) -> str | None:
    """The user a request is for: the key's own where it is bound to one; Forbidden for anybody else's."""
    if principal.user_id is None or user_id == principal.user_id:
        return user_id
    if user_id is None:
        return principal.user_id
    raise Forbidden("this key is bound to another user", field="user_id")


def _key_in(headers: Mapping[str, str]) -> str:
    for name in KEY_HEADERS:
        if key := headers.get(name, "").strip():
            return key
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
