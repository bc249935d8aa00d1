"""T4 to T6: streams that have nothing to say yet, that cannot answer, and that are asked for oddly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest
from tests.e2e.docqa import clients
from tests.e2e.docqa.conftest import SILENT
from tests.e2e.docqa.wire import CHAT, KEY, Answer, Asker
from tests.e2e.played_model import PlayedModel, eventually
from tests.server_process import ServerProcess, StartServer

QUESTION = {"query_text": "签收后几天内可以退货？", "session_id": "s", "stream": "1"}


def job(server: ServerProcess, body: str | dict[str, Any], key: str | None = KEY) -> dict[str, Any]:
    return clients.question(server, body, key)


@contextmanager
def unanswered(asker: Asker, model: PlayedModel, session_id: str) -> Iterator[None]:
    """While an answer of that session hangs at the model."""
    model.always(SILENT)
    asked = len(model.requests)
    with asker.reading("签收后多少天内可以退货？", session_id) as pieces:
        next(pieces)
        assert eventually(lambda: len(model.requests) > asked)
        yield
    asker.call("stop_chat", session_id=session_id)


@pytest.mark.slow
def test_t4_a_minute_without_a_word_is_kept_alive_and_no_message(silence: Future[Any]) -> None:
    # The longest silence there can be: at its end stands the answer of those who need no model.
    (run,) = silence.result()
    empty, *rest = Answer(run["bytes"].encode()).packets
    quiet, _, _ = run["bytes"].removeprefix(empty.raw.decode()).partition("id: ")
    assert quiet == ":\n" * len(quiet.splitlines())
    assert len(quiet.splitlines()) >= 4
    assert (empty.text, empty.data["event"], run["requests"]) == ("", "", [None])
    assert [one["id"] for one in run["messages"]] == [empty.id, *(packet.id for packet in rest)]
    assert rest[-1].data["extend_info"]["degraded"] == ["deadline_exceeded"]


@pytest.fixture(scope="module")
def narrow(start_server: StartServer, writing_model: PlayedModel) -> ServerProcess:
    """Makes one model call at a time."""
    limits = {"MAX_CONCURRENT_LLM_CALLS": "1", "LLM_WAIT_S": "0.1"}
    server = start_server(API_KEY=KEY, **limits, **writing_model.settings)
    server.ingest("退货.md", "# 退货\n\n签收后 37 天内可以退货。\n", KEY)
    return server


def test_t5_every_refusal_is_one_packet_to_one_request(
    writing: ServerProcess, narrow: ServerProcess, model: PlayedModel, asker: Callable[..., Asker]
) -> None:
    cases: dict[str, tuple[str, dict[str, Any]]] = {
        "no key": ("40100", job(writing, QUESTION, None)),
        "a wrong key": ("40100", job(writing, QUESTION, "nobody's")),
        "a trailing comma": ("40000", job(writing, '{"query_text":"x","session_id":"s","stream":"1",}')),
        "no JSON at all": ("40000", job(writing, '"stream":"1"')),
        "too large": ("40005", job(writing, {"stream": "1", "context": "退" * 500_000})),
        "a field missing": ("40001", job(writing, {"session_id": "s", "stream": 1})),
        "a bad flag": ("40002", job(writing, {**QUESTION, "enable_citation": "2"})),
        "a bad number": ("40002", job(writing, {**QUESTION, "smart_temp": "11"})),
        "too long": ("40003", job(writing, {**QUESTION, "query_text": "退" * 4001})),
        "a busy session": ("40900", job(writing, {**QUESTION, "session_id": "held"})),
        "no slot": ("50300", job(narrow, QUESTION)),
        "no such point": ("41000", resuming(job(writing, QUESTION), f"{'0' * 32}-3")),
    }
    with unanswered(asker(writing), model, "held"), unanswered(asker(narrow), model, "held"):
        runs = clients.run("follow.mjs", [each for _, each in cases.values()])
    for (name, (ret, _)), run in zip(cases.items(), runs, strict=True):
        *before, last = [json.loads(one["data"]) for one in run["messages"]]
        assert (name, last["ret"], last["data"]["event"]) == (name, ret, "stop")
        assert last["msg"] != last["data"]["answer_text"] == ""
        assert (name, before, len(run["requests"]), run["ending"]) == (name, [], 1, "closed")


def test_t5_a_quota_that_is_used_up_is_one_packet_with_the_time_to_wait(
    start_server: StartServer, asker: Callable[..., Asker]
) -> None:
    server = start_server(API_KEY=KEY, RATE_LIMIT_ENABLED="true", RATE_LIMIT_PER_MINUTE="1")
    caller = asker(server)
    assert eventually(lambda: caller.ask("x", "s").status_code == 429)
    (run,) = clients.run("follow.mjs", [job(server, QUESTION)])
    assert [json.loads(one["data"])["ret"] for one in run["messages"]] == ["42900"]
    assert (run["requests"], run["ending"]) == ([None], "closed")


def test_t6_whatever_is_accepted_the_stream_is_the_same(
    quoting: ServerProcess, asker: Callable[..., Asker]
) -> None:
    caller = asker(quoting)
    first = caller.stream("签收后几天内可以退货？", "t6")
    heads = [
        {},
        {"accept": "application/json"},
        {"accept": "text/event-stream"},
        {"accept": "application/json, text/event-stream"},
        {"accept": "*/*"},
        {"accept": "image/png;q=0"},
    ]
    del caller.http.headers["accept"]
    for head in heads:
        fresh = caller.http.post(CHAT, json={**QUESTION, "session_id": "t6"}, headers=head)
        again = caller.http.post(CHAT, headers={**head, "last-event-id": first.packets[0].id})
        assert again.content == b"".join(packet.raw for packet in first.packets[1:])
        assert fresh.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert Answer(fresh.content).text == first.text


def resuming(asked: dict[str, Any], last: str) -> dict[str, Any]:
    return {**asked, "headers": {**asked["headers"], "last-event-id": last}}
