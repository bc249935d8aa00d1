"""What an operator sees: health, figures, logs without secrets, a server that goes on under many callers."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.played_model import PlayedModel

from yingda.testing.model_server import refused

KEY = "k-do-not-log"
PERSONAL = ("13812345678", "li.lei@example.com", "11010519491231002X", "6222021234567890123")


@pytest.fixture(scope="module")
def model():
    with PlayedModel() as model:
        yield model


@pytest.fixture(scope="module")
def server(start_server, model):
    server = start_server(**model.settings, API_KEY=KEY, LOG_LEVEL="debug", APP_NAME="测试商城")
    server.ingest("return_policy.md", "# 退货政策\n\n签收后 7 天内可以退货。\n", KEY)
    return server


@pytest.fixture
def caller(server, call):
    return call(server, KEY)


def test_health_names_each_part_and_needs_no_key(server):
    with server.client() as http:
        response = http.get("/api/v1/health")
        assert http.head("/api/v1/health").status_code == 200, "balancers ask with HEAD"
    body = response.json()
    assert (response.status_code, body["status"], body["app"]) == (200, "ok", "测试商城")
    assert body["insecure_mode"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*\+00:00", body["timestamp"])
    assert body["parts"] == {
        "conversations": "ok",
        "knowledge": "ok",
        "model": "ok",
        "embedding": "off",
        "rerank": "off",
    }


def test_neither_keys_nor_personal_data_reach_the_log(server, caller, model):
    model.answer = lambda request: refused(500)
    for personal in PERSONAL:
        caller.ask(f"我是 {personal}，几天内可以退货")
        caller.http.post("/api/v1/chat", content=f'{{"message": {personal}'.encode())
    with server.client("k-wrong-one") as http:
        http.post("/api/v1/chat", json={"message": PERSONAL[0]})
    log = server.stderr + server.stdout
    assert log != ""
    for secret in (*PERSONAL, KEY, "k-wrong-one", "sk-e2e", "sk-secret", "hush"):
        assert secret not in log
    assert all(json.loads(line)["level"] for line in server.stderr.splitlines())


def test_security_headers_stand_on_every_answer(server, caller):
    answers = [caller.post("你好"), caller.http.get("/nowhere"), caller.http.get("/"), caller.post("")]
    with server.client() as http:
        answers.append(http.post("/api/v1/chat", json={"message": "你好"}))
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_a_stream_is_sent_so_that_no_proxy_holds_it_back(caller):
    with caller.stream("你好") as stream:
        headers = stream.response.headers
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert "Content-Encoding" not in headers


def test_figures_count_what_happened(caller):
    before = caller.http.get("/metrics").text
    caller.ask("你好")
    caller.frames("你好")
    assert caller.http.get("/metrics").text != before
    metrics = caller.http.get("/api/v1/performance/metrics").json()["metrics"]
    assert {"cache", "concurrency", "avg_response_ms"} <= set(metrics)
    assert metrics["concurrency"]["active_llm"] == 0


def test_what_was_taken_in_is_listed_shown_and_counted(server, caller):
    report = server.ingest("清单.md", "# 清单\n\n白鹭耳机保修 413 天。\n", KEY)
    doc_id = report["doc_id"]
    assert re.fullmatch(r"doc-[0-9a-f]{32}", doc_id)
    assert (report["status"], report["version"], report["error"]) == ("added", 1, None)
    assert server.ingest("清单.md", "# 清单\n\n白鹭耳机保修 413 天。\n", KEY)["status"] == "unchanged"
    assert server.ingest("清单.md", "# 清单\n\n白鹭耳机保修 500 天。\n", KEY)["version"] == 2
    listed = caller.http.get("/api/v1/knowledge/documents").json()
    assert (listed["total"], listed["items"][0]["source"]) == (2, "清单.md")
    shown = caller.http.get(f"/api/v1/knowledge/documents/{doc_id}").json()
    assert (shown["current_version"], len(shown["versions"])) == (2, 2)
    assert caller.http.get("/api/v1/knowledge/stats").json()["total_documents"] == 2
    assert caller.http.delete(f"/api/v1/knowledge/documents/{doc_id}").json()["success"] is True
    again = caller.http.delete(f"/api/v1/knowledge/documents/{doc_id}")
    assert (again.status_code, again.json()["success"], again.json()["error"]) == (200, False, "文档不存在")
    assert caller.http.get("/api/v1/knowledge/documents/doc-none").json()["status"] == "not_found"
    assert caller.http.get("/api/v1/knowledge/stats").json()["total_documents"] == 1


def test_forty_people_at_once_are_all_answered(server, call, model):
    model.always("签收后 7 天内可以退货 [1]。")

    def chat(number: int) -> list[int]:
        caller = call(server, KEY)
        first = caller.frames(f"签收后 {number % 7 + 1} 天内可以退货吗")[-1].data
        second = caller.ask("谢谢", session_id=first["session_id"])["data"]
        return [first["turn_count"], second["turn_count"]]

    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(chat, range(40))) == [[1, 2]] * 40


def test_nobody_elsewhere_is_answered_in_open_mode(start_server):
    server = start_server()
    with server.client() as http:
        assert http.get("/api/v1/health", headers={"Host": "evil.example.com"}).status_code == 421
        assert http.get("/api/v1/health").json()["insecure_mode"] is True
