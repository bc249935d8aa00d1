"""The docqa contract over the real server: one truth in both forms, and answers that outlive the process."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import httpx
import pytest
from tests.server_process import ServerProcess, StartServer

CHAT = "/v1/ctai/query_text_chat"
POLICY = "# 退货\n\n签收后 37 天内可以退货。\n\n# 保修\n\n整机保修期为两年。\n"
QUESTION = {"query_text": "签收后几天内可以退货？", "session_id": "s-1"}


@pytest.fixture
def server(start_server: StartServer) -> ServerProcess:
    """A server that knows one page."""
    server = start_server(API_KEY="k")
    server.ingest("退货.md", POLICY, "k")
    return server


def caller(server: ServerProcess, key: str | None = "k") -> httpx.Client:
    headers = {"orionstar-api-key": key} if key else {}
    return httpx.Client(base_url=server.url, headers=headers, timeout=30, trust_env=False)


def packets_in(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(data) for data in re.findall(rb"^data: (.*)$", raw, re.MULTILINE)]


def ask(client: httpx.Client, **fields: str) -> httpx.Response:
    return client.post(CHAT, json={**QUESTION, "stream": "1", **fields})


def test_both_forms_say_the_same_with_the_same_source(server: ServerProcess) -> None:
    with caller(server) as client:
        *packets, stop = packets_in(ask(client).content)
        whole = client.post(CHAT, json={**QUESTION, "session_id": "s-2"}).json()["data"]
    text = "".join(packet["data"]["answer_text"] for packet in packets)
    info = stop["data"]["extend_info"]
    assert text == whole["answer_text"]
    assert re.fullmatch(r"签收后 37 天内可以退货。\[\[[0-9a-f]{32}\]\]", text)
    assert stop["data"]["ref_doc_list"] == whole["ref_doc_list"]
    assert (info["answer_chars"], info["answer_sha256"]) == (
        str(len(text)),
        hashlib.sha256(text.encode()).hexdigest(),
    )
    (citation,) = info["citations"]
    span = slice(int(citation["answer_start"]), int(citation["answer_end"]))
    assert (text[span], citation["quote"]) == ("签收后 37 天内可以退货。", "签收后 37 天内可以退货。")


def test_an_answer_can_be_resumed_after_a_restart(server: ServerProcess) -> None:
    with caller(server) as client:
        raw = ask(client, enable_eventsource="1").content
    first, *_, stop = packets_in(raw)
    server.stop()
    server.start()
    with caller(server) as client, caller(server, None) as browser:
        rest = client.post(CHAT, headers={"last-event-id": first["data"]["msg_id"]})
        source = first["data"]["extend_info"]["eventsource"]
        whole = browser.get("/v1/ctai/chat_stream", params=source)
        last = {"last-event-id": stop["data"]["msg_id"]}
        over = browser.get("/v1/ctai/chat_stream", params=source, headers=last)
        turns = client.post("/v1/ctai/query_chat_history", json={"session_id": "s-1"}).json()["data"]
    assert (rest.content, whole.content) == (raw[raw.index(b"\n\n") + 2 :], raw)
    assert over.status_code == 204
    assert [one["msg_id"][:32] for one in turns["chat_list"]] == [stop["data"]["msg_id"][:32]]


def test_what_is_not_known_is_said_and_names_no_source(server: ServerProcess) -> None:
    with caller(server) as client:
        *_, stop = packets_in(ask(client, query_text="火星上有几座城市？").content)
        *_, scoped = packets_in(ask(client, session_id="s-2", ctdoc_id="0" * 32).content)
    for one in (stop, scoped):
        origin = one["data"]["extend_info"]["ialgo_extend_info"]
        assert (origin["return_type"], one["data"]["ref_doc_list"]) == ("fallback_return", [])
    assert scoped["data"]["extend_info"]["scope"] == {"used": [], "missing": ["0" * 32], "not_ready": []}


def test_without_a_key_each_form_says_so_in_its_way(server: ServerProcess) -> None:
    with caller(server, None) as client:
        (packet,) = packets_in(ask(client).content)
        plain = client.post(CHAT, json=QUESTION)
    assert (packet["ret"], packet["data"]["event"]) == ("40100", "stop")
    assert (plain.status_code, plain.json()["ret"]) == (401, "40100")
