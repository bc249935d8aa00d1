"""What the conversation's own record says about the question before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from tests.databases import migrated_file
from tests.text_to_sql.answering import BY_REGION, LAST_MONTH

from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.testing import FrozenClock, turn
from yingda.testing.adopted_names_suite import adopting
from yingda.testing.conversations_suite import ANN, finished, later
from yingda.text_to_sql import query_json
from yingda.text_to_sql.query import Condition
from yingda.text_to_sql.recall import recall_from
from yingda.turns import codec
from yingda.turns.events import Explanation, RowsFetched, TextDelta

QUERY = replace(
    BY_REGION,
    time=LAST_MONTH,
    conditions=(
        Condition(name="sales.day", operator=">=", values=(date(2025, 1, 1), "2025-01-01", 3, 1.5, True)),
    ),
)
NEXT = turn("那上个月呢", principal=ANN, dialect="helpdesk", external_id="n", number=9)


def test_a_query_comes_back_as_it_was():
    assert query_json.load(query_json.dump(QUERY)) == QUERY


def test_what_cannot_be_read_is_no_query():
    assert [query_json.load(text) for text in ("", "{}", '{"conditions": [], "having": [], "x": 1}')] == [
        None
    ] * 3


async def test_the_newest_rows_count_and_chat_in_between_does_not(tmp_path: Path):
    path = tmp_path / "yingda.db"
    migrated_file(path)
    told = Explanation(source="parsed", query_json=query_json.dump(QUERY))
    rows = RowsFetched(sql="", columns=(), rows=(), row_count=0, explanation=told)
    async with open_sqlite(path, FrozenClock()) as store, open_sqlite_archive(path, store) as archive:
        await store.begin(adopting("t0", "n"))
        await store.finish(finished("t0", "c-t0", lines=codec.dump([rows])))
        await store.begin(adopting("t1", "n", at=later(1)))
        chat = codec.dump([TextDelta(text="不客气")])
        await store.finish(finished("t1", "c-t0", lines=chat, at=later(1)))
        await store.begin(adopting("t2", "n", at=later(2)))
        recall = recall_from(archive)
        assert await recall(NEXT) == QUERY
        assert await recall(replace(NEXT, number=1)) is None
        assert await recall(replace(NEXT, external_id="another")) is None
