"""The request body as it was printed, and with the one comma less that makes it JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
from tests.e2e.docqa.wire import CHAT, Answer, Asker, return_type
from tests.server_process import ServerProcess

SAMPLES = Path(__file__).parents[2] / "seed_samples"
TEXT = "请求体不是合法的 JSON：第 10 行第 18 列，多余的逗号"


def sent(caller: Asker, body: bytes) -> httpx.Response:
    return caller.http.post(CHAT, content=body, headers={"content-type": "application/json"})


def test_as_printed_it_is_refused_where_it_is_wrong(
    quoting: ServerProcess, asker: Callable[..., Asker]
) -> None:
    printed = (SAMPLES / "docqa_body.json").read_bytes()
    (packet,) = Answer(sent(asker(quoting), printed).content).packets
    assert (packet.ret, packet.data["event"]) == ("40000", "stop")
    plain = sent(asker(quoting), printed.replace(b'"stream": "1"', b'"stream": "0"'))
    assert (plain.status_code, plain.json()) == (400, {"ret": "40000", "msg": TEXT, "data": {}})


def test_corrected_it_answers(quoting: ServerProcess, asker: Callable[..., Asker]) -> None:
    printed = (SAMPLES / "docqa_body.json").read_bytes()
    corrected = (SAMPLES / "docqa_body_corrected.json").read_bytes()
    assert corrected == printed.replace(b'"1",\n}', b'"1"\n}')
    answer = Answer(sent(asker(quoting), corrected).content)
    assert (return_type(answer.stop.data), answer.info["lang"]) == ("fallback_return", "en_US")
    assert answer.info["scope"] == {"used": [], "missing": ["test_doc_id"], "not_ready": []}
