"""The desk: a request to a card in the queue, an operator's words to the customer, a claim among 10,000.

`python -m benchmarks.perf.desk --database postgresql://...` claims on an empty database of that kind as well.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import orjson
from benchmarks.perf import processes
from benchmarks.perf.context import Context
from benchmarks.perf.load import quantile
from benchmarks.perf.table import Line, markdown
from sqlalchemy import insert, text

from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_handovers import SqliteHandovers
from yingda.handoff import tables as t
from yingda.handoff.bells import Bells
from yingda.handoff.log import DeskLog
from yingda.handoff.operating import DeskConfig, OperatorDesk
from yingda.storage.schema import migrate
from yingda.storage.sql import Database, open_database
from yingda.turns.clock import SystemClock
from yingda.turns.types import ALL_ROLES, HandoffCard, Principal

WAITING = 10_000
CLAIMS = 300
MESSAGES = 200
TARGET_MS, CLAIM_MS = 100.0, 20.0
SHOP = Principal(tenant="benchmark", key_id="k", roles=ALL_ROLES)
CARD = HandoffCard(
    session_id="",
    user_id=None,
    turn_count=3,
    conversation_summary="用户：耳机坏了 / 客服：抱歉，知识库中未找到相关内容。 / 用户：转人工",
    attempted_solutions=("抱歉，知识库中未找到相关内容。",),
    escalate_reason="用户要求转接人工客服",
    priority="highest",
    rule_matched="user_request",
)


def desk(context: Context) -> list[Line]:
    """Over a running server, and claims on SQLite."""
    home = context.folder / "desk"
    with processes.yingda(home, DESK_CAPACITY="100000") as server:
        processes.wait_ready(server)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}",
            headers={"X-API-Key": processes.KEY},
            trust_env=False,
        ) as http:
            queued_ms = [_queued(http) for _ in range(context.count(100))]
            heard_ms = _heard(http, context.count(MESSAGES))
    claims = asyncio.run(_claims(str(context.folder / "claims.db")))
    return [
        _line("A request for a human to a card in the queue: p95", queued_ms, TARGET_MS),
        _line("An operator's words to the customer's open stream: p95", heard_ms, TARGET_MS),
        _line(f"A claim while {WAITING:,} wait, SQLite: p95", claims, CLAIM_MS),
    ]


def _line(name: str, ms: Sequence[float], limit_ms: float) -> Line:
    measured = quantile(ms, 0.95)
    return Line(
        name=name, target=f"<= {limit_ms:.0f} ms", measured=f"{measured:.1f} ms", holds=measured <= limit_ms
    )


def _queued(http: httpx.Client) -> float:
    """From the customer's message until the desk lists the card."""
    began_s = time.perf_counter()
    session_id = _asked(http)
    waiting = http.get("/api/v1/agent/sessions/pending", params={"limit": 1000}).json()
    assert session_id in [one["session_id"] for one in waiting]
    return (time.perf_counter() - began_s) * 1000


def _asked(http: httpx.Client) -> str:
    return str(http.post("/api/v1/chat", json={"message": "转人工"}).json()["session_id"])


def _heard(http: httpx.Client, count: int) -> list[float]:
    """From an operator's request until its words are in the customer's stream."""
    session_id = _asked(http)
    http.post(f"/api/v1/agent/sessions/{session_id}/accept").raise_for_status()
    with _feed(http, session_id) as messages:
        return [_one_message(http, session_id, messages, n) for n in range(count)]


def _one_message(http: httpx.Client, session_id: str, messages: Iterator[str], n: int) -> float:
    began_s = time.perf_counter()
    said = http.post(f"/api/v1/agent/sessions/{session_id}/messages", json={"content": f"第 {n} 句"})
    said.raise_for_status()
    assert next(messages) == f"第 {n} 句"
    return (time.perf_counter() - began_s) * 1000


@contextmanager
def _feed(http: httpx.Client, session_id: str) -> Iterator[Iterator[str]]:
    with http.stream("GET", f"/api/v1/chat/sessions/{session_id}/feed") as response:
        bodies = (json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: "))
        yield (body["content"] for body in bodies if body["type"] == "message")


async def _claims(url: str) -> list[float]:
    """Each claims the next one of a queue that is 10,000 long at the start."""
    await migrate(url)
    async with open_database(url) as database, _operating(database) as operating:
        await _fill(database)
        taken = []
        for n in range(CLAIMS):
            began_s = time.perf_counter()
            assert await operating.claim_next(SHOP, f"op-{n % 50}") is not None
            taken.append((time.perf_counter() - began_s) * 1000)
    return taken


@asynccontextmanager
async def _operating(database: Database) -> AsyncIterator[OperatorDesk]:
    """The operators' side; the conversations that it looks for lie in a SQLite file of their own."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="yingda-desk-") as folder:
        path = Path(folder) / "conversations.db"
        await migrate(str(path))
        async with open_sqlite(path, clock) as store:
            bells = Bells(DeskLog(database), clock)
            config = DeskConfig(capacity=WAITING)
            yield OperatorDesk(database, SqliteHandovers(store), bells, clock, config)


async def _fill(database: Database) -> None:
    first = datetime.now(UTC) - timedelta(days=1)
    rows = [
        {
            "id": f"{n:032x}",
            "tenant": SHOP.tenant,
            "dialect": "helpdesk",
            "conversation_id": f"c{n}",
            "external_id": f"c{n}",
            "status": "pending",
            "rank": n % 5,
            "card": orjson.loads(orjson.dumps(CARD)),
            "requested_at": first + timedelta(seconds=n),
        }
        for n in range(WAITING)
    ]
    await database.write(lambda link: link.execute(insert(t.handoffs), rows))
    # What the database's own housekeeping does within a minute of so many rows.
    await database.write(lambda link: link.execute(text("ANALYZE handoffs")))


def main() -> None:
    """Print the rows, and one more for a database that is named."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.perf.desk", description=__doc__)
    options.add_argument("--database", help="address of an empty PostgreSQL database")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="yingda-perf-") as folder:
        lines = desk(Context(folder=Path(folder)))
    if chosen.database:
        claims = asyncio.run(_claims(chosen.database))
        lines.append(_line(f"A claim while {WAITING:,} wait, PostgreSQL: p95", claims, CLAIM_MS))
    print(markdown(lines))


if __name__ == "__main__":
    main()
