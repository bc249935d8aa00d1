"""Training data, feedback, caches and tables over their paths."""

from __future__ import annotations

import pytest

PAIR = {"training_data_type": "sql", "question": "订单数", "sql": "SELECT count(*) FROM orders"}


@pytest.fixture
async def client(house):
    async with house.caller("admin") as client:
        yield client


async def post(client, path, body=None):
    response = await client.post(f"/api/v0/{path}", json=body)
    return response.status_code, response.json()["data"]


async def test_create_tells_of_each_item(client):
    status, one = await post(client, "training_data/create", {"data": PAIR})
    assert (status, one["successfully_created"], one["current_total_count"]) == (200, 1, 1)
    many = [
        {"training_data_type": "documentation", "content": "一行一单"},
        {"training_data_type": "sql", "sql": "SELECT 1"},
        {**PAIR, "sql": "DROP TABLE orders"},
        {"training_data_type": "poem", "content": "x"},
        {**PAIR, "training_data_type": "error_sql", "sql": "SELEC"},
    ]
    status, some = await post(client, "training_data/create", {"data": many})
    assert (status, some["successfully_created"], some["failed_count"]) == (207, 2, 3)
    errors = [result.get("error", "") for result in some["results"]]
    assert [bool(error) for error in errors] == [False, True, True, True, False]
    assert errors[1] == "缺少必需参数：question"
    assert some["summary"] == {"sql": 0, "error_sql": 1, "documentation": 1, "ddl": 0}
    assert (await post(client, "training_data/create", {"data": many[1:3]}))[0] == 400


async def test_a_pair_waits_for_an_admin(client, house):
    pair = {"question": "q", "sql": "SELECT 1"}
    async with house.caller() as plain:
        _, kept = await post(plain, "citu_train_question_sql", pair)
        wrong = {"ids": [kept["training_id"]]}
        assert (await post(plain, "training_data/approve", wrong))[0] == 403
    _, listed = await post(client, "training_data/query", {"approved": False})
    _, approved = await post(client, "training_data/approve", {"ids": [kept["training_id"]]})
    _, withdrawn = await post(
        client, "training_data/approve", {"ids": [kept["training_id"]], "approved": False}
    )
    stats = (await client.get("/api/v0/training_data/stats")).json()["data"]
    trail = (await client.get("/api/v0/training_data/changes")).json()["data"]["changes"]
    assert (listed["pagination"]["total"], listed["records"][0]["approved"]) == (1, False)
    assert [one["records"][0]["approved"] for one in (approved, withdrawn)] == [True, False]
    assert (stats["total_count"], stats["type_percentages"]["sql"], stats["approved_breakdown"]["sql"]) == (
        1,
        100.0,
        0,
    )
    assert [change["action"] for change in trail] == ["withdraw", "approve", "create"]
    assert (await post(client, "training_data/approve", {"ids": ["nothing"]}))[0] == 404


async def test_update_keeps_the_id_and_refuses_before_it_touches(client):
    _, made = await post(client, "training_data/create", {"data": PAIR})
    item = made["results"][0]["training_id"]
    bad = {**PAIR, "id": item, "sql": "DELETE FROM orders"}
    assert (await post(client, "training_data/update", bad))[0] == 422
    _, updated = await post(client, "training_data/update", {**PAIR, "id": item, "question": "多少单"})
    _, found = await post(client, "training_data/query", {"search_keyword": "多少单"})
    assert (updated["new_training_id"], [one["id"] for one in found["records"]]) == (item, [item])


async def test_delete_needs_a_yes(client):
    _, made = await post(client, "training_data/create", {"data": PAIR})
    item = made["results"][0]["training_id"]
    assert (await post(client, "training_data/delete", {"ids": [item]}))[0] == 422
    status, gone = await post(client, "training_data/delete", {"ids": [item, "x"], "confirm": True})
    assert (status, gone["deleted_ids"], gone["failed_ids"]) == (207, [item], ["x"])


@pytest.mark.parametrize(
    ("name", "file_type", "content", "status", "count"),
    [
        ("a.sql", "ddl", "CREATE TABLE a (x TEXT DEFAULT ';'); CREATE TABLE b (y INT);", 200, 2),
        ("a.md", "markdown", "# A\n\nx\n\n## B\n\ny\n", 200, 2),
        ("a.json", "sql_pair_json", '[{"Question": "q", "SQL": "SELECT 1"}]', 200, 1),
        ("a.txt", "sql_pair", "Question: q\nSQL: SELECT 1;\nQuestion: r\nSQL: SELECT 2", 200, 2),
        ("a.json", "sql_pair_json", '[{"question": "q", "sql": "DROP TABLE x"}]', 422, None),
        ("a.json", "sql_pair_json", "{}", 422, None),
        ("a.exe", "ddl", "CREATE", 415, None),
        ("a.md", "markdown", "no heading", 422, None),
        ("a.md", "poem", "## x", 422, None),
        ("a.sql", "ddl", "CREATE" + " " * 512_000, 413, None),
    ],
)
async def test_upload(client, name, file_type, content, status, count):
    response = await client.post(
        "/api/v0/training_data/upload",
        files={"file": (name, content.encode())},
        data={"file_type": file_type},
    )
    assert (response.status_code, response.json()["data"].get("successfully_created")) == (status, count)


async def test_combine_finds_what_says_the_same(client):
    sent = [PAIR, {**PAIR, "question": "订单数 "}, {**PAIR, "sql": "SELECT  count(*)  FROM orders"}]
    await post(client, "training_data/create", {"data": sent})
    _, dry = await post(client, "training_data/combine", {})
    _, done = await post(client, "training_data/combine", {"dry_run": False})
    _, left = await post(client, "training_data/query", {})
    assert (dry["summary"]["duplicates_to_remove"], done["summary"]["duplicates_removed"]) == (1, 1)
    assert left["pagination"]["total"] == 1


async def test_feedback(client, house):
    opinion = {"question": "q", "sql": "SELECT 1", "is_thumb_up": True, "user_id": "john"}
    _, kept = await post(client, "qa_feedback/add", opinion)
    await post(client, "qa_feedback/add", {**opinion, "is_thumb_up": False, "user_id": None})
    assert (await post(client, "qa_feedback/add", {**opinion, "is_thumb_up": "false"}))[0] == 422
    assert (await post(client, "qa_feedback/add", {**opinion, "sql": ""}))[0] == 400
    async with house.caller("john") as john:
        changed = await john.put(f"/api/v0/qa_feedback/update/{kept['feedback_id']}", json={"comment": "对"})
        own = await post(john, "qa_feedback/query", {})
        refused = await john.delete("/api/v0/qa_feedback/delete/2")
    day = {"create_time_start": "2026-01-05", "create_time_end": "2026-01-05"}
    _, of_day = await post(client, "qa_feedback/query", day)
    _, trained = await post(client, "qa_feedback/add_to_training", {"feedback_ids": [1, 2, 9]})
    stats = (await client.get("/api/v0/qa_feedback/stats")).json()["data"]
    assert changed.json()["data"]["updated_fields"] == ["comment"]
    assert (own[1]["pagination"]["total"], refused.status_code, of_day["pagination"]["total"]) == (1, 403, 2)
    assert trained["summary"] == {
        "total_requested": 3,
        "total_processed": 2,
        "positive_trained": 1,
        "negative_trained": 1,
        "already_trained": 0,
        "errors": 1,
    }
    assert (stats["positive_rate"], stats["training_rate"]) == (50.0, 100.0)
    assert (await client.delete("/api/v0/qa_feedback/delete/9")).status_code == 404


async def test_caches(client):
    stats = (await client.get("/api/v0/qa_cache_stats")).json()["data"]
    listed = (await client.get("/api/v0/qa_cache_list?limit=5")).json()["data"]
    _, cleaned = await post(client, "qa_cache_cleanup")
    vectors = (await client.get("/api/v0/embedding_cache_stats")).json()["data"]
    _, forgotten = await post(client, "embedding_cache_cleanup")
    assert (stats["enabled"], stats["total_count"], listed["cache_list"]) == (True, 0, [])
    assert (cleaned["deleted_count"], cleaned["cleared"]) == (0, True)
    assert (vectors["enabled"], forgotten["cleared"]) == (False, True)


async def test_tables(client):
    _, tables = await post(client, "database/tables", {"table_name_pattern": "ord%"})
    _, table = await post(client, "database/table/ddl", {"table": "public.orders", "type": "both"})
    status, refused = await post(client, "database/tables", {"db_connection": "postgresql://x/y"})
    assert (tables["tables"], tables["total"]) == (["orders"], 1)
    assert table["ddl"] == (
        "-- 订单\nCREATE TABLE orders (\n  id BIGINT NOT NULL,\n  region TEXT -- 地区\n);"
    )
    assert [field["name"] for field in table["fields"]] == ["id", "region"]
    assert table["fields"][1]["enum_values"] == ["华东", "华北"]
    assert (status, "不接受" in refused["error"]) == (422, True)
    assert (await post(client, "database/table/ddl", {"table": "secrets"}))[0] == 404


async def test_sql_as_it_is(client):
    _, run = await post(client, "citu_run_sql", {"sql": "SELECT 1"})
    status, refused = await post(client, "citu_run_sql", {"sql": "DROP TABLE x"})
    assert run["query_result"]["columns"] == ["region", "total", "total_2"]
    assert (status, refused["error_type"]) == (422, "sql_generation_failed")
    health = (await client.get("/api/v0/agent_health")).json()["data"]
    assert (health["status"], health["checks"]) == ("healthy", {"database": "ok", "model": "off"})
