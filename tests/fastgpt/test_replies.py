"""Recorded streams of both generations, cut at every byte: the same events come out."""

from __future__ import annotations

import pytest

from yingda.fastgpt.failures import FastGPTGarbled
from yingda.fastgpt.replies import NodeRan, ReplyEvent, ReplyReader, Said, Thought
from yingda.fastgpt.sse import MAX_EVENT_CHARS, NamedEvent, NamedEvents

HEAD = (
    'event: flowNodeStatus\ndata: {"status":"running","name":"AI 对话"}\n\n'
    'event: answer\ndata: {"id":"","object":"","created":0,"model":"","choices":[{"delta":'
    '{"role":"assistant","content":"","reasoning_content":"嗯"},"index":0,"finish_reason":null}]}\n\n'
    'event: fastAnswer\ndata: {"id":"","object":"","created":0,"model":"","choices":[{"delta":'
    '{"role":"assistant","content":"\\n<state>1002</state>"},"index":0,"finish_reason":null}]}\n\n'
    'event: answer\ndata: {"id":"","object":"","created":0,"model":"","choices":[{"delta":'
    '{"role":"assistant","content":"您好，😀"},"index":0,"finish_reason":null}]}\n\n'
    'event: toolCall\ndata: {"tool":{"id":"t","toolName":"查询","params":""}}\n\n'
    'event: workflowDuration\ndata: {"durationSeconds":1.2}\n\n'
    'event: answer\ndata: {"id":"","object":"","created":0,"model":"","choices":[{"delta":'
    '{"role":"assistant","content":null},"index":0,"finish_reason":"stop"}]}\n\n'
)
NODES = (
    'event: flowResponses\ndata: [{"id":"a","nodeId":"n1","moduleName":"AI 对话","moduleType":"chatNode",'
    '"runningTime":1.07,"model":"qwen","inputTokens":812,"outputTokens":24,"historyPreview":[]}]\n\n'
)
DONE = "event: answer\ndata: [DONE]\n\n"
RECORDED = {
    "4.14": HEAD + DONE + NODES,
    "4.16": HEAD.replace("toolCall", "chatTitle") + NODES + DONE,
    "without names": HEAD.replace("event: answer\n", "").replace("data: ", "data:") + NODES + DONE,
    "CRLF": (HEAD + DONE + NODES).replace("\n", "\r\n"),
    "CR, a mark, comments": "\ufeff: hello\r" + (HEAD + ": ka\n\n" + DONE + NODES).replace("\n", "\r"),
    "no last line end": (HEAD + DONE + NODES).removesuffix("\n\n"),
}
EXPECTED: list[ReplyEvent] = [
    Thought(text="嗯"),
    Said(text="\n<state>1002</state>"),
    Said(text="您好，😀"),
    NodeRan(
        name="AI 对话", kind="chatNode", elapsed_s=1.07, model="qwen", input_tokens=812, output_tokens=24
    ),
]


def read(pieces: list[bytes]) -> list[ReplyEvent]:
    parser, reply = NamedEvents(), ReplyReader()
    events = [event for piece in pieces for event in parser.feed(piece)] + parser.end()
    said = [one for event in events for one in reply.take(event)]
    assert (reply.is_done, reply.is_finished) == (True, True)
    return said


@pytest.mark.parametrize("name", RECORDED)
def test_every_split_says_the_same(name: str):
    raw = RECORDED[name].encode()
    assert read([raw]) == EXPECTED
    assert read([raw[at : at + 1] for at in range(len(raw))]) == EXPECTED
    for at in range(1, len(raw)):
        assert read([raw[:at], raw[at:]]) == EXPECTED, at


def test_several_data_lines_are_one_text():
    raw = b"event: x\nid: 7\nretry\ndata: a\ndata:b\ndata\n\n\ndata: c\n\n"
    assert NamedEvents().feed(raw) == [NamedEvent("x", "a\nb\n"), NamedEvent("", "c")]


@pytest.mark.parametrize("data", ["not json", "7", '{"choices":[]}', '{"choices":[{"delta":null}]}', "{}"])
def test_what_says_nothing_gives_nothing(data: str):
    assert list(ReplyReader().take(NamedEvent("answer", data))) == []


def test_an_event_without_an_end_is_given_up():
    parser = NamedEvents()
    parser.feed(b"data: " + b"x" * (MAX_EVENT_CHARS - 10))
    with pytest.raises(FastGPTGarbled):
        parser.feed(b"x" * 10)
