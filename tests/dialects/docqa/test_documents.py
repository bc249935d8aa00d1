"""Documents over the wire: handed in, followed, changed, taken away; and what retrieval finds in them."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
from aiohttp import web
from docx import Document
from fastapi import FastAPI
from fpdf import FPDF
from pptx import Presentation
from starlette.types import Receive, Scope, Send
from tests.databases import migrated_file

from yingda.dialects.docqa.respond import PREFIX, refuse
from yingda.dialects.docqa.routes.documents import DocumentDesk, document_routes
from yingda.dialects.docqa.routes.retrieve import retrieve_routes
from yingda.dialects.helpdesk.errors import error_body
from yingda.dialects.helpdesk.routes.knowledge import knowledge_routes
from yingda.knowledge.chunk import ChunkConfig, chunk
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.ingest import Ingestor
from yingda.knowledge.intake import Intake
from yingda.knowledge.keeper import WordSide
from yingda.knowledge.lexicons import CollectionLexicons
from yingda.knowledge.library import open_library
from yingda.knowledge.parse import ParseLimits
from yingda.knowledge.parse.pool import ParserPool
from yingda.knowledge.retrieve import HybridRetriever
from yingda.knowledge.uploads.catalogue import Catalogue
from yingda.knowledge.uploads.queue import UploadQueue
from yingda.knowledge.uploads.uploads import Uploads
from yingda.knowledge.uploads.worker import UploadWorker
from yingda.safety.outbound import Outbound
from yingda.storage.sql import open_database
from yingda.turns.clock import SystemClock
from yingda.turns.types import ALL_ROLES, Principal, Role
from yingda.web.respond import ErrorResponses

MAX_BYTES = 100_000
OURS = Principal(tenant="ours", key_id="k1", roles=ALL_ROLES)
THEIRS = Principal(tenant="theirs", key_id="k2", roles=ALL_ROLES)
POLICY = "# 退货政策\n\n签收后 37 天内可以退货。\n".encode()


@dataclass(slots=True)
class Client:
    """Calls as one principal."""

    app: Callable[[Scope, Receive, Send], Awaitable[None]]
    principal: Principal = OURS

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app({**scope, "principal": self.principal}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
            return await http.request(method, path, **more)

    async def post(self, path: str, body: Any = None) -> Any:
        """`data` of a success."""
        answer = (await self.send("POST", f"/v1/ctai/{path}", json=body or {})).json()
        assert answer["ret"] == "0", answer
        return answer["data"]

    async def refused(self, path: str, body: Any) -> tuple[int, str]:
        """Status and `ret`."""
        answer = await self.send("POST", f"/v1/ctai/{path}", json=body)
        return answer.status_code, answer.json()["ret"]

    async def upload(self, name: str, data: bytes | None = POLICY, **parts: str) -> httpx.Response:
        """One file."""
        form = {"ctai_doc": json.dumps({"doc_name": name}), **parts}
        files = {"content": (name, data)} if data is not None else None
        if files is None:
            files = {"check": (None, "")}  # multipart all the same
        return await self.send("POST", "/v1/ctai/upload_ctai_doc", data=form, files=files)

    async def settled(self, document_id: str) -> dict[str, Any]:
        """The document once nothing is left to be done."""
        async with asyncio.timeout(30):
            while True:
                info = await self.post("ctai_doc_info", {"ctdoc_id": document_id})
                if info["doc_status"] in ("ready", "failed"):
                    return info
                await asyncio.sleep(0.02)

    async def taken_in(self, name: str, data: bytes) -> dict[str, Any]:
        """Uploaded, and what became of it."""
        return await self.settled((await self.upload(name, data)).json()["data"]["ctdoc_id"])

    async def found(self, query: str, **more: Any) -> Any:
        """What retrieval gives."""
        return await self.post("retrieve", {"query": query, **more})


@pytest.fixture
async def client(tmp_path) -> AsyncIterator[Client]:
    """The routes of both dialects over real parsers and a real index."""
    clock, path = SystemClock(), migrated_file(tmp_path / "yingda.db")
    lexicons, arrived = CollectionLexicons(), asyncio.Event()
    index = TantivyIndex(tmp_path / "index", lexicons)
    words = WordSide(index=index, lexicons=lexicons)
    async with (
        open_database(path) as database,
        open_library(database, words, tmp_path, clock) as library,
        ParserPool(1, ParseLimits()) as parsers,
    ):
        intake = Intake(library, parsers, partial(chunk, config=ChunkConfig()))
        ingestor = Ingestor(library, intake, clock)
        outbound = Outbound(allowed_hosts=["127.0.0.1"])
        worker = UploadWorker(UploadQueue(database, clock), ingestor, outbound, arrived)
        desk = DocumentDesk(
            library=library,
            uploads=Uploads(database, clock, arrived),
            catalogue=Catalogue(database),
            outbound=outbound,
            clock=clock,
            max_bytes=MAX_BYTES,
        )
        app = FastAPI()
        ErrorResponses(error_body, {PREFIX: refuse}).install(app)
        app.include_router(document_routes(desk))
        app.include_router(retrieve_routes(HybridRetriever(index, library, clock), desk.catalogue, clock))
        app.include_router(knowledge_routes(library, ingestor))
        working = asyncio.create_task(worker.run())
        yield Client(app)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def test_an_upload_is_answered_at_once_and_becomes_ready(client):
    meta = json.dumps({"tags": "退货,售后", "language": "zh_CN", "client_ref": "r-1"})
    answer = (await client.upload("退货政策.md", POLICY, meta=meta)).json()
    document_id = answer["data"]["ctdoc_id"]
    assert answer["data"] == {
        "ctdoc_id": document_id,
        "doc_name": "退货政策.md",
        "file_url": f"/v1/ctai/file/{document_id}",
        "doc_status": "queued",
        "duplicate_of": "",
    }
    info = await client.settled(document_id)
    times = {name: info[name] for name in ("create_time", "update_time")}
    assert info == {
        "ctdoc_id": document_id,
        "doc_name": "退货政策.md",
        "doc_type": "file",
        "doc_url": "",
        "file_url": f"/v1/ctai/file/{document_id}",
        "doc_status": "ready",
        "doc_progress": "100",
        "fail_code": "",
        "size_bytes": str(len(POLICY)),
        "sha256": info["sha256"],
        "page_count": "",
        "chunk_count": "1",
        **times,
        "enabled": "1",
        "duplicate_of": "",
        "tags": ["退货", "售后"],
        "language": "zh_CN",
        "client_ref": "r-1",
        "source_url": "",
        "fail_reason": "",
        "char_count": "20",
        "parse_warnings": [],
    }
    assert all(value.isdigit() for value in times.values())
    again = (await client.upload("another.md", b"other", meta=meta)).json()["data"]
    assert (again["ctdoc_id"], again["doc_status"]) == (document_id, "ready")


async def test_what_was_uploaded_here_is_listed_and_deleted_there_and_the_other_way_round(client):
    files = {"file": ("helpdesk.md", "# 配送\n\n顺丰 3 天送达。\n".encode())}
    there = (await client.send("POST", "/api/v1/knowledge/ingest", files=files)).json()["doc_id"]
    here = (await client.taken_in("docqa.md", POLICY))["ctdoc_id"]
    listed = await client.post("ctai_doc_list")
    assert {(one["doc_name"], one["doc_type"], one["doc_status"]) for one in listed["ctai_doc_list"]} == {
        ("helpdesk.md", "file", "ready"),
        ("docqa.md", "file", "ready"),
    }
    assert len((await client.found("顺丰几天送达"))["passage_list"]) == 1
    gone = await client.post("delete_ctai_doc_batch", {"ctdoc_id_list": [there.removeprefix("doc-")]})
    assert gone["ctai_doc_result_list"][0]["ret"] == "0"
    deleted = await client.send("DELETE", f"/api/v1/knowledge/documents/doc-{here}")
    assert deleted.json()["success"] is True
    assert (await client.post("ctai_doc_list"))["total"] == "0"
    for query in ("顺丰几天送达", "几天可以退货"):
        assert (await client.found(query))["passage_list"] == []


def scanned() -> bytes:
    document = FPDF()
    document.add_page()
    return bytes(document.output())


def locked() -> bytes:
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    document.cell(text="secret")
    document.set_encryption(owner_password="a", user_password="b")
    return bytes(document.output())


def word() -> bytes:
    document, out = Document(), io.BytesIO()
    document.add_paragraph("Returns take 14 days.")
    document.save(out)
    return out.getvalue()


def slides() -> bytes:
    presentation, out = Presentation(), io.BytesIO()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "Returns take 14 days"
    presentation.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("a.docx", word, "ready", ""),
        ("a.pptx", slides, "ready", ""),
        ("a.csv", lambda: "问题,答案\n如何退货,联系客服\n".encode(), "ready", ""),
        ("empty.txt", lambda: b"", "failed", "empty_file"),
        ("blank.txt", lambda: b" \n", "failed", "no_text"),
        ("scan.pdf", scanned, "failed", "no_text"),
        ("locked.pdf", locked, "failed", "encrypted"),
        ("cut.pdf", lambda: b"%PDF-1.7 nothing", "failed", "corrupt"),
        ("word.pdf", word, "failed", "type_mismatch"),
        ("picture.txt", lambda: b"\x89PNG\r\n\x1a\n", "failed", "unsupported_type"),
    ],
)
async def test_type_is_decided_by_content(client, name, data, status, code):
    info = await client.taken_in(name, data())
    assert (info["doc_status"], info["fail_code"], bool(info["fail_reason"])) == (status, code, bool(code))


async def test_checking_keeps_nothing(client):
    checked = await client.upload("退货.md", None, check_only="1")
    assert (checked.status_code, checked.json()["data"]) == (200, {})
    assert (await client.post("ctai_doc_list"))["total"] == "0"


@pytest.mark.parametrize(
    ("name", "parts", "outcome"),
    [
        ("a.exe", {}, (415, "40004")),
        ("no-extension", {}, (415, "40004")),
        ("a.exe", {"check_only": "1"}, (415, "40004")),
        ("长" * 126 + ".md", {}, (400, "40003")),
        ("长" * 125 + ".md", {}, (200, "0")),
        ("", {}, (400, "40001")),
        ("a\u202egpj.md", {}, (400, "40002")),
        ("a.md", {"ctai_doc": "not json"}, (400, "40002")),
        ("a.md", {"ctai_doc": ""}, (400, "40001")),
        ("a.md", {"check_only": "maybe"}, (400, "40002")),
        ("a.md", {"meta": '{"client_ref": 7}'}, (200, "0")),
    ],
)
async def test_what_an_upload_must_say(client, name, parts, outcome):
    answer = await client.upload(name, **parts)
    assert (answer.status_code, answer.json()["ret"]) == outcome


async def test_uploads_that_are_no_uploads(client):
    too_big = await client.upload("a.md", b"x" * (MAX_BYTES + 1))
    assert (too_big.status_code, too_big.json()["ret"]) == (413, "40005")
    assert await client.refused("upload_ctai_doc", {}) == (415, "40004")
    nothing = await client.upload("a.md", None)
    assert (nothing.status_code, nothing.json()["ret"]) == (400, "40001")


async def test_the_files_own_extension_is_lent_to_a_name_without_one(client):
    form = {"ctai_doc": json.dumps({"doc_name": "手册 v1.2"})}
    answer = await client.send(
        "POST", "/v1/ctai/upload_ctai_doc", data=form, files={"content": ("x.MD", POLICY)}
    )
    assert answer.json()["data"]["doc_name"] == "手册 v1.2.md"


async def test_a_batch_stands_or_falls_element_by_element(client):
    data = await client.post(
        "add_ctai_doc_batch",
        {
            "ctai_doc_list": [
                {"doc_type": "text", "doc_name": "营业时间", "doc_text": "客服每天 9 点到 21 点在线。"},
                {
                    "doc_type": "qa",
                    "question": "A/B 套餐哪个好？",
                    "answer": "A 套餐适合新用户。\n\n<b>B</b> 适合老用户。",
                },
                {"doc_type": "url", "doc_url": "ftp://shop.example/"},
                {"doc_type": "url", "doc_url": "http://169.254.169.254/latest"},
                {"doc_type": "url"},
                {"doc_type": "picture"},
                {"doc_type": "text", "doc_name": "长", "doc_text": "x" * (MAX_BYTES + 1)},
                "nothing",
            ]
        },
    )
    results = data["ctai_doc_result_list"]
    assert [one["ret"] for one in results] == [
        "0", "0", "40006", "40006", "40001", "40002", "40005", "40002",
    ]  # fmt: skip
    assert results[2]["ctai_doc"] == {"doc_type": "url", "doc_url": "ftp://shop.example/", "ctdoc_id": ""}
    names = [(await client.settled(one["ctai_doc"]["ctdoc_id"]))["doc_name"] for one in results[:2]]
    assert names == ["营业时间", "A/B 套餐哪个好？"]
    [hours] = (await client.found("客服几点在线"))["passage_list"]
    assert hours["text"] == "客服每天 9 点到 21 点在线。"
    [pair] = (await client.found("A/B 套餐哪个好"))["passage_list"]
    assert (pair["heading"], "<b>B</b> 适合老用户。" in pair["text"]) == (["A/B 套餐哪个好？"], True)


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A page, one that moves there, and one that moves inside."""

    async def page(_: web.Request) -> web.Response:
        text = "<html><body><nav>菜单</nav><p>积分 365 天有效。</p></body></html>"
        return web.Response(text=text, content_type="text/html")

    async def moved(request: web.Request) -> web.Response:
        raise web.HTTPFound(location=request.query["to"])

    app = web.Application()
    app.add_routes([web.get("/points", page), web.get("/moved", moved)])
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_page_is_read_where_it_leads_and_not_inside(client, site):
    urls = [f"{site}/moved?to=/points", f"{site}/moved?to=http://10.0.0.1/"]
    elements = [{"doc_type": "url", "doc_url": url} for url in urls]
    data = await client.post("add_ctai_doc_batch", {"ctai_doc_list": elements})
    page, inside = [await client.settled(one["ctai_doc"]["ctdoc_id"]) for one in data["ctai_doc_result_list"]]
    assert (page["doc_type"], page["doc_name"], page["doc_url"], page["source_url"]) == (
        "url", urls[0], f"{site}/points", urls[0],
    )  # fmt: skip
    assert (inside["doc_status"], inside["fail_code"]) == ("failed", "private_address")
    [passage] = (await client.found("积分有效期多少天"))["passage_list"]
    assert passage["text"] == "积分 365 天有效。"


async def test_a_list_is_paged_filtered_and_asked_for_states(client):
    ids = [(await client.taken_in(f"{n}.md", POLICY + bytes([48 + n])))["ctdoc_id"] for n in range(3)]
    page = await client.post("ctai_doc_list", {"page": 2, "page_size": "2"})
    names = [one["doc_name"] for one in page["ctai_doc_list"]]
    assert (page["total"], page["page"], page["page_size"], names) == ("3", "2", "2", ["0.md"])
    states = await client.post("ctai_doc_list", {"ctdoc_id": f"{ids[0]}, {ids[2]},{'0' * 32}"})
    assert {one["ctdoc_id"] for one in states["ctai_doc_list"]} == {ids[0], ids[2]}
    assert (await client.post("ctai_doc_list", {"doc_status": "deleting"}))["total"] == "0"
    assert (await client.post("ctai_doc_list", {"keyword": "1.M"}))["total"] == "1"
    for wrong in ({"page_size": 101}, {"page": 0}, {"doc_status": "done"}, {"doc_type": "x"}):
        assert await client.refused("ctai_doc_list", wrong) == (400, "40002")


async def test_renaming_and_disabling_are_at_once(client):
    document_id = (await client.taken_in("a.md", POLICY))["ctdoc_id"]
    renamed = await client.post("update_ctai_doc", {"ctdoc_id": document_id, "doc_name": "退货.md"})
    [passage] = (await client.found("几天可以退货"))["passage_list"]
    assert (renamed["doc_name"], passage["doc_name"]) == ("退货.md", "退货.md")
    disabled = await client.post("update_ctai_doc", {"ctdoc_id": document_id, "enabled": 0})
    assert (disabled["enabled"], (await client.found("几天可以退货"))["passage_list"]) == ("0", [])
    scoped = await client.found("几天可以退货", ctdoc_id=document_id)
    assert scoped["scope"] == {"used": [], "missing": [], "not_ready": [document_id]}
    await client.post("update_ctai_doc", {"ctdoc_id": document_id, "enabled": True})
    assert len((await client.found("几天可以退货"))["passage_list"]) == 1
    assert await client.refused("update_ctai_doc", {"ctdoc_id": document_id}) == (400, "40001")


async def test_reading_again_and_unknown_documents(client):
    document_id = (await client.taken_in("a.md", POLICY))["ctdoc_id"]
    again = await client.post("reparse_ctai_doc", {"ctdoc_id": document_id})
    assert again["doc_status"] != "failed"
    assert (await client.settled(document_id))["doc_status"] == "ready"
    for path in ("ctai_doc_info", "reparse_ctai_doc"):
        assert await client.refused(path, {"ctdoc_id": "0" * 32}) == (404, "40400")
    gone = await client.post("delete_ctai_doc_batch", {"ctdoc_id_list": ["0" * 32, "[x]"]})
    assert [one["ret"] for one in gone["ctai_doc_result_list"]] == ["0", "0"]


async def test_originals_are_saved_and_never_shown(client):
    page = b"<html><body><script>alert(1)</script><p>37</p></body></html>"
    url = (await client.upload("页.html", page)).json()["data"]["file_url"]
    answer = await client.send("GET", url)
    headers = {name: answer.headers[name] for name in ("content-type", "content-disposition")}
    assert (answer.content, headers, answer.headers["x-content-type-options"]) == (
        page,
        {
            "content-type": "application/octet-stream",
            "content-disposition": "attachment; filename*=UTF-8''%E9%A1%B5.html",
        },
        "nosniff",
    )
    statuses = [
        (await Client(client.app, one).send("GET", url)).status_code
        for one in (holding("chat"), holding("admin"), holding("desk"), THEIRS)
    ]
    assert statuses == [200, 200, 403, 404]


def holding(role: Role) -> Principal:
    return Principal(tenant="ours", key_id="k3", roles=frozenset({role}))


async def test_retrieval_shows_places_and_keeps_to_its_scope(client):
    returns = (await client.taken_in("退货.md", POLICY))["ctdoc_id"]
    other = (await client.taken_in("积分.md", "# 积分\n\n积分 365 天有效。\n".encode()))["ctdoc_id"]
    data = await client.found("签收后几天可以退货", ctdoc_id=f"{returns},{'0' * 32}", k="3")
    [passage] = data["passage_list"]
    assert 0.5 <= float(passage.pop("score")) <= 1
    assert passage == {
        "rank": "1",
        "ctdoc_id": returns,
        "doc_name": "退货.md",
        "chunk_id": passage["chunk_id"],
        "text": "签收后 37 天内可以退货。",
        "char_start": "6",
        "char_end": "20",
        "page": "",
        "heading": ["退货政策"],
    }
    assert data["scope"] == {"used": [returns], "missing": ["0" * 32], "not_ready": []}
    assert (await client.found("签收后几天可以退货", ctdoc_id=other))["passage_list"] == []
    for wrong in ({"k": 0}, {"k": 51}, {"k": "many"}):
        assert await client.refused("retrieve", {"query": "x", **wrong}) == (400, "40002")
    assert await client.refused("retrieve", {}) == (400, "40001")


async def test_another_project_sees_and_changes_nothing(client):
    document_id = (await client.taken_in("a.md", POLICY))["ctdoc_id"]
    stranger = Client(client.app, THEIRS)
    assert (await stranger.post("ctai_doc_list"))["total"] == "0"
    scoped = await stranger.found("几天可以退货", ctdoc_id=document_id)
    assert (scoped["passage_list"], scoped["scope"]["missing"]) == ([], [document_id])
    await stranger.post("delete_ctai_doc_batch", {"ctdoc_id_list": [document_id]})
    for path, more in (
        ("update_ctai_doc", {"enabled": "0"}),
        ("ctai_doc_info", {}),
        ("reparse_ctai_doc", {}),
    ):
        assert await stranger.refused(path, {"ctdoc_id": document_id, **more}) == (404, "40400")
    assert len((await client.found("几天可以退货"))["passage_list"]) == 1


@pytest.mark.parametrize("role", ["chat", "desk"])
async def test_documents_are_a_matter_of_administrators(client, role):
    caller = Client(client.app, holding(role))
    paths = (
        "ctai_doc_list",
        "ctai_doc_info",
        "add_ctai_doc_batch",
        "delete_ctai_doc_batch",
        "update_ctai_doc",
    )
    assert {(await caller.refused(path, {})) for path in paths} == {(403, "40300")}
    assert (await caller.upload("a.md")).status_code == 403
    assert (await caller.refused("retrieve", {"query": "x"}))[0] == (200 if role == "chat" else 403)
