"""Interventions over the wire: strings out, leniency in, each element of a batch for itself."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from yingda.curated.book import CuratedBook
from yingda.curated.editing import CuratedEditor
from yingda.curated.hits import Hit, HitLog
from yingda.curated.store import CuratedStore
from yingda.dialects.docqa.respond import PREFIX, refuse
from yingda.dialects.docqa.routes.curated import CuratedDesk, curated_routes
from yingda.dialects.helpdesk.errors import error_body
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock
from yingda.testing.builders import PRINCIPAL
from yingda.testing.clock import START
from yingda.turns.types import DEFAULT_COLLECTION
from yingda.web.respond import ErrorResponses

AT = "1767603600"
RETURN = {"question": "怎么退货", "answer": "七天内申请。", "similar_question_list": ["如何退货"]}


@pytest.fixture
async def desk(migrated_sqlite):
    async with open_database(migrated_sqlite) as database:
        clock, book = FrozenClock(), CuratedBook(CuratedStore(database))
        yield CuratedDesk(
            book=book, editor=CuratedEditor(book, clock), hits=HitLog(database, clock), clock=clock
        )


@pytest.fixture
async def http(desk):
    """An administrator's client."""
    app = FastAPI()
    ErrorResponses(error_body, {PREFIX: refuse}).install(app)
    app.include_router(curated_routes(desk))

    async def as_admin(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "principal": PRINCIPAL}, receive, send)

    transport = httpx.ASGITransport(as_admin)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/v1/ctai") as client:
        yield client


@pytest.fixture
def post(http):
    """Calls a route; returns `ret` and `data`."""

    async def call(path: str, body: object = None, **more: object) -> tuple[str, dict]:
        answer = (await http.post(path, json=body, **more)).json()
        return answer["ret"], answer["data"]

    return call


def uploaded(table: str, **fields: str) -> dict:
    return {"files": {"content": ("a.csv", table.encode())}, "data": fields}


async def test_one_is_added_shown_and_answers(post):
    ret, added = await post("add_intervention", RETURN)
    assert (ret, added) == (
        "0",
        {
            "intervention_id": added["intervention_id"],
            "question": "怎么退货",
            "answer": "七天内申请。",
            "similar_question_list": ["如何退货"],
            "negative_question_list": [],
            "ref_ctdoc_id": "",
            "ctdoc_id": "",
            "valid_from": "",
            "valid_until": "",
            "status": "approved",
            "is_active": "1",
            "hit_count": "0",
            "last_hit_time": "",
            "create_time": AT,
            "create_by": "test",
            "update_time": AT,
            "update_by": "test",
        },
    )
    assert await post("intervention_info", {"intervention_id": added["intervention_id"]}) == ("0", added)


async def test_leniency_of_what_is_taken(post):
    body = {
        "question": 12345,
        "answer": "b",
        "similar_question_list": "甲问题|乙问题\n丙问题",
        "ref_ctdoc_id": "d1, d2",
        "ctdoc_id": ["d3"],
        "valid_from": 1767603600,
        "valid_until": "",
        "unknown": {},
        "allow_conflict": True,
    }
    _, added = await post("add_intervention", body)
    names = ("question", "similar_question_list", "ref_ctdoc_id", "ctdoc_id", "valid_from", "valid_until")
    assert [added[name] for name in names] == [
        "12345",
        ["甲问题", "乙问题", "丙问题"],
        "d1,d2",
        "d3",
        "1767603600",
        "",
    ]


@pytest.mark.parametrize(
    ("body", "ret"),
    [
        ({"answer": "a"}, "40001"),
        ({"question": "a", "answer": ""}, "40001"),
        ({"question": " ", "answer": "a"}, "40002"),
        ({"question": "a", "answer": "a", "status": "live"}, "40002"),
        ({"question": "a", "answer": "a", "valid_from": "soon"}, "40002"),
        ({"question": "a", "answer": "a", "similar_question_list": {"a": 1}}, "40002"),
    ],
)
async def test_what_is_wrong_has_its_code(post, body, ret):
    assert await post("add_intervention", body) == (ret, {})


async def test_a_taken_question_names_its_owner(post):
    _, owner = await post("add_intervention", RETURN)
    ret, data = await post("add_intervention", {"question": "退货怎么弄", "answer": "-"})
    (conflict,) = data["conflict_list"]
    assert (ret, conflict["question"], conflict["intervention_id"]) == (
        "40002",
        "退货怎么弄",
        owner["intervention_id"],
    )


async def test_elements_of_a_batch_stand_alone(post):
    batch = [RETURN, {"question": "x"}, {**RETURN, "answer": "-"}, {"question": "怎么开发票", "answer": "-"}]
    _, data = await post("add_intervention_batch", {"intervention_list": batch})
    results = data["intervention_result_list"]
    assert [one["ret"] for one in results] == ["0", "40001", "40002", "0"]
    assert [len(one.get("conflict_list", ())) for one in results] == [0, 0, 2, 0]


async def test_an_update_changes_what_is_given_and_resets_what_is_null(post):
    _, added = await post("add_intervention", {**RETURN, "valid_until": "2030-01-01", "status": "draft"})
    told = {"intervention_id": added["intervention_id"]}
    _, changed = await post("update_intervention", {**told, "status": "approved", "valid_until": None})
    assert changed == {**added, "status": "approved", "is_active": "1", "valid_until": ""}
    _, emptied = await post("update_intervention", {**told, "similar_question_list": []})
    assert (emptied["similar_question_list"], emptied["question"]) == ([], "怎么退货")
    assert (await post("update_intervention", {"intervention_id": "none"}))[0] == "40400"


async def test_deleting_twice_succeeds_twice(post):
    _, added = await post("add_intervention", RETURN)
    body = {"intervention_id_list": [added["intervention_id"], "never-there"]}
    outcomes = [await post("delete_intervention_batch", body) for _ in range(2)]
    assert outcomes[0] == outcomes[1]
    assert [one["ret"] for one in outcomes[0][1]["intervention_result_list"]] == ["0", "0"]
    assert (await post("intervention_list", {}))[1]["total"] == "0"


async def test_lists_are_paged_and_filtered(post):
    await post("add_intervention", RETURN)
    await post("add_intervention", {"question": "怎么开发票", "answer": "-", "status": "draft"})
    _, page = await post("intervention_list", {"page": 2, "page_size": "1"})
    assert (page["total"], page["page"], page["page_size"], len(page["intervention_list"])) == (
        "2",
        "2",
        "1",
        1,
    )
    for wanted in ({"keyword": "发票"}, {"status": "draft"}):
        _, found = await post("intervention_list", wanted)
        assert [one["question"] for one in found["intervention_list"]] == ["怎么开发票"]


async def test_the_tester_tells_what_would_answer_and_why_not(post):
    _, added = await post("add_intervention", {**RETURN, "negative_question_list": ["海外订单怎么退货"]})

    async def tested(question: str, **more: str) -> tuple:
        _, data = await post("test_intervention", {"query_text": question, **more})
        (match,) = data["match_list"]
        return data["intervention_id"], match["would_answer"], match["vetoed_by"], match["difference_list"]

    assert await tested("请问如何退货？") == (added["intervention_id"], "1", "", [])
    assert await tested("海外订单怎么退货？") == ("", "0", "海外订单怎么退货", [])
    assert await tested("不退货怎么弄") == ("", "0", "", ["negation"])
    assert await tested("怎么退货", ctdoc_id="d1") == ("", "0", "", [])


async def test_a_table_is_checked_and_then_imported(post, http):
    table = "问题,答案,相似问题\n怎么退货,七天内。,如何退货|退货流程\n,没有问题,\n退货怎么弄,-,\n"
    for check in ("1", "0"):
        answer = await http.post("import_intervention", **uploaded(table, check_only=check, status="draft"))
        data = answer.json()["data"]
        assert (data["total"], data["added"], data["failed"]) == ("3", "1", "2")
        rows = data["intervention_result_list"]
        assert [(one["row"], one["ret"]) for one in rows] == [("2", "0"), ("3", "40002"), ("4", "40002")]
        assert bool(rows[0]["intervention"]) == (check == "0")
    _, kept = await post("intervention_list", {})
    assert [one["status"] for one in kept["intervention_list"]] == ["draft"]


@pytest.mark.parametrize(
    ("request_of", "ret"),
    [
        ({"json": {}}, "40004"),
        ({"files": {"other": b"x"}}, "40001"),
        (uploaded("question\n1\n"), "40002"),
        (uploaded("question,answer\n1,2\n", status="live"), "40002"),
        ({"files": {"content": b"\x89PNG\r\n"}}, "40004"),
    ],
)
async def test_what_cannot_be_imported(http, request_of, ret):
    assert (await http.post("import_intervention", **request_of)).json()["ret"] == ret


async def test_the_log_shows_when_one_answered(post, desk):
    hit = Hit(answer_id="a1", turn_id="t1", question="怎么退货", score=0.9, at=START)
    desk.hits.note(PRINCIPAL, DEFAULT_COLLECTION, hit)
    await desk.hits.flush()
    line = {
        "intervention_id": "a1",
        "answer_id": "t1",
        "query_text": "怎么退货",
        "score": "0.9000",
        "time": AT,
    }
    assert await post("intervention_hits", {"intervention_id": "a1"}) == (
        "0",
        {"total": "1", "page": "1", "page_size": "20", "hit_list": [line]},
    )
    assert (await post("intervention_hits", {"intervention_id": "a2"}))[1]["hit_list"] == []
