"""Named API keys: made once, stored hashed, looked up in memory, revoked within a second."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, DateTime, String, Table, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from yingda.errors import NotFound, StoreUnavailable
from yingda.storage.sql import Database, metadata
from yingda.turns.types import ALL_ROLES, Principal, Role

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("roles", String(128), nullable=False),
    Column("user_id", String(128)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)

PREFIX = "yd-"
SECRET_BYTES = 32
"""A key is random and long, so one pass of a plain hash hides it; a slow hash is for what people choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKey:
    """A key as it may be shown: never its secret."""

    key_id: str
    name: str
    tenant: str
    roles: frozenset[Role]
    user_id: str | None
    created_at: datetime
    revoked_at: datetime | None


class Keys:
    """The keys of a deployment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, name: str, principal: Principal, at: datetime) -> tuple[str, str]:
        """Make a key that opens `principal` (its `key_id` is not looked at); returns (key id, secret)."""
        key_id, secret = secrets.token_hex(8), PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        async with self._database.engine.begin() as connection:
            await connection.execute(
                insert(api_keys).values(
                    key_id=key_id,
                    digest=digest(secret),
                    name=name,
                    tenant=principal.tenant,
                    roles=",".join(sorted(principal.roles)),
                    user_id=principal.user_id,
                    created_at=at,
                )
            )
        return key_id, secret

    async def revoke(self, key_id: str, at: datetime) -> None:
        """Close a key for good; NotFound where there is no such open key."""
        async with self._database.engine.begin() as connection:
            done = await connection.execute(
                update(api_keys)
                .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=at)
            )
        if done.rowcount == 0:
            raise NotFound(f"no open key {key_id!r}")

    async def list(self) -> Sequence[NamedKey]:
        """All keys, oldest first, revoked ones too."""
        async with self._database.reader.connect() as connection:
            rows = await connection.execute(select(api_keys).order_by(api_keys.c.created_at))
            return [_named_key(row) for row in rows]

    async def principals(self) -> dict[str, Principal | None]:
        """Digest → principal of every key ever made, None for a revoked one. Raises StoreUnavailable."""
        try:
            async with self._database.reader.connect() as connection:
                rows = await connection.execute(select(api_keys))
                return {row.digest: None if row.revoked_at else _principal(_named_key(row)) for row in rows}
        except SQLAlchemyError as error:
            raise StoreUnavailable("the keys cannot be read") from error


def digest(secret: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _named_key(row: object) -> NamedKey:
    roles = frozenset(role for role in ALL_ROLES if role in row.roles.split(","))  # type: ignore[attr-defined]
    fields = {name: getattr(row, name) for name in ("key_id", "name", "tenant", "user_id")}
    times = {name: getattr(row, name) for name in ("created_at", "revoked_at")}
    return NamedKey(roles=roles, **fields, **times)


def _principal(key: NamedKey) -> Principal:
    return Principal(tenant=key.tenant, key_id=key.key_id, roles=key.roles, user_id=key.user_id)
