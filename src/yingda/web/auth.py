"""Who is asking: a key in a header that some contract knows → Principal, made here and nowhere else."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Iterable
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from yingda.errors import AnswerError, Forbidden, Unauthorised
from yingda.turns.types import ALL_ROLES, Principal, Role
from yingda.web.keys import Keys, digest
from yingda.web.respond import ErrorResponder

log = logging.getLogger(__name__)

DEFAULT_TENANT = "default"
KEY_HEADERS = (b"x-api-key", b"orionstar-api-key")
REFRESH_S = 1.0

OPEN = Principal(tenant=DEFAULT_TENANT, key_id="open", roles=ALL_ROLES)
SHARED = Principal(tenant=DEFAULT_TENANT, key_id="shared", roles=ALL_ROLES)


class Authenticator:
    """Knows the shared key and, as of the last second, the named ones.

    Until there has been one, the server is open: everybody is the same principal with all roles. Revoking the
    last key does not open it again. A database that is away leaves the keys as they were last read.
    """

    def __init__(self, api_key: str, keys: Keys) -> None:
        self._shared = digest(api_key) if api_key else None
        self._keys = keys
        self._named: dict[str, Principal | None] = {}

    @property
    def is_open(self) -> bool:
        return self._shared is None and not self._named

    async def refresh(self) -> None:
        self._named = await self._keys.principals()

    async def run(self) -> None:
        """Read the named keys again every second, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.refresh()
            except AnswerError as error:
                log.warning("named keys stay as last read: %s", error)

    def principal(self, headers: Iterable[tuple[bytes, bytes]]) -> Principal:
        """Raises Unauthorised; an empty header counts as no key."""
        if self.is_open:
            return OPEN
        offered = digest(_key_in(headers))
        if self._shared is not None and hmac.compare_digest(offered, self._shared):
            return SHARED
        if (named := self._named.get(offered)) is not None:
            return named
        raise Unauthorised("no key, or one that opens nothing")


def require_own(principal: Principal, user_id: str | None) -> str | None:
    """The user a request is for: the key's own where it is bound to one; Forbidden for anybody else's."""
    if principal.user_id is None or user_id == principal.user_id:
        return user_id
    if user_id is None:
        return principal.user_id
    raise Forbidden("this key is bound to another user", field="user_id")


def _key_in(headers: Iterable[tuple[bytes, bytes]]) -> str:
    named = dict(headers)
    for name in KEY_HEADERS:
        if key := named.get(name, b"").strip():
            return key.decode("latin-1")
    scheme, _, key = named.get(b"authorization", b"").partition(b" ")
    return key.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


class AuthGate:
    """Lets nobody without a key past, before a byte of a body is read; pure ASGI.

    The principal rides in `scope["principal"]`; what it may do is for `needs` to say at the route.
    """

    def __init__(
        self,
        app: ASGIApp,
        authenticator: Authenticator,
        is_public: Callable[[str], bool],
        respond: ErrorResponder,
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._is_public = is_public
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_public(scope["path"]):
            try:
                scope["principal"] = self._authenticator.principal(scope["headers"])
            except Unauthorised as error:
                return await self._respond(scope, error)(scope, receive, send)
        return await self._app(scope, receive, send)


class Needs:
    """A route's dependency: the caller, if it has one of the roles; Forbidden otherwise."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    async def __call__(self, request: Request) -> Principal:
        principal: Principal = request.scope["principal"]
        if self.roles.isdisjoint(principal.roles):
            wanted = " or ".join(sorted(self.roles))
            raise Forbidden(f"this key lacks the role {wanted!r}", field=wanted)
        return principal


ChatCaller = Annotated[Principal, Depends(Needs("chat"))]
AdminCaller = Annotated[Principal, Depends(Needs("admin"))]
DeskCaller = Annotated[Principal, Depends(Needs("desk"))]
TicketCaller = Annotated[Principal, Depends(Needs("chat", "desk"))]
