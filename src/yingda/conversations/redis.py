"""The store on Redis: every method one Lua script, every key in the hash slot of one tag.

    c:<conversation>  hash    n:<name>  its id        h:<conversation>  finished turns by number
    t:<turn>          hash    j:<turn>  its journal   i:<scope>         idempotency key
    m:<conversation>  list of what operators said in it
    open  open turns by the end of their lease        o:<owner>         open turns of an owner
    idle  conversations neither open nor held, by last activity

and for the archive, by tenant and dialect, or those and a user:

    l:<scope>  conversations by last activity          b:<scope>  the same by their beginning
    s:<status>:<scope>  those of a hand-off status     w:<scope>  users by last activity

Scripts name further keys of the same tag than they are given: on a cluster, one deployment's conversations
live on one shard. What is durable is what Redis is set to make so (`appendonly yes`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeout

from yingda.conversations.admission import (
    IDEMPOTENCY_LIFE_S,
    check_fingerprint,
    fresh,
    is_visible,
    key_scope,
    owner_of,
)
from yingda.conversations.handovers import Note
from yingda.conversations.rows import (
    conversation_from,
    history_from,
    microseconds,
    moment,
    roles_text,
    turn_from,
)
from yingda.conversations.store import Batch, Begun, Conversation, FinishedTurn, Lease, NewTurn, StoredTurn
from yingda.errors import ConversationBusy, StoreUnavailable
from yingda.turns.types import Message, Principal, TurnId

_SCRIPTS = Path(__file__).parent / "lua"
_CONVERSATION = (
    "id",
    "external_id",
    "dialect",
    "channel",
    "user_id",
    "turn_count",
    "failed_attempts",
    "intent",
    "emotion_score",
    "handoff",
    "created_at",
    "last_active_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisConfig:
    """Where keys live, how long they do without activity, how long any call may take.

    The braces of `prefix` are the hash tag. `life_s` is retention, not the idle time of a conversation, and
    a day more: so the sweep comes first, which takes conversations off the lists, too.
    """

    prefix: str = "{yingda}:"
    life_s: int = 31 * 24 * 3600
    answer_timeout_s: float = 5.0
    connect_timeout_s: float = 2.0
    pool_size: int = 50
    sweep_step_count: int = 200


@asynccontextmanager
async def open_redis(url: str, config: RedisConfig | None = None) -> AsyncIterator[RedisConversations]:
    """Connects when first needed, and again after the server was away; what expires, Redis itself times."""
    config = config or RedisConfig()
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=config.pool_size,
        timeout=config.answer_timeout_s,
        socket_timeout=config.answer_timeout_s,
        socket_connect_timeout=config.connect_timeout_s,
        retry=Retry(NoBackoff(), 0),  # a `begin` sent twice would find itself busy
    )
    async with Redis.from_pool(pool) as client:
        yield RedisConversations(client, config)


class RedisConversations:
    """`Conversations` in Redis; made by `open_redis`."""

    def __init__(self, client: Redis, config: RedisConfig) -> None:
        self._client = client
        self._config = config
        self.life_s = config.life_s
        self._begin, self._journal, self._finish, self._turn, self._sweep = (
            self.script("shelf", name) for name in ("begin", "journal", "finish", "turn", "sweep")
        )

    async def begin(self, new: NewTurn) -> Begun:
        reply = await self.run(self._begin, _begin_values(new, self._config.life_s))
        match reply[0]:
            case b"busy":
                raise ConversationBusy("another turn of this conversation is still running")
            case b"mismatch":
                check_fingerprint(new, None if new.fingerprint else "another")
            case b"fresh" | b"restarted" as outcome:
                conversation = fresh(new, is_adopted=bool(reply[1]))
                return Begun(
                    conversation=conversation, number=1, history=(), restarted=outcome == b"restarted"
                )
        return Begun(
            conversation=_conversation(reply[1]),
            number=reply[2],
            history=_history(reply[3], reply[5]),
            repeated=TurnId(reply[4].decode()) if reply[4] else None,
        )

    async def journal(self, batches: Sequence[Batch], owner: Lease) -> None:
        values: list[Any] = [owner.owner, microseconds(owner.until), self._config.life_s]
        for batch in batches:
            values += (batch.turn_id, batch.first, batch.lines)
        await self.run(self._journal, values)

    async def finish(self, turn: FinishedTurn) -> None:
        values = (
            turn.turn_id,
            turn.conversation_id,
            turn.principal.tenant,
            microseconds(turn.at),
            turn.ending,
            turn.answer,
            turn.lines,
            turn.failed_attempts,
            self._config.life_s,
            optional(turn.intent),
            optional(None if turn.emotion_score is None else repr(turn.emotion_score)),
            optional(turn.handoff),
        )
        if not await self.run(self._finish, values):
            raise StoreUnavailable("the turn was never made durable, or is deleted")

    async def turn(self, principal: Principal, turn_id: TurnId) -> StoredTurn | None:
        found = await self._stored(turn_id)
        if found is None or found[0].principal.tenant != principal.tenant:
            return None
        return found[0] if is_visible(principal, found[1]) else None

    async def conversation(self, principal: Principal, dialect: str, external_id: str) -> Conversation | None:
        prefix = self._config.prefix
        name = f"{prefix}n:{name_of(principal.tenant, dialect, external_id)}"
        conversation_id = await self._answered(self._client.get(name))
        if conversation_id is None:
            return None
        key = f"{prefix}c:{conversation_id.decode()}"
        row = await self._answered(self._client.hmget(key, _CONVERSATION))
        if row[0] is None or not is_visible(principal, text_from(row[4])):
            return None
        return _conversation(row)

    async def abandoned(self, now: datetime) -> list[StoredTurn]:
        key = f"{self._config.prefix}open"
        ids = await self._answered(self._client.zrangebyscore(key, "-inf", microseconds(now)))
        found = [await self._stored(turn_id.decode()) for turn_id in ids]
        turns = [turn for turn, _user_id in filter(None, found) if turn.ending is None]
        return sorted(turns, key=lambda turn: (turn.started_at, turn.turn_id))

    async def sweep(self, idle_before: datetime) -> int:
        step = self._config.sweep_step_count
        swept = 0
        while True:  # in steps: a script keeps every other caller waiting
            looked_at, deleted = await self.run(self._sweep, (microseconds(idle_before), step))
            swept += int(deleted)
            if looked_at < step:
                return swept

    async def ping(self) -> None:
        await self._answered(self._client.ping())

    async def _stored(self, turn_id: str) -> tuple[StoredTurn, str | None] | None:
        """A turn and the user it belongs to."""
        row, flat = await self.run(self._turn, (turn_id,))
        return None if row[0] is None else (stored_from(row, flat), text_from(row[12]))

    def script(self, *names: str) -> Any:
        """Files of the folder as one script, for `run`."""
        return self._client.register_script(
            "".join((_SCRIPTS / f"{name}.lua").read_text("utf-8") for name in names)
        )

    async def run(self, script: Any, values: Sequence[Any]) -> Any:
        """What the script answers to these arguments."""
        return await self._answered(script(keys=[self._config.prefix], args=values))

    async def _answered(self, call: Awaitable[Any]) -> Any:
        """The reply, and the driver's failures in the words of the port."""
        try:
            async with asyncio.timeout(self._config.answer_timeout_s):
                return await call
        except (ConnectionError, RedisTimeout, OSError) as error:
            raise StoreUnavailable("Redis does not answer") from error
        except (BusyLoadingError, OutOfMemoryError, ReadOnlyError) as error:
            raise StoreUnavailable(f"Redis refused: {error}") from error


def _begin_values(new: NewTurn, life_s: int) -> tuple[str | int, ...]:
    tenant, dialect, at = new.principal.tenant, new.dialect, microseconds(new.at)
    external = None if new.external_id is None else name_of(tenant, dialect, new.external_id)
    scope = None
    if new.idempotency_key is not None:
        scope = name_of(tenant, dialect, key_scope(new), new.idempotency_key)
    return (
        new.turn_id,
        new.fresh_id,
        tenant,
        new.principal.key_id,
        roles_text(new.principal.roles),
        optional(new.principal.user_id),
        "-" if external is None else external,
        dialect,
        new.channel,
        optional(owner_of(new)),
        new.text,
        at,
        new.lease.owner,
        microseconds(new.lease.until),
        round(new.idle_s * 1e6),
        new.history_turns,
        "-" if scope is None else scope,
        optional(new.fingerprint),
        round(IDEMPOTENCY_LIFE_S),
        life_s,
        name_of(tenant, dialect, new.fresh_id),
        at + round(IDEMPOTENCY_LIFE_S * 1e6),
        optional(new.external_id if new.adopts_name else None),
    )


def _history(turns: Sequence[Sequence[bytes]], notes: Sequence[bytes]) -> tuple[Message, ...]:
    said = [(text_from(text), int(at), text_from(answer), int(end)) for text, at, answer, end in turns]
    between = [(None, microseconds(note.at), note.text, 0) for note in reversed([*map(noted, notes)])]
    return history_from([*said, *between])


def note_text(note: Note) -> str:
    """A note as one member of a list."""
    return json.dumps([microseconds(note.at), note.author, note.text])


def noted(member: bytes) -> Note:
    """What `note_text` was made of."""
    at, author, text = json.loads(member)
    return Note(at=moment(at), author=author, text=text)


def stored_from(row: Sequence[Any], journal: Sequence[bytes]) -> StoredTurn:
    """From the fields of a turn, `id` to `lines`, and from the fields and values of its journal."""
    batches = sorted((int(first), lines) for first, lines in zip(journal[::2], journal[1::2], strict=True))
    texts = [text_from(value) for value in row[:7]]
    values = [*texts, int(row[7]), text_from(row[8]), int(row[9]), text_from(row[10]), row[11]]
    return turn_from(values, [lines for _first, lines in batches])


def name_of(*parts: str) -> str:
    """One key part of many, such that no two lists of parts make the same."""
    return ":".join(f"{len(part)}.{part}" for part in parts)


def optional(value: str | None) -> str:
    """An argument of a script that may be missing."""
    return "-" if value is None else f"+{value}"


def text_from(value: bytes | None) -> str | None:
    """A field of a hash, None where it has none."""
    return None if value is None else value.decode()


def _conversation(row: Sequence[bytes | None]) -> Conversation:
    texts = [text_from(value) for value in row[:5]]
    score, handoff = row[8], text_from(row[9])
    counts = [int(value or 0) for value in (row[5], row[6], row[10], row[11])]
    emotion_score = None if score is None else float(score)
    return conversation_from([*texts, *counts[:2], text_from(row[7]), emotion_score, handoff, *counts[2:]])
