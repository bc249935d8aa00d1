"""Conversations read, renamed, deleted, counted, cleaned up and exported."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook
from tests.dialects.dataqa.house import ask

DAY_S = 24 * 3600


async def said(client, path, **params):
    response = await client.get(f"/api/v0/{path}", params=params)
    assert response.status_code == 200, response.text
    return response.json()


async def exists(client, name):
    return (await said(client, f"conversation/{name}/messages"))["data"]["exists"]


@pytest.fixture
async def asked(house):
    """Two questions of john in one conversation, one in another a minute later."""
    async with house.caller("admin") as client:
        first = await ask(client, "查询销售数据", user_id="john")
        await ask(client, "能否按月份分组？", user_id="john", conversation_id=first["conversation_id"])
        house.clock.advance(60)
        second = await ask(client, "最高的地区", user_id="john")
        yield client, first["conversation_id"], second["conversation_id"]


async def test_lists(asked):
    client, first, second = asked
    body = await said(client, "user/john/conversations", limit=10)
    data = body["data"]
    assert (body["success"], body["code"], body["message"]) == (True, 200, "获取用户对话列表成功")
    assert (data["user_id"], data["total_count"], data["response"]) == ("john", 2, body["message"])
    assert [one["conversation_id"] for one in data["conversations"]] == [second, first]
    oldest = data["conversations"][1]
    assert oldest == {
        "conversation_id": first,
        "user_id": "john",
        "conversation_title": "查询销售数据",
        "start_time": "2026-01-05T17:00:00",
        "last_activity": "2026-01-05T17:00:00",
        "created_at": "2026-01-05T17:00:00",
        "updated_at": "2026-01-05T17:00:00",
        "created_at_utc": "2026-01-05T09:00:00Z",
        "updated_at_utc": "2026-01-05T09:00:00Z",
        "message_count": 4,
    }
    page = (await said(client, "user/john/conversations", limit=1, offset=1))["data"]
    assert ([one["conversation_id"] for one in page["conversations"]], page["total_count"]) == ([first], 2)


async def test_messages_and_context(asked):
    client, first, _ = asked
    data = (await said(client, f"conversation/{first}/messages", limit=50))["data"]
    assert (data["message_count"], data["conversation_meta"]["message_count"]) == (4, 4)
    assert [one["role"] for one in data["messages"]] == ["user", "assistant"] * 2
    assert data["messages"][0]["metadata"] == {}
    assert data["messages"][1]["metadata"]["sql"].startswith("SELECT region")
    assert data["messages"][1]["metadata"]["type"] == "DATABASE"
    newest = (await said(client, f"conversation/{first}/messages", limit=1))["data"]["messages"]
    assert newest == data["messages"][-1:]
    told = (await said(client, f"conversation/{first}/context", count=3))["data"]
    assert told["context"] == (
        "Assistant: 华东最高，为 12.5。\nUser: 能否按月份分组？\nAssistant: 华东最高，为 12.5。"
    )
    assert told["context_message_count"] == 3


async def test_full(asked):
    client, first, second = asked
    data = (await said(client, "user/john/conversations/full"))["data"]
    counts = [(one["conversation_id"], one["message_count"]) for one in data["conversations"]]
    assert counts == [(second, 2), (first, 4)]
    limits = ("conversation_limit_applied", "message_limit_applied")
    assert [data[name] for name in ("total_conversations", "total_messages", *limits)] == [2, 6, None, None]
    cut = (await said(client, "user/john/conversations/full", conversation_limit=1, message_limit=1))["data"]
    assert [cut[name] for name in ("total_conversations", "total_messages", *limits)] == [1, 1, 1, 1]


async def test_statistics(asked, house):
    client, _, _ = asked
    house.clock.advance(DAY_S)
    await ask(client, "今天的", session_id="s")
    body = await said(client, "conversation_stats")
    data = {name: value for name, value in body["data"].items() if not name.startswith("timestamp")}
    assert data == {
        "response": "获取统计信息成功",
        "total_users": 2,
        "total_conversations": 3,
        "total_messages": 8,
        "active_users_today": 1,
        "active_conversations_today": 1,
        "cache_hit_rate": 0.0,
        "cached_qa_count": 0,
        "available": True,
        "redis_info": {"connected": False, "memory_usage": None, "keys_count": 0},
    }


async def test_what_has_expired_is_gone(asked, house):
    client, first, second = asked
    house.clock.advance(7 * DAY_S - 30)
    listed = (await said(client, "user/john/conversations"))["data"]
    assert ([one["conversation_id"] for one in listed["conversations"]], listed["total_count"]) == (
        [second],
        1,
    )
    assert not await exists(client, first)
    house.clock.advance(60)
    cleaned = (await client.post("/api/v0/conversation_cleanup")).json()
    assert cleaned["message"] == "对话清理完成"
    assert (cleaned["data"]["cleaned_conversations"], cleaned["data"]["cleaned_messages"]) == (1, 2)
    assert cleaned["data"]["cleanup_time"].startswith("2026-01-12")


async def clean(client, **body):
    response = await client.post("/api/v0/conversation_cleanup", json=body)
    return response.status_code, response.json()["data"]


async def test_clean_up_by_name(asked, house):
    client, first, second = asked
    async with house.caller() as other:
        assert (await clean(other, user_id="john"))[0] == 403
    assert (await clean(client, user_id="john", conversation_id=first))[0] == 400
    status, data = await clean(client, thread_id=first)
    assert (status, data["operation_mode"], data["existed"], data["user_id"], data["deleted_messages"]) == (
        200,
        "delete_conversation",
        True,
        "john",
        4,
    )
    assert (await clean(client, conversation_id=first))[1]["existed"] is False
    assert (await clean(client, user_id="john"))[1]["deleted_conversations"] == 1
    await ask(client, "q", user_id="eve")
    assert (await clean(client, clear_all_agent_data=True))[1]["deleted_conversation_metas"] == 1
    assert (await clean(client, cleanup_invalid_refs=True))[1]["cleaned_references"] == 0
    assert not await exists(client, second)


async def test_limit_enforcement(asked):
    client, _, second = asked

    async def enforce(**body):
        return (await client.post("/api/v0/conversation_limit_enforcement", json=body)).json()["data"]

    dry = await enforce(user_max_conversations=1, dry_run=True)
    done = await enforce(user_max_conversations=1, user_id="john")
    left = (await said(client, "user/john/conversations"))["data"]["conversations"]
    assert (dry["mode"], dry["dry_run"], dry["total_conversations_deleted"]) == ("global", True, 1)
    assert (done["mode"], done["processed_users"]) == ("user_specific", 1)
    assert done["execution_summary"][0] == {
        "user_id": "john",
        "original_conversations": 2,
        "kept_conversations": 1,
        "deleted_conversations": 1,
        "deleted_messages": 4,
        "messages_trimmed": 0,
    }
    assert [one["conversation_id"] for one in left] == [second]


async def test_rename_search_export_and_delete(asked):
    client, first, second = asked
    renamed = await client.put(f"/api/v0/conversation/{first}", json={"title": "销售"})
    found = (await said(client, "user/john/conversations/search", q="销售"))["data"]["conversations"]
    text = (await client.get(f"/api/v0/conversation/{first}/export?format=markdown")).text
    whole = (await said(client, f"conversation/{first}/export"))["data"]
    gone = (await client.delete(f"/api/v0/conversation/{second}")).json()["data"]
    assert renamed.json()["data"]["conversation_title"] == found[0]["conversation_title"] == "销售"
    assert len(found) == 1
    assert text.startswith("# 销售\n\n## User · 2026-01-05T17:00:00\n\n查询销售数据\n")
    assert "```sql\nSELECT region" in text
    assert len(whole["messages"]) == 4
    assert (gone["existed"], gone["deleted_messages"]) == (True, 2)


async def test_rows_as_files(asked):
    client, first, _ = asked
    path = f"/api/v0/conversation/{first}/messages"
    csv = await client.get(f"{path}/2/export")
    xlsx = await client.get(f"{path}/2/export?format=xlsx")
    missing = [(await client.get(f"{path}/{number}/export")).status_code for number in (3, 0)]
    assert csv.content.decode("utf-8-sig").split() == ["region,total", "华东,12.5", "华北,8"]
    assert csv.headers["content-disposition"] == 'attachment; filename="answer-2.csv"'
    rows = load_workbook(BytesIO(xlsx.content)).active.values
    assert list(rows) == [("region", "total"), ("华东", 12.5), ("华北", 8)]
    assert missing == [404, 422]


@pytest.mark.parametrize(
    "path",
    [
        "user/john/conversations?limit=0",
        "user/john/conversations?limit=-1",
        "user/john/conversations?limit=x",
        "conversation/c/messages?limit=0",
        "conversation/c/context?count=0",
        "user/john/conversations/full?message_limit=0",
        "user/jo%00hn/conversations",
        "conversation/%00/messages",
    ],
)
async def test_bad_numbers_and_names_are_422(house, path):
    async with house.caller() as client:
        response = await client.get(f"/api/v0/{path}")
    body = response.json()
    assert (response.status_code, body["code"], body["success"], body["message"]) == (
        422,
        422,
        False,
        "参数验证失败",
    )
    assert {"error", "response", "error_type", "can_retry", "timestamp"} <= set(body["data"])


async def test_another_tenant_sees_nothing(asked, house):
    _, first, _ = asked
    async with house.caller("stranger") as client:
        assert (await said(client, "user/john/conversations"))["data"]["total_count"] == 0
        assert not await exists(client, first)
        assert (await client.get(f"/api/v0/conversation/{first}/export")).status_code == 404
        assert (await said(client, "conversation_stats"))["data"]["total_conversations"] == 0
