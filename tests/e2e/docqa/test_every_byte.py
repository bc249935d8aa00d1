"""T1 to T3: what real clients make of a stream, whole, and cut at any byte and resumed."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e.docqa import clients
from tests.e2e.docqa.wire import CHAT, Answer, Asker, Packet, is_whole
from tests.e2e.played_model import PlayedModel
from tests.server_process import ServerProcess

from yingda.testing.model_server import said

REPLY = said("签收后 37 天", "内可以退货 [1]", "。退款在 3 个工作日", "内到账 [1]。")
BODY = {
    "query_text": "签收后几天内可以退货，退款多久到账？",
    "session_id": "s",
    "stream": "1",
    "enable_followup": "0",
    "enable_eventsource": "1",
}
Heard = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An answer, and the request that gets the same one again (`Idempotency-Key`)."""

    url: str
    headers: dict[str, str]
    body: str
    answer: Answer

    def job(self, cuts: range, **other: object) -> dict[str, Any]:
        """As the clients take it: cut there, then on with the server."""
        recorded = base64.b64encode(self.answer.raw).decode()
        job = {"url": self.url, "headers": self.headers, "body": self.body}
        return {**job, "recorded": recorded, "cuts": list(cuts), **other}

    @property
    def every_byte(self) -> range:
        return range(len(self.answer.raw) + 1)


@pytest.fixture(params=["id,data", "data,id"])
def recorded(
    request: pytest.FixtureRequest, writing: ServerProcess, model: PlayedModel, asker: Callable[..., Asker]
) -> Recorded:
    """An answer of several packets, two of them with a source, in either order of a packet's lines."""
    model.always(REPLY)
    client = asker(writing)
    headers = {**client.headers, "content-type": "application/json", "idempotency-key": request.node.name}
    body = json.dumps({**BODY, "line_order": request.param})
    answer = Answer(client.http.post(CHAT, headers=headers, content=body).content)
    assert [bool(packet.refs) for packet in answer.packets] == [False, True, False, True, True]
    return Recorded(url=writing.url + CHAT, headers=headers, body=body, answer=answer)


def test_t1_all_parsers_give_the_same_packets(recorded: Recorded) -> None:
    answer = recorded.answer
    sent = as_sent(answer.packets)
    for length in (1, 7, len(answer.raw)):
        parsed = json.loads(clients.node("parser.mjs", answer.raw, str(length)))
        assert heard(parsed["events"]) == sent
        assert (parsed["retries"], parsed["comments"], parsed["errors"]) == ([3000], [], [])
    whole = recorded.job(recorded.every_byte[-1:], url=recorded.url)
    for script in ("fetch_event_source.mjs", "event_source.mjs"):
        (run,) = clients.run(script, whole)
        assert heard(run["messages"])[: len(sent)] == sent


def test_t2_cut_at_every_byte_and_resumed_by_fetch_event_source(recorded: Recorded) -> None:
    packets = recorded.answer.packets
    *_, stop = packets
    lost = dict(lost_by_cut(recorded.answer))
    for run in clients.run("fetch_event_source.mjs", recorded.job(recorded.every_byte)):
        missing = lost.get(run["cut"], stop)
        again = [stop] if run["cut"] == len(recorded.answer.raw) else []
        kept = [one for one in packets if one is stop or one is not missing]
        assert (run["cut"], heard(run["messages"])) == (run["cut"], as_sent([*kept, *again]))
        assert len(run["resumedFrom"]) == 1
        assert reveals_a_loss(run["messages"]) == (missing is not stop)
    windows = Counter(packet.id for packet in lost.values())
    assert set(windows.values()) == {1} or "data,id" not in recorded.body


@pytest.mark.parametrize("recorded", ["id,data"], indirect=True)
def test_t3_cut_at_every_byte_and_resumed_by_a_native_event_source(recorded: Recorded) -> None:
    packets = recorded.answer.packets
    source = packets[0].data["extend_info"]["eventsource"]
    url = recorded.url.replace("query_text_chat", "chat_stream") + "?answer={answer}&token={token}"
    job = recorded.job(recorded.every_byte, url=url.format(**source), headers={})
    ends = list(ends_of(packets))
    for run in clients.run("event_source.mjs", job):
        got = sum(end <= run["cut"] for end in ends)
        last = packets[got - 1].id if got else None
        is_over = got == len(packets)
        assert (run["cut"], heard(run["messages"])) == (run["cut"], as_sent(packets))
        resumed = ([last], [204]) if is_over else ([last, packets[-1].id], [200, 204])
        assert (run["resumedFrom"], run["statuses"]) == resumed


def heard(messages: list[dict[str, Any]]) -> Heard:
    return [(one["id"], one["data"]) for one in messages]


def as_sent(packets: list[Packet]) -> Heard:
    """What a client is to hear of these packets."""
    return [(one.id, one.raw.split(b"data: ")[1].split(b"\n")[0].decode()) for one in packets]


def ends_of(packets: list[Packet]) -> Iterator[int]:
    end = 0
    for packet in packets:
        end += len(packet.raw)
        yield end


def lost_by_cut(answer: Answer) -> Iterator[tuple[int, Packet]]:
    """Cuts behind a packet's id line and before its last byte: the client says that it has the packet."""
    for packet, end in zip(answer.packets, ends_of(answer.packets), strict=True):
        start = end - len(packet.raw)
        named = packet.raw.index(b"\n", packet.raw.index(b"id: ")) + 1
        for cut in range(start + named, end):
            yield cut, packet


def reveals_a_loss(messages: list[dict[str, Any]]) -> bool:
    """By a gap in `msg_sn`; length and digest in the stop say the same where the packet had text."""
    said = [json.loads(one["data"])["data"] for one in messages]
    numbers = sorted({int(one["msg_sn"]) for one in said})
    has_gap = numbers != list(range(numbers[-1] + 1))
    text = "".join(one["answer_text"] for one in said)
    assert is_whole(text, said[-1]["extend_info"]) != has_gap
    return has_gap
