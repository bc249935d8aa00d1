"""Project settings over the wire: strings out, leniency in, null resets, errors in the contract's shape."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from yingda.dialects.docqa.respond import PREFIX, refuse
from yingda.dialects.docqa.routes.settings import settings_routes
from yingda.dialects.helpdesk.errors import error_body
from yingda.projects.store import Projects
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock
from yingda.testing.builders import PRINCIPAL
from yingda.turns.options import UNSET, Project
from yingda.web.respond import ErrorResponses

AT = "1767603600"
UNSET_SHOWN = {
    "persona": "",
    "fallback_mode": "fixed",
    "fallback_texts": {},
    "refusal_texts": {},
    "blocked_words": [],
    "model": "",
    "passage_count": "",
    "threshold": "",
    "revision": "0",
    "update_time": "",
}


@pytest.fixture
async def projects(migrated_sqlite):
    async with open_database(migrated_sqlite) as database:
        yield Projects(database, FrozenClock())


@pytest.fixture
async def post(projects):
    """Calls a route as an administrator; returns status and body."""
    app = FastAPI()
    ErrorResponses(error_body, {PREFIX: refuse}).install(app)
    app.include_router(settings_routes(projects, FrozenClock()))

    async def as_admin(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "principal": PRINCIPAL}, receive, send)

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(as_admin), base_url="http://localhost"
    ) as http:

        async def call(path: str, body: object = None) -> tuple[int, dict]:
            answer = await http.post(f"/v1/ctai/{path}", json=body)
            return answer.status_code, answer.json()

        yield call


async def test_an_unset_project_reads_empty(post):
    data = {**UNSET_SHOWN, "change_list": []}
    assert await post("project_settings", {}) == (200, {"ret": "0", "msg": "", "stime": AT, "data": data})


async def test_what_is_given_is_changed_and_read_back_as_strings(post, projects):
    body = {
        "persona": "您好",
        "fallback_mode": "model",
        "fallback_texts": {"zh_CN": "没有。", "en": "None."},
        "refusal_texts": {"ja-JP": "不可。"},
        "blocked_words": ["坏词"],
        "passage_count": "7",
        "threshold": 0.25,
        "unknown": 1,
    }
    status, changed = await post("update_project_settings", body)
    shown = {
        **UNSET_SHOWN,
        "persona": "您好",
        "fallback_mode": "model",
        "fallback_texts": {"zh_CN": "没有。", "en_US": "None."},
        "refusal_texts": {"ja_JP": "不可。"},
        "blocked_words": ["坏词"],
        "passage_count": "7",
        "threshold": "0.25",
        "revision": "1",
        "update_time": AT,
    }
    assert (status, changed["data"]) == (200, shown)
    fields = [
        "persona",
        "fallback_mode",
        "fallback_texts",
        "refusal_texts",
        "blocked_words",
        "passage_count",
        "threshold",
    ]
    trail = [{"revision": "1", "fields": fields, "key_id": "test", "time": AT}]
    assert (await post("project_settings"))[1]["data"] == {**shown, "change_list": trail}
    assert projects.get(PRINCIPAL).fallback_texts == (("zh", "没有。"), ("en", "None."))


async def test_null_and_empty_reset_and_absent_stays(post, projects):
    await projects.put(PRINCIPAL, Project(persona="p", passage_count=3, threshold=0.5, blocked_words=("a",)))
    await post("update_project_settings", {"persona": "", "passage_count": None})
    assert projects.get(PRINCIPAL) == Project(threshold=0.5, blocked_words=("a",))
    await post("update_project_settings", {"threshold": "", "blocked_words": None})
    assert projects.get(PRINCIPAL) == UNSET


async def test_words_can_be_added_and_taken_out(post, projects):
    await post("update_project_settings", {"blocked_words": ["a", "b"]})
    await post("update_project_settings", {"add_blocked_words": ["c", "a"], "remove_blocked_words": ["b"]})
    assert projects.get(PRINCIPAL).blocked_words == ("a", "c")


@pytest.mark.parametrize(
    ("body", "ret", "told"),
    [
        ({"passage_count": "21"}, "40002", "passage_count"),
        ({"threshold": "1.5"}, "40002", "threshold"),
        ({"threshold": "nan"}, "40002", "threshold"),
        ({"fallback_mode": "guess"}, "40002", "fallback_mode"),
        ({"fallback_texts": {"xx": "?"}}, "40002", "fallback_texts"),
        ({"refusal_texts": "no"}, "40002", "refusal_texts"),
        ({"persona": "长" * 4001}, "40003", "persona"),
        ({"blocked_words": ["长" * 65]}, "40003", "blocked_words"),
        ({"add_blocked_words": [" "]}, "40002", "blocked_words"),
    ],
)
async def test_what_is_wrong_is_told_by_field(post, projects, body, ret, told):
    status, answer = await post("update_project_settings", body)
    assert (status, answer["ret"], told in answer["msg"]) == (400, ret, True)
    assert projects.get(PRINCIPAL) == UNSET
