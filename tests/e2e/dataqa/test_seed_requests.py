"""The printed requests run as they are against a server as it starts; replies have every printed field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PRINTED = (Path(__file__).parents[2] / "seed_samples" / "dataqa.http").read_text()
ERROR = {"error", "error_type", "can_retry", "timestamp"}


def requests():
    """Method, target and body of each, in the order of the page."""
    for block in PRINTED.replace("#", "\n#").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            method, target = lines[0].split(" ", 1)
            yield method, target, "\n".join(lines[2:]) or None


FIELDS = {
    "/conversations": {"user_id", "conversations", "total_count"},
    "/messages": {"conversation_id", "conversation_meta", "messages", "message_count"},
    "/context": {"conversation_id", "context", "context_message_count"},
    "/full": {
        "user_id",
        "conversations",
        "total_conversations",
        "total_messages",
        "conversation_limit_applied",
        "message_limit_applied",
        "query_time",
    },
    "/conversation_stats": {
        "total_users",
        "total_conversations",
        "total_messages",
        "active_users_today",
        "active_conversations_today",
        "cache_hit_rate",
        "redis_info",
    },
    "/conversation_cleanup": {"cleaned_conversations", "cleaned_messages", "cleanup_time"},
    "/ask_agent": {
        "type",
        "response",
        "sql",
        "query_result",
        "summary",
        "session_id",
        "execution_path",
        "classification_info",
        "conversation_id",
        "user_id",
        "is_guest_user",
        "context_used",
        "from_cache",
        "conversation_status",
        "conversation_message",
    },
}
MESSAGES = {
    "/conversations": "获取用户对话列表成功",
    "/messages": "获取对话消息成功",
    "/context": "获取对话上下文成功",
    "/full": "获取用户完整对话数据成功",
    "/conversation_stats": "获取统计信息成功",
    "/conversation_cleanup": "对话清理完成",
    "/ask_agent": "查询执行完成",
}


@pytest.fixture(scope="module")
def http(start_server):
    with start_server().client() as http:
        yield http


@pytest.mark.parametrize(("method", "target", "body"), list(requests()))
def test_a_printed_request(http, method, target, body):
    headers = {"Content-Type": "application/json"} if body else {}
    response = http.request(method, target, content=body, headers=headers)
    reply = response.json()
    end = "/" + target.partition("?")[0].rpartition("/")[2]
    assert (response.status_code, reply["success"], reply["code"]) == (200, True, 200), reply
    assert reply["message"] == MESSAGES[end]
    assert set(reply["data"]) >= FIELDS[end]


def test_what_was_asked_is_listed_with_its_fields(http):
    *_, (_, target, body) = requests()
    asked = json.loads(body)
    first = http.post(target, json=asked).json()["data"]
    second = http.post(target, json=asked).json()["data"]
    listed = http.get("/api/v0/user/john_doe/conversations").json()["data"]["conversations"][0]
    read = http.get(f"/api/v0/conversation/{first['conversation_id']}/messages").json()["data"]
    assert second["conversation_status"] == "continued"
    assert first["execution_path"] == ["classify_question", "generate_sql", "execute_sql", "generate_summary"]
    assert first["query_result"]["rows"]
    assert set(listed) >= {"conversation_id", "start_time", "last_activity", "message_count"}
    assert listed["conversation_id"] == first["conversation_id"]
    assert set(read["conversation_meta"]) >= {"created_at", "message_count"}
    assert set(read["messages"][0]) >= {"role", "content", "timestamp", "metadata"}
    assert set(read["messages"][1]["metadata"]) >= {"type", "sql"}


def test_the_printed_lines_of_the_cache(http):
    """First asked: kept. The same inside a conversation: found. The same in a new one: found."""
    asked = {"question": "各大区的订单数", "user_id": "jane"}
    first = http.post("/api/v0/ask_agent", json=asked).json()["data"]
    inside = http.post(
        "/api/v0/ask_agent", json={**asked, "conversation_id": first["conversation_id"]}
    ).json()["data"]
    anew = http.post("/api/v0/ask_agent", json=asked).json()["data"]
    other = http.post("/api/v0/ask_agent", json={**asked, "user_id": "joe"}).json()["data"]
    assert [one["from_cache"] for one in (first, inside, anew, other)] == [False, True, True, False]
    assert anew["query_result"] == first["query_result"]


def test_an_error_has_the_printed_fields(http):
    reply = http.post("/api/v0/ask_agent", json={}).json()
    assert (reply["success"], reply["code"]) == (False, 400)
    assert set(reply["data"]) >= ERROR
