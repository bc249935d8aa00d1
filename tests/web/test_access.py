"""Every route, called by every kind of caller: who may do what, as one table that no route can miss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from starlette.routing import Mount, Route

from yingda.app import Parts, open_parts
from yingda.dialects.helpdesk.errors import error_body
from yingda.settings import Settings
from yingda.site import build_routes, build_site
from yingda.turns.types import ALL_ROLES, Principal
from yingda.web.respond import ErrorResponses

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDING = ("clean", "clear", "close", "delete", "del_", "remove", "histories")
"""What paths are called after which something is gone that others come for; it is made anew."""

CALLERS = ("nobody", "wrong key", "chat", "bound user", "desk", "data", "admin", "other tenant")
KEYS = {
    "chat": Principal(tenant="default", key_id="", roles=frozenset({"chat"})),
    "bound user": Principal(tenant="default", key_id="", roles=frozenset({"chat"}), user_id="u-1"),
    "desk": Principal(tenant="default", key_id="", roles=frozenset({"desk"})),
    "data": Principal(tenant="default", key_id="", roles=frozenset({"data"})),
    "admin": Principal(tenant="default", key_id="", roles=frozenset({"admin"})),
    "other tenant": Principal(tenant="other", key_id="", roles=ALL_ROLES),
}

OPEN = (200,) * len(CALLERS)
CHAT = (401, 401, 200, 200, 403, 403, 403, 200)
OF_A_TURN = (401, 401, 200, 404, 403, 403, 403, 404)  # a turn of user u-2 of the default tenant
ADMIN = (401, 401, 403, 403, 403, 403, 200, 200)
DESK = (401, 401, 403, 403, 200, 403, 403, 200)
OF_THE_DESK = (401, 401, 403, 403, 200, 403, 403, 404)  # a conversation of the default tenant
HELD = (401, 401, 403, 403, 409, 403, 403, 404)  # one that is not in the state for it
OF_A_SOLUTION = (401, 401, 403, 403, 403, 403, 404, 404)

OF_A_SESSION = (401, 401, 200, 404, 403, 403, 403, 404)  # a conversation of user u-2 of the default tenant
OF_A_DOCUMENT = (401, 401, 403, 403, 403, 403, 200, 404)  # something of the default tenant

DATA = (401, 401, 403, 403, 403, 200, 403, 200)
OF_A_DATA_CONVERSATION = (401, 401, 403, 403, 403, 200, 403, 404)  # of user u-2 of the default tenant

OF_A_CHAT = (500, 500, 200, 500, 500, 500, 500, 500)  # a chat of the default tenant, of no user
FACE = (500, 500, 200, 200, 500, 500, 500, 200)  # there, refusals are all 500 and say more in the body

TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/"): OPEN,
    ("GET", "/docs"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("GET", "/static"): OPEN,
    ("GET", "/api/v1/health"): OPEN,
    ("GET", "/metrics"): ADMIN,
    ("POST", "/api/v1/chat"): CHAT,
    ("POST", "/api/v1/chat/stream"): CHAT,
    ("GET", "/api/v1/chat/turns/{turn_id}/stream"): OF_A_TURN,
    ("POST", "/api/v1/chat/turns/{turn_id}/stop"): OF_A_TURN,
    ("GET", "/api/v1/chat/turns/{turn_id}/citations/{number}"): OF_A_TURN,
    ("GET", "/api/v1/chat/sessions/{session_id}/events"): OF_A_TURN,
    ("GET", "/api/v1/chat/sessions/{session_id}/feed"): OF_A_TURN,
    ("GET", "/api/v1/agent/operators"): DESK,
    ("PUT", "/api/v1/agent/operators/{agent_id}"): DESK,
    ("GET", "/api/v1/agent/sessions/pending"): DESK,
    ("POST", "/api/v1/agent/sessions/claim"): (401, 401, 403, 403, 204, 403, 403, 204),
    ("GET", "/api/v1/agent/sessions/{session_id}"): OF_THE_DESK,
    ("POST", "/api/v1/agent/sessions/{session_id}/accept"): HELD,
    ("POST", "/api/v1/agent/sessions/{session_id}/messages"): HELD,
    ("POST", "/api/v1/agent/sessions/{session_id}/heartbeat"): HELD,
    ("POST", "/api/v1/agent/sessions/{session_id}/release"): HELD,
    ("POST", "/api/v1/agent/sessions/{session_id}/return"): HELD,
    ("POST", "/api/v1/agent/sessions/{session_id}/resolve"): HELD,
    ("POST", "/api/v1/agent/sessions/{session_id}/knowledge-recommend"): OF_THE_DESK,
    ("POST", "/api/v1/agent/sessions/{session_id}/business-assist"): OF_THE_DESK,
    ("POST", "/api/v1/agent/sessions/{session_id}/solution"): OF_THE_DESK,
    ("GET", "/api/v1/agent/sessions/{session_id}/events"): OF_THE_DESK,
    ("GET", "/api/v1/agent/sessions/{session_id}/feed"): OF_THE_DESK,
    ("POST", "/api/v1/escalation/solution"): DESK,
    ("GET", "/api/v1/escalation/solutions/pending"): ADMIN,
    ("POST", "/api/v1/escalation/solutions/{solution_id}/approve"): OF_A_SOLUTION,
    ("POST", "/api/v1/escalation/solutions/{solution_id}/reject"): OF_A_SOLUTION,
    ("POST", "/api/v1/tickets"): (401, 401, 201, 201, 201, 403, 403, 201),
    ("GET", "/api/v1/tickets"): (401, 401, 403, 200, 200, 403, 403, 200),
    ("GET", "/api/v1/tickets/{ticket_id}"): (401, 401, 200, 404, 200, 403, 403, 404),
    ("PATCH", "/api/v1/tickets/{ticket_id}"): OF_THE_DESK,
    ("POST", "/api/v1/tickets/{ticket_id}/comments"): (401, 401, 201, 404, 201, 403, 403, 404),
    ("POST", "/api/v1/tickets/{ticket_id}/close"): OF_THE_DESK,
    ("POST", "/api/v1/knowledge/ingest"): ADMIN,
    ("GET", "/api/v1/knowledge/stats"): ADMIN,
    ("GET", "/api/v1/knowledge/documents"): ADMIN,
    ("GET", "/api/v1/knowledge/documents/{doc_id}"): ADMIN,
    ("DELETE", "/api/v1/knowledge/documents/{doc_id}"): ADMIN,
    ("GET", "/api/v1/knowledge/dictionary"): ADMIN,
    ("PUT", "/api/v1/knowledge/dictionary"): ADMIN,
    ("GET", "/api/v1/performance/metrics"): ADMIN,
    ("GET", "/api/v1/performance/cache/stats"): ADMIN,
    ("POST", "/api/v1/performance/cache/invalidate"): ADMIN,
    ("POST", "/v1/ctai/query_text_chat"): CHAT,
    ("GET", "/v1/ctai/chat_stream"): OPEN,
    ("POST", "/v1/ctai/stop_chat"): OF_A_SESSION,
    ("POST", "/v1/ctai/query_chat_history"): OF_A_SESSION,
    ("POST", "/v1/ctai/retrieve"): CHAT,
    ("POST", "/v1/ctai/upload_ctai_doc"): ADMIN,
    ("POST", "/v1/ctai/add_ctai_doc_batch"): ADMIN,
    ("POST", "/v1/ctai/delete_ctai_doc_batch"): ADMIN,
    ("POST", "/v1/ctai/update_ctai_doc"): OF_A_DOCUMENT,
    ("POST", "/v1/ctai/reparse_ctai_doc"): OF_A_DOCUMENT,
    ("POST", "/v1/ctai/ctai_doc_list"): ADMIN,
    ("POST", "/v1/ctai/ctai_doc_info"): OF_A_DOCUMENT,
    ("GET", "/v1/ctai/file/{ctdoc_id}"): (401, 401, 200, 200, 403, 403, 200, 404),
    ("POST", "/v1/ctai/add_intervention"): ADMIN,
    ("POST", "/v1/ctai/add_intervention_batch"): ADMIN,
    ("POST", "/v1/ctai/update_intervention"): OF_A_DOCUMENT,
    ("POST", "/v1/ctai/delete_intervention_batch"): ADMIN,
    ("POST", "/v1/ctai/import_intervention"): ADMIN,
    ("POST", "/v1/ctai/intervention_list"): ADMIN,
    ("POST", "/v1/ctai/intervention_info"): OF_A_DOCUMENT,
    ("POST", "/v1/ctai/test_intervention"): ADMIN,
    ("POST", "/v1/ctai/intervention_hits"): ADMIN,
    ("POST", "/v1/ctai/project_settings"): ADMIN,
    ("POST", "/v1/ctai/update_project_settings"): ADMIN,
    ("POST", "/v1/chat/completions"): CHAT,
    ("GET", "/v1/models"): CHAT,
    ("POST", "/chat"): CHAT,
    ("POST", "/set_info"): CHAT,
    ("POST", "/get_info"): CHAT,
    ("GET", "/get_info"): CHAT,
    ("POST", "/delete_last_turn"): CHAT,
    ("DELETE", "/delete_session"): CHAT,
    ("POST", "/api/v0/ask_agent"): DATA,
    ("GET", "/api/v0/ask_agent_stream"): DATA,
    ("POST", "/api/v0/ask_agent_stream"): DATA,
    ("POST", "/api/v0/ask"): DATA,
    ("POST", "/api/v0/ask_cached"): DATA,
    ("GET", "/api/v0/user/{user_id}/conversations"): DATA,
    ("GET", "/api/v0/user/{user_id}/conversations/search"): DATA,
    ("GET", "/api/v0/user/{user_id}/conversations/full"): DATA,
    ("GET", "/api/v0/conversation/{conversation_id}/messages"): DATA,
    ("GET", "/api/v0/conversation/{conversation_id}/context"): DATA,
    ("GET", "/api/v0/conversation/{conversation_id}/export"): OF_A_DATA_CONVERSATION,
    ("GET", "/api/v0/conversation/{conversation_id}/messages/{number}/export"): OF_A_DATA_CONVERSATION,
    ("PUT", "/api/v0/conversation/{conversation_id}"): OF_A_DATA_CONVERSATION,
    ("DELETE", "/api/v0/conversation/{conversation_id}"): DATA,
    ("GET", "/api/v0/conversation_stats"): ADMIN,
    ("POST", "/api/v0/conversation_cleanup"): DATA,
    ("POST", "/api/v0/conversation_limit_enforcement"): ADMIN,
    ("GET", "/api/v0/training_data/stats"): DATA,
    ("POST", "/api/v0/training_data/query"): DATA,
    ("POST", "/api/v0/training_data/create"): DATA,
    ("POST", "/api/v0/training_data/upload"): DATA,
    ("POST", "/api/v0/training_data/approve"): OF_A_DOCUMENT,
    ("POST", "/api/v0/training_data/update"): OF_A_DOCUMENT,
    ("POST", "/api/v0/training_data/delete"): (401, 401, 403, 403, 403, 403, 200, 400),
    ("POST", "/api/v0/training_data/combine"): ADMIN,
    ("GET", "/api/v0/training_data/changes"): ADMIN,
    ("POST", "/api/v0/citu_train_question_sql"): DATA,
    ("POST", "/api/v0/training_error_question_sql"): DATA,
    ("POST", "/api/v0/qa_feedback/add"): DATA,
    ("POST", "/api/v0/qa_feedback/query"): DATA,
    ("PUT", "/api/v0/qa_feedback/update/{feedback_id}"): OF_A_DATA_CONVERSATION,
    ("POST", "/api/v0/qa_feedback/add_to_training"): OF_A_DOCUMENT,
    ("DELETE", "/api/v0/qa_feedback/delete/{feedback_id}"): OF_A_DATA_CONVERSATION,
    ("GET", "/api/v0/qa_feedback/stats"): DATA,
    ("GET", "/api/v0/qa_cache_stats"): ADMIN,
    ("GET", "/api/v0/qa_cache_list"): ADMIN,
    ("POST", "/api/v0/qa_cache_cleanup"): ADMIN,
    ("GET", "/api/v0/embedding_cache_stats"): ADMIN,
    ("POST", "/api/v0/embedding_cache_cleanup"): ADMIN,
    ("POST", "/api/v0/database/tables"): DATA,
    ("POST", "/api/v0/database/table/ddl"): DATA,
    ("POST", "/api/v0/citu_run_sql"): DATA,
    ("GET", "/api/v0/agent_health"): DATA,
    ("POST", "/api/v1/chat/completions"): FACE,
    ("POST", "/api/v2/chat/completions"): FACE,
    ("POST", "/api/v2/chat/stop"): FACE,
    ("GET", "/api/core/chat/init"): FACE,
    ("POST", "/api/core/chat/getHistories"): FACE,
    ("POST", "/api/core/chat/updateHistory"): OF_A_CHAT,
    ("PUT", "/api/core/chat/updateHistory"): OF_A_CHAT,
    ("DELETE", "/api/core/chat/delHistory"): FACE,
    ("DELETE", "/api/core/chat/clearHistories"): FACE,
    ("POST", "/api/core/chat/history/getHistories"): FACE,
    ("POST", "/api/core/chat/history/updateHistory"): OF_A_CHAT,
    ("PUT", "/api/core/chat/history/updateHistory"): OF_A_CHAT,
    ("DELETE", "/api/core/chat/history/delHistory"): FACE,
    ("DELETE", "/api/core/chat/history/clearHistories"): FACE,
    ("POST", "/api/core/chat/getPaginationRecords"): FACE,
    ("GET", "/api/core/chat/getResData"): OF_A_CHAT,
    ("POST", "/api/core/chat/record/getPaginationRecords"): FACE,
    ("GET", "/api/core/chat/record/getResData"): OF_A_CHAT,
    ("POST", "/api/core/chat/item/delete"): FACE,
    ("DELETE", "/api/core/chat/item/delete"): FACE,
    ("POST", "/api/core/chat/record/delete"): FACE,
    ("DELETE", "/api/core/chat/record/delete"): FACE,
}
"""Method and path → status for each of CALLERS, in their order."""

CALL = {"sessionId": "{caller}", "timeStamp": "202503310303"}

ROWS = {"question": "how many orders"}
PAIR = {"question": "how many orders", "sql": "SELECT COUNT(*) FROM orders"}

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v0/ask_agent"): {"json": {"question": "你好"}},
    ("GET", "/api/v0/ask_agent_stream"): {"params": {"question": "你好"}},
    ("POST", "/api/v0/ask_agent_stream"): {"json": {"question": "你好"}},
    ("POST", "/api/v0/ask"): {"json": ROWS},
    ("POST", "/api/v0/ask_cached"): {"json": ROWS},
    ("GET", "/api/v0/user/{user_id}/conversations/search"): {"params": {"q": "x"}},
    ("PUT", "/api/v0/conversation/{conversation_id}"): {"json": {"title": "x"}},
    ("POST", "/api/v0/training_data/create"): {"json": {"data": {"training_data_type": "sql", **PAIR}}},
    ("POST", "/api/v0/training_data/upload"): {
        "data": {"file_type": "markdown"},
        "files": {"file": ("a.md", b"## a\n\nb\n")},
    },
    ("POST", "/api/v0/training_data/approve"): {"json": {"ids": ["{training_id}"]}},
    ("POST", "/api/v0/training_data/update"): {
        "json": {"id": "{training_id}", "training_data_type": "sql", **PAIR}
    },
    ("POST", "/api/v0/training_data/delete"): {"json": {"ids": ["{training_id}"], "confirm": True}},
    ("POST", "/api/v0/citu_train_question_sql"): {"json": PAIR},
    ("POST", "/api/v0/training_error_question_sql"): {"json": PAIR},
    ("POST", "/api/v0/qa_feedback/add"): {"json": {**PAIR, "is_thumb_up": True}},
    ("PUT", "/api/v0/qa_feedback/update/{feedback_id}"): {"json": {"comment": "x"}},
    ("POST", "/api/v0/qa_feedback/add_to_training"): {"json": {"feedback_ids": [1]}},
    ("POST", "/api/v0/database/table/ddl"): {"json": {"table": "orders"}},
    ("POST", "/api/v0/citu_run_sql"): {"json": {"sql": "SELECT COUNT(*) FROM orders"}},
    ("POST", "/api/v1/chat"): {"json": {"message": "你好"}},
    ("POST", "/api/v1/chat/stream"): {"json": {"message": "你好"}},
    ("POST", "/api/v1/knowledge/ingest"): {"files": {"file": ("a.md", b"# a\n\nsomething new\n")}},
    ("PUT", "/api/v1/knowledge/dictionary"): {"json": {"words": []}},
    ("PUT", "/api/v1/agent/operators/{agent_id}"): {"json": {"capacity": 3}},
    **{
        ("POST", f"/api/v1/agent/sessions/{{session_id}}/{what}"): {"json": body}
        for what, body in (
            ("messages", {"content": "在"}),
            ("knowledge-recommend", {"query": "退货"}),
            ("business-assist", {"query": "积分"}),
            ("solution", {"question": "几点开门", "solution": "九点。"}),
        )
    },
    ("POST", "/api/v1/tickets"): {"json": {"description": "耳机坏了"}},
    ("PATCH", "/api/v1/tickets/{ticket_id}"): {"json": {"priority": "high"}},
    ("POST", "/api/v1/tickets/{ticket_id}/comments"): {"json": {"content": "请尽快"}},
    ("POST", "/api/v1/escalation/solution"): {"json": {"question": "几点开门", "solution": "九点。"}},
    ("POST", "/v1/ctai/query_text_chat"): {"json": {"query_text": "你好", "session_id": "s-{caller}"}},
    ("POST", "/v1/ctai/stop_chat"): {"json": {"session_id": "{docqa_session}"}},
    ("POST", "/v1/ctai/query_chat_history"): {"json": {"session_id": "{docqa_session}"}},
    ("POST", "/v1/ctai/retrieve"): {"json": {"query": "退货"}},
    ("POST", "/v1/ctai/upload_ctai_doc"): {
        "data": {"ctai_doc": '{{"doc_name": "b.md"}}'},
        "files": {"content": ("b.md", b"# b\n\nsomething else\n")},
    },
    ("POST", "/v1/ctai/add_ctai_doc_batch"): {
        "json": {"ctai_doc_list": [{"doc_type": "text", "doc_name": "c.txt", "doc_text": "新的内容"}]}
    },
    ("POST", "/v1/ctai/delete_ctai_doc_batch"): {"json": {"ctdoc_id_list": ["0" * 32]}},
    ("POST", "/v1/ctai/update_ctai_doc"): {"json": {"ctdoc_id": "{ctdoc_id}", "enabled": "1"}},
    ("POST", "/v1/ctai/reparse_ctai_doc"): {"json": {"ctdoc_id": "{ctdoc_id}"}},
    ("POST", "/v1/ctai/ctai_doc_list"): {"json": {}},
    ("POST", "/v1/ctai/ctai_doc_info"): {"json": {"ctdoc_id": "{ctdoc_id}"}},
    ("POST", "/v1/ctai/add_intervention"): {"json": {"question": "{caller}几点开门", "answer": "九点。"}},
    ("POST", "/v1/ctai/add_intervention_batch"): {
        "json": {"intervention_list": [{"question": "{caller}几点关门", "answer": "六点。"}]}
    },
    ("POST", "/v1/ctai/update_intervention"): {
        "json": {"intervention_id": "{intervention_id}", "answer": "八点。", "allow_conflict": "1"}
    },
    ("POST", "/v1/ctai/delete_intervention_batch"): {"json": {"intervention_id_list": ["0" * 32]}},
    ("POST", "/v1/ctai/import_intervention"): {
        "files": {"content": ("a.csv", "question,answer\n周末休息吗,不休息。\n".encode())}
    },
    ("POST", "/v1/ctai/intervention_list"): {"json": {}},
    ("POST", "/v1/ctai/intervention_info"): {"json": {"intervention_id": "{intervention_id}"}},
    ("POST", "/v1/ctai/test_intervention"): {"json": {"query_text": "几点开门"}},
    ("POST", "/v1/ctai/intervention_hits"): {"json": {}},
    ("POST", "/v1/ctai/project_settings"): {"json": {}},
    ("POST", "/v1/ctai/update_project_settings"): {"json": {}},
    **{
        ("POST", f"/api/{generation}/chat/completions"): {
            "json": {"messages": [{"role": "user", "content": "你好"}], "chatId": "c-{caller}"}
        }
        for generation in ("v1", "v2")
    },
    **{
        (method, f"/api/core/chat/{folder}updateHistory"): {
            "json": {"chatId": "{chat_id}", "customTitle": "新的标题"}
        }
        for method in ("POST", "PUT")
        for folder in ("", "history/")
    },
    **{
        ("GET", f"/api/core/chat/{folder}getResData"): {
            "params": {"chatId": "{chat_id}", "dataId": "{data_id}"}
        }
        for folder in ("", "record/")
    },
    ("POST", "/v1/chat/completions"): {"json": {"messages": [{"role": "user", "content": "你好"}]}},
    ("POST", "/chat"): {"json": {**CALL, "text": "你好"}},
    ("POST", "/set_info"): {"json": {**CALL, "key": "hphm1", "value": "沪A89395"}},
    ("POST", "/get_info"): {"json": CALL},
    ("GET", "/get_info"): {"params": CALL},
    ("POST", "/delete_last_turn"): {"json": CALL},
    ("DELETE", "/delete_session"): {"params": CALL},
}
"""What to send; `{names}` stand for the caller and for things of the default tenant."""


def filled(value: Any, names: dict[str, str]) -> Any:
    """The same with every name replaced."""
    if isinstance(value, str):
        return value.format(**names)
    if isinstance(value, dict):
        return {key: filled(one, names) for key, one in value.items()}
    return [filled(one, names) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class House:
    """A server with a key for each kind of caller, and things that belong to the default tenant."""

    http: httpx.AsyncClient
    parts: Parts
    secrets: dict[str, str]
    names: dict[str, str]

    async def call(self, caller: str, method: str, path: str, **more: Any) -> httpx.Response:
        """One request by a caller of that kind, to the things of the default tenant."""
        secret = self.secrets.get(caller)
        headers = {"X-API-Key": secret} if secret else {}
        names = {**self.names, "caller": caller.replace(" ", "-")}
        return await self.http.request(method, path.format(**names), headers=headers, **filled(more, names))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    home: Path = tmp_path_factory.mktemp("house")
    settings = Settings(home=home, rate_limit_enabled=False, api_key="shared-key")
    async with open_parts(settings) as parts:
        at = datetime.now(UTC)
        made = {name: await parts.keys.create(name, principal, at) for name, principal in KEYS.items()}
        secrets = {name: secret for name, (_, secret) in made.items()} | {"wrong key": "yd-wrong"}
        await parts.authenticator.refresh()
        parts.desks.bells.close()  # feeds end at once
        transport = httpx.ASGITransport(build_site(parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            house = House(http, parts, secrets | {"shared": "shared-key"}, {})
            house.names.update(await belongings(house))
            yield house


async def belongings(house: House) -> dict[str, str]:
    """Documents, a turn of user u-2 that cites one, a session of theirs, and a curated answer."""
    files = {"file": ("退货.md", "# 退货\n\n签收后 37 天内可以退货。\n".encode())}
    document = await house.call("shared", "POST", "/api/v1/knowledge/ingest", files=files)
    body = {"message": "几天内可以退货", "user_id": "u-2"}
    answer = (await house.call("shared", "POST", "/api/v1/chat", json=body)).json()
    assert "37 天" in answer["reply"]
    asked = {"query_text": "几天内可以退货", "session_id": "s-u-2", "user_id": "u-2"}
    told = (await house.call("shared", "POST", "/v1/ctai/query_text_chat", json=asked)).json()
    assert "37 天" in told["data"]["answer_text"]
    curated = {"question": f"第{len(house.names)}家店在哪", "answer": "在街角。", "allow_conflict": "1"}
    written = (await house.call("shared", "POST", "/v1/ctai/add_intervention", json=curated)).json()
    chat = {"messages": [{"role": "user", "content": "方便"}], "chatId": "c-1"}
    await house.call("shared", "POST", "/api/v1/chat/completions", json=chat)
    records = {"json": {"chatId": "c-1"}}
    found = (await house.call("shared", "POST", "/api/core/chat/getPaginationRecords", **records)).json()
    filed = {"json": {"description": f"耳机坏了 {uuid4().hex}", "user_id": "u-2"}}
    ticket = (await house.call("shared", "POST", "/api/v1/tickets", **filed)).json()
    return {
        "ticket_id": ticket["ticket_id"],
        **(await data_belongings(house)),
        "chat_id": "c-1",
        "data_id": found["data"]["list"][-1]["dataId"],
        "ctdoc_id": await uploaded(house),
        "docqa_session": "s-u-2",
        "intervention_id": written["data"]["intervention_id"],
        "doc_id": document.json()["doc_id"],
        "turn_id": answer["data"]["turn_id"],
        "session_id": answer["session_id"],
        "agent_id": "op-1",
        "solution_id": "HS-0",
        "number": "1",
    }


async def data_belongings(house: House) -> dict[str, str]:
    """A conversation of user u-2 about data with rows in it, a training item, and an opinion."""

    async def made(path: str, body: dict[str, Any]) -> Any:
        return (await house.call("shared", "POST", f"/api/v0/{path}", json=body)).json()["data"]

    asked = await made("ask_agent", {**ROWS, "user_id": "u-2"})
    assert asked["records"]["row_count"] == 1
    taught = await made("citu_train_question_sql", PAIR)
    judged = await made("qa_feedback/add", {**PAIR, "is_thumb_up": True, "user_id": "u-2"})
    return {
        "user_id": "u-2",
        "conversation_id": asked["conversation_id"],
        "training_id": taught["training_id"],
        "feedback_id": str(judged["feedback_id"]),
    }


async def uploaded(house: House) -> str:
    """The id of a document that came in by its queue, once it is ready."""
    more = {
        "data": {"ctai_doc": '{{"doc_name": "手册.md"}}'},
        "files": {"content": ("手册.md", "# 手册\n\n按键三秒开机。\n".encode())},
    }
    taken = (await house.call("shared", "POST", "/v1/ctai/upload_ctai_doc", **more)).json()
    ctdoc_id = str(taken["data"]["ctdoc_id"])
    for _ in range(200):
        wanted = {"json": {"ctdoc_id": ctdoc_id}}
        listed = (await house.call("shared", "POST", "/v1/ctai/ctai_doc_list", **wanted)).json()
        if listed["data"]["ctai_doc_list"][0]["doc_status"] == "ready":
            return ctdoc_id
        await asyncio.sleep(0.05)
    raise AssertionError(listed)


def routes_of(parts: Parts) -> set[tuple[str, str]]:
    """All there are, as the framework knows them."""
    found: set[tuple[str, str]] = set()
    waiting = list(build_routes(parts, ErrorResponses(error_body, {})).routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, Mount):
            found.add(("GET", route.path))
        elif isinstance(route, Route):
            found |= {(method, route.path) for method in route.methods or () if method != "HEAD"}
        else:  # what `include_router` leaves behind; anything unknown fails here
            waiting += route.original_router.routes
    return found


async def test_every_route_is_in_the_table(house: House) -> None:
    assert routes_of(house.parts) == set(TABLE)


@pytest.mark.parametrize(("method", "path"), TABLE)
async def test_every_caller_gets_what_is_theirs(house: House, method: str, path: str) -> None:
    where = "/static/index.html" if path == "/static" else path
    more = BODIES.get((method, path), {})
    if path == "/api/v1/agent/sessions/claim":
        await emptied(house)
    # Those who may not come first: what they are refused must still be there for those who may.
    statuses = {caller: (await house.call(caller, method, where, **more)).status_code for caller in CALLERS}
    assert statuses == dict(zip(CALLERS, TABLE[method, path], strict=True))
    if method == "DELETE" or any(word in path.lower() for word in ENDING):
        house.names.update(await belongings(house))


async def emptied(house: House) -> None:
    """Take whoever other tests left waiting, so that the answer is the same for all: nobody waits."""
    claim = BODIES.get(("POST", "/api/v1/agent/sessions/claim"), {})
    for _ in range(100):
        if (await house.call("desk", "POST", "/api/v1/agent/sessions/claim", **claim)).status_code != 200:
            return


async def test_another_tenant_sees_nothing_of_ours(house: House) -> None:
    async def other(method: str, path: str, **more: Any) -> Any:
        return (await house.call("other tenant", method, path, **more)).json()

    listed = await other("GET", "/api/v1/knowledge/documents")
    assert house.names["doc_id"] not in str(listed)
    assert (await other("GET", "/api/v1/knowledge/documents/{doc_id}"))["status"] == "not_found"
    assert (await other("DELETE", "/api/v1/knowledge/documents/{doc_id}"))["success"] is False
    asked = {"message": "几天内可以退货", "session_id": house.names["session_id"]}
    answer = await other("POST", "/api/v1/chat", json=asked)
    assert (answer["data"]["sources"], "37" in answer["reply"]) == ([], False)
    assert answer["data"]["session_restarted"] is True
    ours = (await house.call("shared", "POST", "/api/v1/chat", json={"message": "几天内可以退货"})).json()
    assert "37 天" in ours["reply"]


async def test_a_bound_user_speaks_for_nobody_else_and_continues_nobody_elses(house: House) -> None:
    async def bound(**fields: str) -> httpx.Response:
        return await house.call("bound user", "POST", "/api/v1/chat", json={"message": "你好", **fields})

    assert (await bound(user_id="u-2")).status_code == 403
    assert (await bound(user_id="u-1")).status_code == 200
    taken = (await bound(session_id=house.names["session_id"])).json()
    assert (taken["session_id"] != house.names["session_id"], taken["data"]["turn_count"]) == (True, 1)


async def test_a_call_is_nobody_elses(house: House) -> None:
    async def told(caller: str, method: str, path: str, **fields: str) -> Any:
        call = {"sessionId": "a1", "timeStamp": "", **fields}
        return (await house.call(caller, method, path, json=call)).json()

    await told("bound user", "POST", "/set_info", key="phone", value="13800138000")
    await told("bound user", "POST", "/chat", text="方便")
    for caller, known in (("bound user", 2), ("chat", 2), ("other tenant", 0)):
        assert len((await told(caller, "POST", "/get_info"))["values"]) == known
    for method, path in (("POST", "/delete_last_turn"), ("DELETE", "/delete_session")):
        assert (await told("other tenant", method, path))["code"] == "200"
    assert len((await told("bound user", "POST", "/get_info"))["values"]) == 2


@pytest.mark.parametrize("header", ["X-API-Key", "orionstar-api-key", "Authorization"])
async def test_one_key_opens_in_every_header_a_contract_knows(house: House, header: str) -> None:
    key = house.secrets["chat"]
    headers = {header: f"Bearer {key}" if header == "Authorization" else key}
    response = await house.http.post("/api/v1/chat", json={"message": "你好"}, headers=headers)
    assert response.status_code == 200
