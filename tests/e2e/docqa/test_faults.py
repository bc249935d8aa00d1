"""What is left after the server died: of a queue of documents, and of an answer; and answers out of time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fpdf import FPDF
from tests.e2e.docqa import clients
from tests.e2e.docqa.wire import CHAT, KEY, Answer, Asker
from tests.e2e.played_model import PlayedModel, eventually
from tests.server_process import ServerProcess, StartServer

from yingda.testing.model_server import Hang, Scripted, delta

PDFS = 6
QUESTION = "签收后几天内可以退货？"
BEGUN = Scripted(steps=(delta(content="签收后 37 天内可以退货 [1]。退款"), Hang()))
LEASE_S = 60.0


def pdf(number: int) -> bytes:
    """A manual of some pages that says one thing of its own."""
    made = FPDF()
    made.set_font("helvetica", size=11)
    for page in range(12):
        made.add_page()
        lines = [f"Page {page} of manual {number} tells of part {row}." for row in range(30)]
        if page == 5:
            lines[15] = f"The torque of model M{number} is {number + 70} Nm."
        made.multi_cell(0, 8, "\n".join(lines))
    return bytes(made.output())


@pytest.fixture
def mortal(start_server: StartServer, writing_model: PlayedModel) -> ServerProcess:
    """A server of this test's own."""
    server = start_server(API_KEY=KEY, LLM_FIRST_CHUNK_S="60", LLM_IDLE_S="60", **writing_model.settings)
    server.ingest("退货.md", "# 退货\n\n签收后 37 天内可以退货。退款在 3 个工作日内到账。\n", KEY)
    return server


def test_a_queue_of_uploads_outlives_the_server(
    mortal: ServerProcess, asker: Callable[..., Asker], model: PlayedModel
) -> None:
    ids = [asker(mortal).upload(f"manual-{number}.pdf", pdf(number)) for number in range(PDFS)]
    assert eventually(lambda: "ready" in states(asker(mortal), ids))
    mortal.kill()
    mortal.start()
    caller = asker(mortal)
    assert eventually(lambda: states(caller, ids) == ["ready"] * PDFS, LEASE_S), states(caller, ids)
    for number, document_id in enumerate(ids):
        found = caller.call("retrieve", query=f"torque of model M{number}", ctdoc_id=document_id)
        assert f"{number + 70} Nm" in found["passage_list"][0]["text"]


def test_an_answer_that_died_gives_what_was_kept_and_then_an_error(
    mortal: ServerProcess, asker: Callable[..., Asker], model: PlayedModel
) -> None:
    model.always(BEGUN)
    caller = asker(mortal)
    with caller.reading(QUESTION, "died") as pieces:
        raw = b""
        while b"]]" not in raw:
            raw += next(pieces)
        had = Answer(raw[: raw.rindex(b"\n\n") + 2]).packets
        assert eventually(lambda: kept(caller, "died"))
        mortal.kill()
    mortal.start()
    resumed = {**caller.headers, "last-event-id": had[0].id}
    (run,) = clients.run("follow.mjs", [{"url": mortal.url + CHAT, "headers": resumed, "most": 20}])
    *packets, last = [json.loads(one["data"]) for one in run["messages"]]
    assert [one["data"] for one in packets] == [packet.data for packet in had[1:]]
    assert (last["ret"], last["data"]["event"], run["ending"]) == ("50300", "stop", "closed")
    again = asker(mortal).resume(had[0].id)
    assert [packet.ret for packet in Answer(again.content).packets][-1] == "50300"


def states(caller: Asker, ids: list[str]) -> list[str]:
    shown = caller.call("ctai_doc_list", ctdoc_id=",".join(ids), page_size=100)["ctai_doc_list"]
    found = {one["ctdoc_id"]: one["doc_status"] for one in shown}
    return [found[document_id] for document_id in ids]


def kept(caller: Asker, session_id: str) -> Any:
    """What is written down of an answer that still runs."""
    turns = caller.turns(session_id)
    return turns and turns[0]["answer_text"]
