"""The chats of a FastGPT app as our sessions: their names, one user at a time, variables in and out.

FastGPT has no call that writes one variable: a push is a completion whose two records are deleted (callflow
C.5). It is noted before it begins, and the note is erased after the deletion; what a crash leaves is taken
back before the next turn. Records are deleted by name, so that nobody else's are lost.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from yingda.fastgpt.client import ChatRecord, Completion, FastGPTClient
from yingda.fastgpt.failures import FastGPTUnavailable
from yingda.fastgpt.notes import Notes
from yingda.turns.turnstile import Turnstile
from yingda.turns.types import Principal

log = logging.getLogger(__name__)

_LONGEST_NAME = 250


class Backend(Protocol):
    """What a staged call's back end does besides answering (callflow A.2)."""

    async def set_info(self, principal: Principal, session: str, key: str, value: str) -> None:
        """Give the session a fact; it need not have begun."""
        ...

    async def get_info(self, principal: Principal, session: str) -> Mapping[str, Any]:
        """All facts of a session; empty for an unknown one."""
        ...

    async def forget(self, principal: Principal, session: str) -> None:
        """Delete all of a session; an unknown one is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatsConfig:
    """`wait_s` is how long a user of a chat waits for the one before.

    Chats of `own_tenant` have the names of their sessions; all others a digest with `secret`, so that nobody
    can name another tenant's. `push_text` is the question of a push.
    """

    secret: str
    own_tenant: str = "default"
    wait_s: float = 10.0
    push_text: str = "."


class Chats:
    """Implements `Backend`; one per process."""

    def __init__(self, client: FastGPTClient, notes: Notes, config: ChatsConfig) -> None:
        self._client = client
        self._notes = notes
        self._config = config
        self._turnstile = Turnstile(config.wait_s)

    def name(self, principal: Principal, session: str) -> str:
        """The chat of a session."""
        is_plain = principal.tenant == self._config.own_tenant and principal.user_id is None
        if is_plain and len(session) <= _LONGEST_NAME:
            return session
        named = json.dumps([principal.tenant, principal.user_id, session]).encode()
        return hmac.new(self._config.secret.encode(), named, hashlib.sha256).hexdigest()

    @asynccontextmanager
    async def held(self, principal: Principal, session: str) -> AsyncGenerator[str, None]:
        """The chat's name, nobody else using it, and no record left of a push; raises ConversationBusy."""
        leave = await self._turnstile.enter(principal.tenant, "fastgpt", session)
        try:
            for note in await self._notes.read(principal, session):
                try:
                    await self._take_back(principal, session, note)
                except FastGPTUnavailable as error:
                    log.warning("records of a push stay for now: %s", error)
            yield self.name(principal, session)
        finally:
            leave()

    async def set_info(self, principal: Principal, session: str, key: str, value: str) -> None:
        """Runs the workflow once, with the value and without a word."""
        note = f"push{secrets.token_hex(12)}"
        async with self.held(principal, session) as chat_id:
            await self._notes.write(principal, session, note)
            push = Completion(
                chat_id=chat_id, text=self._config.push_text, response_id=note, variables={key: value}
            )
            async with aclosing(self._client.stream(push)) as events:
                async for _ in events:
                    pass
            await self._take_back(principal, session, note)

    async def get_info(self, principal: Principal, session: str) -> Mapping[str, Any]:
        return await self._client.variables(self.name(principal, session))

    async def forget(self, principal: Principal, session: str) -> None:
        async with self.held(principal, session) as chat_id:
            await self._client.delete_history(chat_id)

    async def _take_back(self, principal: Principal, session: str, note: str) -> None:
        chat_id = self.name(principal, session)
        records = await self._client.records(chat_id)
        for record in _of_push(records, note, self._config.push_text):
            await self._client.delete_record(chat_id, record.data_id)
        await self._notes.erase(principal, session, note)


def _of_push(records: tuple[ChatRecord, ...], note: str, text: str) -> tuple[ChatRecord, ...]:
    """The answer of that name and the question before it; the answer last, for it is what finds both."""
    place = next((at for at, one in enumerate(records) if one.data_id == note), None)
    if place is None:
        return ()
    asked = [one for one in records[:place] if one.role == "Human" and one.text == text]
    return (*asked[-1:], records[place])
