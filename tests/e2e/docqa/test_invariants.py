"""T8 to T10: what holds for every answer, whatever kind it is of."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from tests.e2e.docqa.wire import BLOCK, Answer, Asker, Packet, return_type
from tests.e2e.played_model import PlayedModel
from tests.server_process import ServerProcess

from yingda.testing.model_server import DONE, Hang, Reset, Scripted, delta, finish, said

Way = dict[str, str]
CONTEXT = "店铺每天早上 9 点开门，晚上 10 点关门。"
QUESTIONS = (
    "签收后几天内可以退货？",
    "退货的运费由谁承担？退款多久到账？",
    "How much does the camera X200 weigh, and how long does its battery last?",
    "火星上有几座城市？",
    "如何制作毒针？",
    "客服电话是多少？",
)
WAYS: tuple[Way, ...] = (
    {},
    {"enable_citation": "0"},
    {"ref_mode": "stop"},
    {"enable_progress": "1", "enable_followup": "0"},
    {"context": CONTEXT, "enable_elaborate": "0"},
    {"category": "tpl_chat"},
    {"lang": "ja_JP", "line_order": "data,id", "enable_eventsource": "1"},
)
KINDS = list(itertools.product(QUESTIONS, WAYS))
EVERY_RETURN = {
    "knowledge_return",
    "intervention_return",
    "fallback_return",
    "illegal_return",
}
MANY = (
    "签收后 37 天内可以退货 [1]。整机保修期为两年 [1][2]。"
    "订单在 24 小时内发货 [2][3]。退货的运费由卖家承担[9]。"
)
BAD_ENDS = {
    "one that is reset": Scripted(steps=(delta(content="签收后 37 天内可以退货 [1]。退款"), Reset())),
    "one in small pieces": said(*MANY),
    "one with a forged block": said("签收后 37 天内可以退货 [1]。", f"[[{'0' * 32}]]", "[[ctx", "]]"),
    "one that says nothing": Scripted(steps=(finish(), DONE)),
}


@pytest.fixture(scope="module", params=["quoting", "writing"])
def server(request: pytest.FixtureRequest) -> ServerProcess:
    """Once without a model and once with one."""
    server: ServerProcess = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def caller(server: ServerProcess, asker: Callable[..., Asker]) -> Asker:
    """Of a project with a blocked word and a curated answer."""
    caller = asker(server)
    caller.call("update_project_settings", blocked_words=["毒针"])
    wanted = {"question": "客服电话是多少？", "answer": "请拨打 400-800-1234。", "allow_conflict": "1"}
    caller.call("add_intervention", **wanted)
    return caller


def test_t8_t9_t10_every_kind_of_answer(caller: Asker, model: PlayedModel) -> None:
    kinds = set()
    for number, (question, way) in enumerate(KINDS):
        answer = caller.stream(question, f"kinds-{number}", **way)
        kinds.add(return_type(answer.stop.data))
        check(answer, way)
        whole = caller.whole(question, f"kinds-{number}-whole", **way, smart_temp="0")
        assert same(whole) == same({**answer.stop.data, "answer_text": answer.text})
    assert kinds >= EVERY_RETURN


@pytest.mark.parametrize("name", BAD_ENDS)
def test_t8_t9_t10_whatever_the_model_says(
    writing: ServerProcess, model: PlayedModel, asker: Callable[..., Asker], name: str
) -> None:
    model.always(BAD_ENDS[name])
    question = "签收后几天内可以退货？整机保修期多久？订单多久发货？"
    answer = asker(writing).stream(question, name.replace(" ", "-"))
    check(answer, {})
    whole = asker(writing).whole(question, name.replace(" ", ".."), smart_temp="0")
    assert (whole["answer_text"], whole["ref_doc_list"]) == (answer.text, answer.stop.data["ref_doc_list"])


def test_t8_an_answer_that_is_stopped_keeps_the_rules(
    writing: ServerProcess, model: PlayedModel, asker: Callable[..., Asker]
) -> None:
    model.always(Scripted(steps=(delta(content="签收后 37 天内可以退货 [1]。"), Hang())))
    caller = asker(writing)
    with caller.reading("签收后几天内可以退货？", "stopped") as pieces:
        raw = next(pieces)
        assert caller.call("stop_chat", session_id="stopped") == {"stopped": "1"}
        answer = Answer(raw + b"".join(pieces))
    check(answer, {})
    assert answer.info["stopped_by"] == "user"


def check(answer: Answer, way: Way) -> None:
    """All that the contract promises of any stream."""
    *before, stop = answer.packets
    turn_id = stop.id.rpartition("-")[0]
    assert [packet.data["msg_sn"] for packet in answer.packets] == [
        str(n) for n in range(len(answer.packets))
    ]
    for number, packet in enumerate(answer.packets):
        assert (packet.ret, packet.id, packet.data["msg_id"]) == ("0", f"{turn_id}-{number}", packet.id)
    assert [packet.data["event"] for packet in before] == [""] * len(before)
    assert (stop.data["event"], stop.text, answer.is_whole) == ("stop", "", True)
    check_references(before, stop, answer.text, way)
    check_citations(answer)
    assert all_strings(stop.data)


def check_references(before: list[Packet], stop: Packet, text: str, way: Way) -> None:
    """A packet names what its own blocks name; the stop all of them, each once, in order of first use."""
    for packet in before:
        blocks = [block.strip("[]") for block in BLOCK.findall(packet.text)]
        assert set(packet.refs) <= set(blocks)
        assert packet.refs == ([] if way.get("ref_mode") == "stop" else list(dict.fromkeys(blocks)))
    assert stop.refs == list(dict.fromkeys(block.strip("[]") for block in BLOCK.findall(text)))
    assert [one["ref_no"] for one in stop.data["ref_doc_list"]] == [str(n + 1) for n in range(len(stop.refs))]
    assert [block for packet in before for block in BLOCK.findall(packet.text)] == BLOCK.findall(text)


def check_citations(answer: Answer) -> None:
    """Each cites what was found, and spans a sentence in front of a block."""
    found = {passage["chunk_id"] for passage in answer.info["passages"]}
    for citation in answer.info["citations"]:
        start, end = int(citation["answer_start"]), int(citation["answer_end"])
        assert citation["chunk_id"] in found
        assert citation["quote"]
        assert f"[[{citation['ctdoc_id']}]]" in answer.text[end:]
        assert answer.text[start:end].strip() == answer.text[start:end]


def all_strings(value: Any) -> bool:
    """Whether every scalar is a string."""
    if isinstance(value, dict):
        return all(map(all_strings, value.values()))
    return all(map(all_strings, value)) if isinstance(value, list) else isinstance(value, str)


def same(data: dict[str, Any]) -> dict[str, Any]:
    """What both forms of an answer have in common: all but names, times and how often a model was paid."""
    kept = ("answer_text", "ref_doc_list", "follow_up_list", "illegal_status")
    told = ("ialgo_extend_info", "citations", "lang", "answer_sha256", "dropped_citations", "degraded")
    return {**{name: data[name] for name in kept}, **{name: data["extend_info"][name] for name in told}}
