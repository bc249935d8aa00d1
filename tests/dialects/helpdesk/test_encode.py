"""Events in, exact frames and bodies out; the two renderings agree for any legal list of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import orjson
from hypothesis import given
from hypothesis import strategies as st

from yingda.dialects.helpdesk.encode import ENCODERS, HelpdeskDialect, slices
from yingda.turns.events import (
    EVENTS,
    AgentChosen,
    AnswerDegraded,
    AnswerMissed,
    CacheHit,
    HandoffQueued,
    HandoffRequested,
    MessageForwarded,
    PassageCited,
    PassagesFound,
    QuestionRewritten,
    ReasoningDelta,
    StepTimed,
    SuggestionsOffered,
    TextDelta,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    TurnStopped,
    UsageReported,
)
from yingda.turns.record import record_from_events
from yingda.turns.types import ConversationId, DocumentId, HandoffCard, Passage, TurnId, Usage

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DIALECT = HelpdeskDialect()
STARTED = TurnStarted(turn_id=TurnId("t1"), conversation_id=ConversationId("c1"), number=2, at=AT)
CHOSEN = AgentChosen(agent="documents", intent="knowledge_qa", confidence=0.9, emotion_score=1.0)
CHITCHAT = AgentChosen(agent="chitchat", intent="chitchat", confidence=0.9, emotion_score=1.0)
RETURNS = Passage(
    id="p1",
    document_id=DocumentId("d" * 32),
    version=1,
    source="return_policy.md",
    text="签收后 7 天内可退货。",
    start=10,
    end=22,
    score=0.9,
    heading=("退货",),
)
FAQ = Passage(
    id="p2", document_id=DocumentId("e" * 32), version=1, source="faq.md", text="…", start=0, end=1, score=0.6
)
FOUND = PassagesFound(passages=(RETURNS, FAQ))
CITED = PassageCited(passage_id="p1", quote="签收后 7 天内可退货。", start=10, end=22)
DONE = TurnCompleted(at=AT)
CARD = HandoffCard(
    session_id="c1",
    user_id=None,
    turn_count=2,
    conversation_summary="用户：转人工",
    attempted_solutions=(),
    escalate_reason="用户要求转接人工客服",
    priority="highest",
    rule_matched="user_request",
)
QUEUED = HandoffRequested(handoff_id="h1", card=CARD)


def frames(*events: object) -> list[bytes]:
    encoder = DIALECT.encoder(trace=False)
    return [frame for event in events for frame in encoder.encode(event)]  # type: ignore[arg-type]


def parsed(*events: object) -> list[tuple[str, dict]]:
    return [parse(frame) for frame in frames(*events)]


def parse(frame: bytes) -> tuple[str, dict]:
    event, _, data, *_ = frame.decode().split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def body(*events: object) -> dict:
    answer = DIALECT.body(record_from_events(events), trace=False)  # type: ignore[arg-type]
    return json.loads(orjson.dumps(answer))


def test_the_bytes_of_a_knowledge_answer():
    assert frames(STARTED, CHOSEN, FOUND, TextDelta(text="可退货。"))[0:2] == [
        b"event: meta\nid: t1-1\n"
        b'data: {"intent":"knowledge_qa","sources":["return_policy.md","faq.md"],"escalate":false,'
        b'"session_id":"c1","turn_id":"t1","session_restarted":false,"from_cache":false}\n\n',
        'event: token\nid: t1-2\ndata: {"content":"可退货。"}\n\n'.encode(),
    ]


def test_meta_names_the_passages_given_done_the_ones_cited():
    (_, meta), _, (_, done) = parsed(STARTED, CHOSEN, FOUND, TextDelta(text="可退货。"), CITED, DONE)
    assert (meta["sources"], done["sources"]) == (["return_policy.md", "faq.md"], ["return_policy.md"])


def test_a_citation_says_where_it_stands_and_what_supports_it():
    answer = body(STARTED, CHOSEN, FOUND, TextDelta(text="可退货。"), CITED, TextDelta(text="其余略。"), DONE)
    (citation,) = answer["data"]["citations"]
    assert (citation["n"], citation["at"], citation["doc_id"]) == (1, 4, "doc-" + "d" * 32)
    assert (citation["start"], citation["end"], citation["quote"]) == (10, 22, "签收后 7 天内可退货。")


def test_ready_text_shows_in_meta_and_goes_out_in_slices():
    events = parsed(STARTED, CHITCHAT, TextDelta(text="您好！有什么可以帮您？"), DONE)
    assert events[0][1]["answer"] == "您好！有什么可以帮您？"
    assert [data["content"] for name, data in events if name == "token"] == ["您好！", "有什么可以帮您？"]


def test_an_escalation_says_so_in_meta_done_and_body():
    events = [STARTED, CHOSEN, QUEUED, TextDelta(text="已为您转接人工客服，请稍候。"), DONE]
    (_, meta), *_, (_, done) = parsed(*events)
    answer = body(*events)["data"]
    assert (meta["escalate"], done["escalate"], answer["escalate_to_human"]) == (True, True, True)
    assert done["escalation_card"] == answer["escalation_card"]
    assert answer["escalation_card"]["escalate_reason"] == "用户要求转接人工客服"


def test_a_failure_ends_with_an_error_and_no_done():
    failure = TurnFailed(at=AT, code="overloaded", message="", status=429, retryable=True, retry_after_s=1.5)
    assert parsed(STARTED, CHOSEN, FOUND, failure)[1:] == [
        (
            "error",
            {
                "message": "当前请求过多，请稍后重试",
                "code": "overloaded",
                "retry_after": 1.5,
                "session_id": "c1",
                "turn_id": "t1",
                "session_restarted": False,
            },
        )
    ]


def test_a_stop_by_the_user_is_a_done_that_says_so():
    *_, (name, done) = parsed(STARTED, CHOSEN, FOUND, TextDelta(text="可"), TurnStopped(at=AT, by="user"))
    assert (name, done["answer"], done["stopped_by"]) == ("done", "可", "user")


def test_a_stop_by_shutdown_is_an_error():
    *_, (name, data) = parsed(STARTED, TurnStopped(at=AT, by="shutdown"))
    assert (name, data["code"]) == ("error", "shutting_down")


def test_while_an_operator_holds_the_conversation_nothing_is_answered():
    events = [STARTED, CHOSEN, MessageForwarded(operator="xiao"), DONE]
    body = HelpdeskDialect().body(record_from_events(events), trace=False)
    assert (body["reply"], body["data"]["agent_status"]) == ("", "assigned")
    *_, (name, data) = parsed(*events)
    assert (name, data["answer"], data["agent_status"]) == ("done", "", "assigned")


def test_an_answer_that_an_operator_ended_is_not_given_as_a_whole():
    events = [STARTED, CHOSEN, TextDelta(text="满 99 元"), TurnStopped(at=AT, by="operator")]
    body = HelpdeskDialect().body(record_from_events(events), trace=False)
    assert (body["reply"], body["data"]["agent_status"]) == ("", "assigned")
    *_, (name, data) = parsed(*events)
    assert (name, data["stopped_by"], data["agent_status"]) == ("done", "operator", "assigned")


def test_every_event_has_its_place_in_the_encoder():
    assert set(ENCODERS) == set(EVENTS.values())


def test_slices_lose_nothing_and_cut_at_sentence_ends():
    assert slices("好的。谢谢！再见") == ["好的。", "谢谢！", "再见"]
    assert slices("一二三四五") == ["一二三四", "五"]
    assert slices("") == []


words = st.text(alphabet="退货好的。！？\nab 1", max_size=12)
content = st.one_of(
    words.map(lambda text: TextDelta(text=text)),
    words.map(lambda text: ReasoningDelta(text=text)),
    st.sampled_from(
        [
            FOUND,
            CITED,
            QUEUED,
            HandoffQueued(position=2),
            MessageForwarded(operator="xiao"),
            CHITCHAT,
            CacheHit(age_s=1.0),
            AnswerMissed(reason="no_passage"),
            AnswerDegraded(reason="model_unavailable"),
            QuestionRewritten(question="退货", by="rules"),
            SuggestionsOffered(questions=("运费?",)),
            StepTimed(step="lexical", elapsed_ms=1.0),
            UsageReported(usage=Usage(model="m", prompt_tokens=1, completion_tokens=1)),
        ]
    ),
)
endings = st.sampled_from([DONE, TurnStopped(at=AT, by="user")])


@given(st.lists(content, max_size=12), endings)
def test_text_sources_and_data_of_the_frames_equal_the_body(middle, ending):
    events = [STARTED, CHOSEN, *middle, ending]
    encoded, answer = parsed(*events), body(*events)
    done, tokens = encoded[-1][1], [data["content"] for name, data in encoded if name == "token"]
    assert [name for name, _ in encoded].count("meta") == 1
    assert "".join(tokens) == done["answer"] == answer["reply"]
    shared = set(done) & set(answer["data"])
    assert {name: done[name] for name in shared} == {name: answer["data"][name] for name in shared}
    assert shared >= {"intent", "sources", "citations", "turn_count", "failed_attempts", "escalation_card"}


@given(st.lists(content, max_size=12), endings)
def test_encoding_again_gives_the_same_bytes_numbered_without_gaps(middle, ending):
    events = [STARTED, CHOSEN, *middle, ending]
    first = frames(*events)
    assert first == frames(*events)
    assert [f"id: t1-{n}".encode() in frame for n, frame in enumerate(first, 1)] == [True] * len(first)
