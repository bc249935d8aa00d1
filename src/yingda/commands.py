"""What the commands do, over the built parts; `cli.py` reads their arguments."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from dotenv import dotenv_values
from pydantic import SecretStr
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from yingda.app import Parts
from yingda.errors import InvalidRequest, Unavailable
from yingda.health import health_parts
from yingda.knowledge.ingest import IngestResult
from yingda.knowledge.intake import Incoming
from yingda.knowledge.names import source_from_path
from yingda.knowledge.parse.limits import MIB
from yingda.knowledge.watch import FolderWatch, WatchConfig, Withdrawn
from yingda.settings import Settings, source_of
from yingda.site import build_site
from yingda.turns.events import TextDelta, TurnFailed
from yingda.turns.live import LiveTurn
from yingda.turns.types import ALL_ROLES, DEFAULT_COLLECTION, Principal, Role, TurnRequest
from yingda.understanding.live import reader_from
from yingda.web.auth import DEFAULT_TENANT
from yingda.web.server import PortTaken, is_loopback, listening_sockets
from yingda.web.server import serve as serve_site

OPERATOR = Principal(tenant=DEFAULT_TENANT, key_id="command line", roles=ALL_ROLES)
"""Who holds the data folder may do everything in it."""


async def serve(parts: Parts) -> None:
    """Listen, say how, and serve until told to stop."""
    settings = parts.settings
    if parts.authenticator.is_open and not is_loopback(settings.host) and not settings.allow_open:
        raise Unavailable(
            f"refusing to listen on {settings.host} without a key: set API_KEY, or ALLOW_OPEN=1 to mean it"
        )
    if parts.authenticator.is_open and "*" in settings.allowed_origins:
        raise Unavailable("refusing ALLOWED_ORIGINS=* without a key: every web page could use this server")
    try:
        sockets = listening_sockets(settings.host, settings.ports)
    except PortTaken as error:
        raise Unavailable(str(error)) from None
    addresses = [f"http://{settings.host}:{found.getsockname()[1]}" for found in sockets]
    print(banner(parts, addresses), flush=True)
    await serve_site(build_site(parts), sockets, partial(_drain, parts), settings.trusted_proxies)


async def _drain(parts: Parts) -> None:
    """Let the open turns end; streams without an end are ended first."""
    parts.desks.bells.close()
    await parts.engine.shutdown(parts.settings.drain_s)


def banner(parts: Parts, addresses: Sequence[str]) -> str:
    """What a person wants to know at start: address, mode, security, where the data lives."""
    settings = parts.settings
    model = (
        f"model {settings.llm_model} at {settings.llm_base_url}" if parts.gateway else "no model: extractive"
    )
    search = "words and vectors" if settings.embedding_base_url else "words"
    security = (
        "OPEN to everybody who can reach it (no API_KEY)" if parts.authenticator.is_open else "keys needed"
    )
    rows = {
        "chat": f"{addresses[0]}/",
        "API": f"{addresses[0]}/api/v1/chat  (described at {addresses[0]}/docs)",
        "listening": "  ".join(addresses),
        "answers": f"{model}; search by {search}",
        "security": security,
        "data": f"{settings.home.resolve()}  (conversations: {_conversations_place(settings)})",
    }
    lines = [f"  {name:<10} {value}" for name, value in rows.items()]
    return "\n".join([f"{settings.app_name} 应答", *lines])


def _conversations_place(settings: Settings) -> str:
    if settings.redis_url.get_secret_value():
        return "Redis"
    return "PostgreSQL" if settings.database_url.get_secret_value() else "SQLite"


async def ingest(parts: Parts, paths: Sequence[Path], watch: bool, console: Console) -> int:
    """Take files in with a progress bar; returns how many failed. With `watch`, go on until interrupted."""
    files = list(_incoming(paths))
    failed = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("ingest", total=len(files))

        def show(result: IngestResult) -> None:
            nonlocal failed
            failed += result.error is not None
            progress.advance(bar)
            progress.console.print(_line(result), highlight=False)

        await parts.knowledge.ingestor.ingest_many(OPERATOR, DEFAULT_COLLECTION, files, show)
    if watch:
        await _watch(parts, [path for path in paths if path.is_dir()], console)
    return failed


async def _watch(parts: Parts, folders: Sequence[Path], console: Console) -> None:
    def show(change: IngestResult | Withdrawn) -> None:
        line = f"removed    {change.source}" if isinstance(change, Withdrawn) else _line(change)
        console.print(line, highlight=False)

    config = WatchConfig(max_bytes=parts.settings.max_document_mb * MIB)
    async with asyncio.TaskGroup() as group:
        for folder in folders:
            library, ingestor = parts.knowledge.library, parts.knowledge.ingestor
            watching = FolderWatch(library, ingestor, OPERATOR, DEFAULT_COLLECTION, folder, config)
            group.create_task(watching.run(show))


def _incoming(paths: Sequence[Path]) -> Iterator[Incoming]:
    for root in paths:
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            relative = path.relative_to(root) if root.is_dir() else Path(path.name)
            is_hidden = any(part.startswith((".", "~$")) for part in relative.parts)
            if path.is_file() and not is_hidden and _is_document(path, root):
                yield Incoming(source=source_from_path(relative), read=path.read_bytes)


def _is_document(path: Path, root: Path) -> bool:
    """Whatever is named is tried; of a folder, only what looks like a document."""
    return root.is_file() or path.suffix.lower() in WatchConfig().suffixes


def _line(result: IngestResult) -> str:
    if result.error is not None:
        return f"[red]refused[/red]    {result.source}: {result.error}"
    return f"{result.outcome:<10} {result.source}  {result.total_chunks} chunks, {result.duration_s:.2f} s"


async def ask(parts: Parts, question: str | None, console: Console) -> None:
    """Answer one question, or hold a conversation until an empty line."""
    await parts.knowledge.library.healed.wait()
    if question is not None:
        await _answer(parts, question, None, console)
        return
    conversation: str | None = None
    while text := (await asyncio.to_thread(console.input, "[bold]› [/bold]")).strip():
        conversation = await _answer(parts, text, conversation, console)


async def _answer(parts: Parts, text: str, conversation: str | None, console: Console) -> str:
    request = TurnRequest(dialect="helpdesk", text=text, external_id=conversation)
    live = await parts.engine.start(OPERATOR, request)
    with live.reader():
        async for event in live.read():
            if isinstance(event, TextDelta):
                console.print(event.text, end="", markup=False, highlight=False)
            elif isinstance(event, TurnFailed):
                console.print(f"[red]{event.message}[/red]")
    _show_sources(live, console)
    assert live.record.started is not None
    return live.record.started.conversation_id


def _show_sources(live: LiveTurn, console: Console) -> None:
    console.print()
    for number, citation in enumerate(live.record.citations, 1):
        place = " / ".join([*citation.heading, *([f"p. {citation.page}"] if citation.page else [])])
        console.print(f"  [{number}] {citation.source}  {place}", style="dim", markup=False, highlight=False)


async def check(parts: Parts, console: Console) -> bool:
    """Print settings with their sources and the state of each part; whether all is well."""
    settings, dotenv = parts.settings, dotenv_values(".env")
    table = Table("setting", "value", "from", title="Settings")
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = ("set" if value.get_secret_value() else "") if isinstance(value, SecretStr) else str(value)
        table.add_row(name, shown, source_of(field, os.environ, dotenv))
    console.print(table)
    await parts.knowledge.library.healed.wait()
    states = {name: await read() for name, read in health_parts(parts).items()}
    for name, state in states.items():
        console.print(f"{name:<14} {state}", highlight=False)
    console.print(
        f"{'understanding':<14} {reader_from(settings, parts.clock).said()}", highlight=False, soft_wrap=True
    )
    if parts.authenticator.is_open:
        console.print("security       open: set API_KEY, or make a key with `yingda keys create`")
    return all(state in ("ok", "off") for state in states.values())


def principal_for(tenant: str, roles: Sequence[str], user_id: str | None) -> Principal:
    """What a key will open; raises InvalidRequest for a role that is none."""
    unknown = [role for role in roles if role not in ALL_ROLES]
    if unknown:
        raise InvalidRequest(f"no such role: {', '.join(unknown)}; there are {', '.join(sorted(ALL_ROLES))}")
    known: frozenset[Role] = frozenset(role for role in ALL_ROLES if role in roles)
    return Principal(tenant=tenant, key_id="", roles=known, user_id=user_id)


async def create_key(
    parts: Parts, name: str, bound: tuple[str, Sequence[str], str | None], console: Console
) -> None:
    """Print the id and the secret of a new key for `bound`: tenant, roles, user."""
    key_id, secret = await parts.keys.create(name, principal_for(*bound), parts.clock.now())
    console.print(
        f"key id  {key_id}\nsecret  {secret}\n\nIt is shown this once.", highlight=False, soft_wrap=True
    )


async def list_keys(parts: Parts, console: Console) -> None:
    """Print all keys as a table."""
    table = Table(Column("key id", no_wrap=True), "name", "tenant", "roles", "user", "made", "revoked")
    for key in await parts.keys.list():
        revoked = key.revoked_at.isoformat() if key.revoked_at else ""
        roles, made = ", ".join(sorted(key.roles)), key.created_at.isoformat()
        table.add_row(key.key_id, key.name, key.tenant, roles, key.user_id or "", made, revoked)
    console.print(table)


async def revoke_key(parts: Parts, key_id: str, console: Console) -> None:
    """Close a key and say so."""
    await parts.keys.revoke(key_id, parts.clock.now())
    console.print(f"revoked {key_id}")
