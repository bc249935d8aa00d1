"""Events in, exact packets and bodies out; the two renderings agree for any legal list of events."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.dialects.docqa.encode import ENCODERS, DocqaDialect
from yingda.dialects.docqa.note import Note
from yingda.dialects.docqa.shapes import ChatAnswer, StopData
from yingda.turns.events import (
    EVENTS,
    AnswerDegraded,
    AnswerMissed,
    CitationDropped,
    ContentBlocked,
    CuratedMatched,
    LanguageChosen,
    PassageCited,
    PassagesFound,
    QuestionRewritten,
    ReasoningDelta,
    ScopeResolved,
    StepTimed,
    SuggestionsOffered,
    TextAwaited,
    TextDelta,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    TurnStopped,
    UsageReported,
)
from yingda.turns.record import record_from_events
from yingda.turns.types import ConversationId, DocumentId, Passage, Provenance, TurnId, Usage

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
END = AT + timedelta(milliseconds=1500)
DIALECT = DocqaDialect()
RETURNS_ID, FAQ_ID = "d" * 32, "e" * 32
RETURNS = Passage(
    id="p1",
    document_id=DocumentId(RETURNS_ID),
    version=1,
    source="退货.pdf",
    text="签收后 7 天内可退货。",
    start=10,
    end=22,
    score=0.9,
    page=3,
    provenance=Provenance(kind="file", is_kept=True),
)
FAQ = Passage(
    id="p2",
    document_id=DocumentId(FAQ_ID),
    version=1,
    source="常见问题",
    text="运费自理。",
    start=0,
    end=5,
    score=0.61234,
    provenance=Provenance(kind="url", url="https://shop.example/faq"),
)
CONTEXT = Passage(
    id="ctx", document_id=DocumentId("ctx"), version=1, source="context", text="x", start=0, end=1, score=1.0
)
FOUND = PassagesFound(passages=(RETURNS, FAQ, CONTEXT), revision=7)
CITED = PassageCited(passage_id="p1", quote="签收后 7 天内可退货。", start=10, end=22)
CITED_FAQ = PassageCited(passage_id="p2", quote="运费自理。", start=0, end=5)
CITED_CONTEXT = PassageCited(passage_id="ctx", quote="x", start=0, end=1)
DONE = TurnCompleted(at=END)


def started(**note: object) -> TurnStarted:
    wire = Note(key_id="k1", **note).dump()  # type: ignore[arg-type]
    return TurnStarted(turn_id=TurnId("t1"), conversation_id=ConversationId("c1"), number=1, at=AT, wire=wire)


STARTED = started()


def frames(*events: object) -> list[bytes]:
    encoder = DIALECT.encoder()
    return [frame for event in events for frame in encoder.encode(event)]  # type: ignore[arg-type]


def packets(*events: object) -> list[dict]:
    return [json.loads(frame.rpartition(b"data: ")[2]) for frame in frames(*events)]


def data(*events: object) -> list[dict]:
    return [packet["data"] for packet in packets(*events)]


def texts(*events: object) -> list[str]:
    return [one["answer_text"] for one in data(*events)[:-1]]


def body(*events: object) -> dict:
    return json.loads(orjson.dumps(DIALECT.body(record_from_events(events))))  # type: ignore[arg-type]


def say(*pieces: str) -> list[TextDelta]:
    return [TextDelta(text=piece) for piece in pieces]


def test_the_bytes_of_the_smallest_answer():
    first, second, stop = frames(STARTED, *say("你", "好"), DONE)
    assert (
        first
        == (
            'retry: 3000\nid: t1-0\ndata: {"ret":"0","data":'
            '{"msg_id":"t1-0","msg_sn":"0","event":"","answer_text":"你"}}\n\n'
        ).encode()
    )
    assert (
        second
        == (
            'id: t1-1\ndata: {"ret":"0","data":'
            '{"msg_id":"t1-1","msg_sn":"1","event":"","answer_text":"好"}}\n\n'
        ).encode()
    )
    digest = hashlib.sha256("你好".encode()).hexdigest()
    assert (
        stop
        == (
            'id: t1-2\ndata: {"ret":"0","msg":"","data":{"msg_id":"t1-2","msg_sn":"2","event":"stop",'
            '"answer_text":"","ref_doc_list":[],"follow_up_list":[],"illegal_status":"0","extend_info":'
            '{"ialgo_extend_info":{"return_type":"knowledge_return","doc_score":[]},"lang":"","citations":[],'
            '"passages":[],"dropped_citations":"0","context_truncated":"0","degraded":[],'
            '"usage":{"prompt_tokens":"0","completion_tokens":"0"},"timing":{"total_ms":"1500"},"model":"",'
            f'"index_version":"0","answer_chars":"2","answer_sha256":"{digest}"}}}}}}\n\n'
        ).encode()
    )


def test_a_source_and_its_block_share_a_packet():
    _, cited, stop = data(STARTED, FOUND, *say("7 天内可退货。"), CITED, DONE)
    assert cited["answer_text"] == f"[[{RETURNS_ID}]]"
    assert cited["ref_doc_list"] == stop["ref_doc_list"]
    assert stop["ref_doc_list"] == [
        {
            "ref_no": "1",
            "ctdoc_id": RETURNS_ID,
            "doc_id": RETURNS_ID,
            "doc_name": "退货.pdf",
            "doc_type": "file",
            "doc_url": "",
            "file_url": f"/v1/ctai/file/{RETURNS_ID}",
            "score": "0.9",
            "pages": ["3"],
        }
    ]


def test_a_citation_points_into_the_document_and_into_the_answer():
    *_, stop = data(STARTED, FOUND, *say("您好。7 天内可退货"), CITED, *say("。运费自理。"), CITED_FAQ, DONE)
    first, second = stop["extend_info"]["citations"]
    assert first == {
        "n": "1",
        "ctdoc_id": RETURNS_ID,
        "chunk_id": "p1",
        "page": "3",
        "char_start": "10",
        "char_end": "22",
        "quote": "签收后 7 天内可退货。",
        "answer_start": "3",
        "answer_end": "10",
        "score": "0.9",
    }
    text = body(STARTED, FOUND, *say("您好。7 天内可退货"), CITED, *say("。运费自理。"), CITED_FAQ, DONE)
    answer = text["data"]["answer_text"]
    assert answer == f"您好。7 天内可退货[[{RETURNS_ID}]]。运费自理。[[{FAQ_ID}]]"
    assert answer[int(second["answer_start"]) : int(second["answer_end"])] == "运费自理。"


def test_a_citation_spans_all_sentences_that_its_quote_holds():
    quoted = replace(CITED, quote="先申请。\n再寄回。\n最后退款。")
    *_, stop = data(STARTED, FOUND, *say("您好。先申请。\n再寄回。\n最后退款。"), quoted, DONE)
    (cited,) = stop["extend_info"]["citations"]
    assert (cited["answer_start"], cited["answer_end"]) == ("3", "18")


def test_the_same_source_twice_in_one_place_is_one_block():
    got = data(STARTED, FOUND, *say("好。"), CITED, CITED_FAQ, CITED, DONE)
    assert [one["answer_text"] for one in got] == ["好。", f"[[{RETURNS_ID}]]", f"[[{FAQ_ID}]]", ""]
    assert [one["ctdoc_id"] for one in got[-1]["ref_doc_list"]] == [RETURNS_ID, FAQ_ID]
    assert len(got[-1]["extend_info"]["citations"]) == 3


def test_a_web_page_and_the_callers_context_are_told_apart():
    *_, stop = data(STARTED, FOUND, *say("好。"), CITED_FAQ, CITED_CONTEXT, DONE)
    page, context = stop["ref_doc_list"]
    assert (page["doc_type"], page["doc_url"], page["score"]) == ("url", "https://shop.example/faq", "0.6123")
    assert (page["doc_name"], page["file_url"]) == ("常见问题", "")
    assert (context["doc_type"], context["ctdoc_id"], context["file_url"]) == ("context", "ctx", "")


def test_without_citations_there_is_not_half_of_one():
    got = data(started(cites=False), FOUND, *say("好。"), CITED, DONE)
    assert [one["answer_text"] for one in got] == ["好。", ""]
    assert (got[-1]["ref_doc_list"], got[-1]["extend_info"]["citations"]) == ([], [])


def test_references_in_the_stop_packet_only():
    *packed, stop = data(started(refs_in_packets=False), FOUND, *say("好。"), CITED, DONE)
    assert [one.get("ref_doc_list") for one in packed] == [None, None]
    assert [one["ref_no"] for one in stop["ref_doc_list"]] == ["1"]


@pytest.mark.parametrize("id_", [RETURNS_ID, "0" * 32, "ctx"])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_block_that_the_model_forged_is_taken_out_and_counted(id_: str, size: int):
    text = f"见 [[{id_}]]。"
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    got = data(STARTED, FOUND, *say(*pieces), DONE)
    assert "".join(one["answer_text"] for one in got) == "见  。"
    assert got[-1]["extend_info"]["dropped_citations"] == "1"


@pytest.mark.parametrize(
    "text", ['if [[ -f "$x" ]]; then', "[[wiki]] [[[", "[[" + "a" * 31 + "]]", "a[[0][1]]"]
)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_literal_brackets_pass(text: str, size: int):
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert "".join(texts(STARTED, *say(*pieces), DONE)) == text


def test_no_packet_tears_a_character():
    assert texts(STARTED, *say("cafe", "\u0301 ", "👩", "\u200d", "🔬", "!"), DONE) == [
        "caf",
        "e\u0301 ",
        "👩\u200d🔬!",
    ]


def test_what_is_held_back_goes_out_before_a_block_and_at_the_end():
    assert texts(STARTED, FOUND, *say("Yes"), CITED, *say("ok"), DONE) == [
        "Ye",
        f"s[[{RETURNS_ID}]]",
        "o",
        "k",
    ]


def test_a_long_text_leaves_in_packets_that_fit_a_record():
    encoded = frames(STARTED, *say("一" * 20_000), DONE)
    assert max(map(len, encoded)) < 16_384
    assert texts(STARTED, *say("一" * 20_000), DONE) == ["一" * 4000] * 5


def test_a_caller_who_waits_gets_one_empty_packet():
    assert texts(STARTED, TextAwaited(), *say("好"), DONE) == ["", "好"]


def test_reasoning_never_shows():
    assert texts(STARTED, ReasoningDelta(text="secret"), *say("好"), DONE) == ["好"]


def test_phases_are_told_to_those_who_ask():
    got = data(started(shows_phases=True), FOUND, ReasoningDelta(text="a"), ReasoningDelta(text="b"), DONE)
    assert [one["extend_info"].get("phase") for one in got] == [
        "understanding",
        "answering",
        "thinking",
        None,
    ]


def test_the_stop_packet_says_how_the_answer_came_about():
    *_, stop = data(
        STARTED,
        LanguageChosen(language="ja"),
        QuestionRewritten(question="退货期限？", by="rules"),
        ScopeResolved(used=("a",), missing=("b",), not_ready=(), is_context_cut=True),
        FOUND,
        StepTimed(step="retrieve", elapsed_ms=12.5),
        *say("好。"),
        CITED,
        CitationDropped(reason="unknown"),
        UsageReported(usage=Usage(model="m1", prompt_tokens=10, completion_tokens=2)),
        UsageReported(usage=Usage(model="m2", prompt_tokens=1, completion_tokens=1)),
        AnswerDegraded(reason="model_unavailable"),
        SuggestionsOffered(questions=("运费谁付？",)),
        DONE,
    )
    info = stop["extend_info"]
    assert stop["follow_up_list"] == ["运费谁付？"]
    assert info["ialgo_extend_info"]["doc_score"][:2] == [
        {"doc_id": RETURNS_ID, "score": "0.9"},
        {"doc_id": FAQ_ID, "score": "0.6123"},
    ]
    assert info["passages"][1] == {"rank": "2", "ctdoc_id": FAQ_ID, "chunk_id": "p2", "score": "0.6123"}
    assert (info["lang"], info["rewritten_query"], info["context_truncated"]) == ("ja_JP", "退货期限？", "1")
    assert info["scope"] == {"used": ["a"], "missing": ["b"], "not_ready": []}
    assert (info["dropped_citations"], info["index_version"], info["model"]) == ("1", "7", "m2")
    assert info["usage"] == {"prompt_tokens": "11", "completion_tokens": "3"}
    assert info["timing"] == {"retrieve_ms": "12.5", "total_ms": "1500"}
    assert info["degraded"] == ["model_unavailable"]


@pytest.mark.parametrize(
    ("event", "return_type", "status"),
    [
        (ContentBlocked(what="question"), "illegal_return", "1"),
        (ContentBlocked(what="answer"), "illegal_return", "2"),
        (CuratedMatched(answer_id="a1", score=0.97), "intervention_return", "0"),
        (AnswerMissed(reason="no_passage"), "fallback_return", "0"),
        (FOUND, "knowledge_return", "0"),
    ],
)
def test_where_an_answer_came_from(event: object, return_type: str, status: str):
    *_, stop = data(STARTED, event, *say("好。"), DONE)
    told = (stop["extend_info"]["ialgo_extend_info"]["return_type"], stop["illegal_status"])
    assert told == (return_type, status)


def test_what_was_written_says_so():
    *_, stop = data(started(is_writing=True), *say("诗。"), DONE)
    assert stop["extend_info"]["ialgo_extend_info"]["return_type"] == "create_return"


def test_a_human_answer_names_itself():
    *_, stop = data(STARTED, CuratedMatched(answer_id="a1", score=0.97), *say("好。"), DONE)
    assert (stop["extend_info"]["intervention_id"], stop["extend_info"]["intervention_score"]) == (
        "a1",
        "0.97",
    )


def test_a_failure_is_the_last_packet_after_what_was_held_back():
    failure = TurnFailed(at=END, code="deadline_exceeded", message="", status=504, retryable=True)
    *_, text, stop = packets(STARTED, *say("No"), failure)
    assert text["data"]["answer_text"] == "o"
    assert (stop["ret"], stop["msg"]) == ("50400", "回答超时，已返回部分内容，请稍后重试")
    assert stop["data"] == {"msg_id": "t1-2", "msg_sn": "2", "event": "stop", "answer_text": ""}


def test_a_stop_by_the_user_is_a_stop_packet_by_shutdown_an_error():
    *_, stopped = packets(STARTED, *say("好"), TurnStopped(at=END, by="user"))
    *_, shut = packets(STARTED, *say("好"), TurnStopped(at=END, by="shutdown"))
    assert (stopped["ret"], stopped["data"]["extend_info"]["stopped_by"], shut["ret"]) == (
        "0",
        "user",
        "50300",
    )


def test_a_token_is_in_the_first_packet_only_where_it_was_asked_for():
    asked = [packet.get("extend_info") for packet in data(started(token_tenant="t"), *say("你", "好"), DONE)]
    assert (asked[0]["eventsource"]["answer"], asked[1]) == ("t1", None)
    assert "eventsource" not in asked[2]
    assert "eventsource" not in str(data(STARTED, *say("你"), DONE))


def test_every_event_has_its_place_in_the_encoder():
    assert set(ENCODERS) == set(EVENTS.values())


words = st.text(alphabet="退货好。[]d\u0301กี่👩\u200d🔬🇨🇳 1\n", max_size=8)
markers = st.sampled_from([f"[[{RETURNS_ID}]]", "[[ctx]]", "[[" + "d" * 16, "d" * 16 + "]]"])
content = st.one_of(
    words.map(lambda text: TextDelta(text=text)),
    markers.map(lambda text: TextDelta(text=text)),
    words.map(lambda text: ReasoningDelta(text=text)),
    st.sampled_from(
        [
            FOUND,
            CITED,
            CITED_FAQ,
            CITED_CONTEXT,
            TextAwaited(),
            LanguageChosen(language="th"),
            ScopeResolved(used=("a",)),
            AnswerMissed(reason="no_passage"),
            CuratedMatched(answer_id="a", score=1.0),
            ContentBlocked(what="answer"),
            CitationDropped(reason="unsupported"),
            QuestionRewritten(question="退货", by="rules"),
            SuggestionsOffered(questions=("运费?",)),
            StepTimed(step="retrieve", elapsed_ms=1.0),
            UsageReported(usage=Usage(model="m", prompt_tokens=1, completion_tokens=1)),
        ]
    ),
)
notes = st.sampled_from([STARTED, started(cites=False), started(refs_in_packets=False, shows_phases=True)])
endings = st.sampled_from([DONE, TurnStopped(at=END, by="user")])
BLOCK = re.compile(r"\[\[([0-9a-f]{32}|ctx)\]\]")


@given(notes, st.lists(content, max_size=14), endings)
def test_the_fold_of_the_packets_equals_the_body(first, middle, ending):
    events = [first, *middle, ending]
    *packed, stop = data(*events)
    answer = body(*events)["data"]
    text = "".join(one["answer_text"] for one in packed)
    assert text == answer["answer_text"]
    assert {name: stop[name] for name in answer if name not in ("msg_id", "answer_text")} == {
        name: value for name, value in answer.items() if name not in ("msg_id", "answer_text")
    }
    assert stop["extend_info"]["answer_chars"] == str(len(text))
    ChatAnswer.model_validate(body(*events))
    StopData.model_validate(stop)
    shown = [one["ctdoc_id"] for one in stop["ref_doc_list"]]
    assert shown == list(dict.fromkeys(BLOCK.findall(text)))


@given(notes, st.lists(content, max_size=14), endings)
def test_packets_keep_their_rules(first, middle, ending):
    events = [first, *middle, ending]
    encoded, got = frames(*events), data(*events)
    assert encoded == frames(*events)
    assert [one["msg_sn"] for one in got] == [str(number) for number in range(len(got))]
    assert [one["event"] for one in got] == [""] * (len(got) - 1) + ["stop"]
    assert all(
        f"\nid: {one['msg_id']}\n".encode() in b"\n" + frame for frame, one in zip(encoded, got, strict=True)
    )
    for one in got[:-1]:
        blocks = BLOCK.findall(one["answer_text"])
        assert {entry["ctdoc_id"] for entry in one.get("ref_doc_list", [])} <= set(blocks)
