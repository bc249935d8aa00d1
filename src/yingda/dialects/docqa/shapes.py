"""What the docqa paths answer, field by field: to describe the interface, and to hold it to that."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Switch = Literal["0", "1"]
Time = str
"""Unix seconds."""


class Shape(BaseModel):
    """Nothing but the fields named."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Reference(Shape):
    """A document that the answer rests on."""

    ref_no: str
    ctdoc_id: str
    doc_id: str
    doc_name: str
    doc_type: Literal["file", "url", "text", "qa", "context"]
    doc_url: str
    file_url: str
    score: str
    pages: list[str]


class Cited(Shape):
    """What supports a sentence; spans count code points, ends are exclusive."""

    n: str
    ctdoc_id: str
    chunk_id: str
    page: str
    char_start: str
    char_end: str
    quote: str
    answer_start: str
    answer_end: str
    score: str


class Found(Shape):
    """A passage that was found; `rank` counts from 1."""

    rank: str
    ctdoc_id: str
    chunk_id: str
    score: str


class DocScore(Shape):
    """The best score of a document's passages."""

    doc_id: str
    score: str


class Origin(Shape):
    """Where the answer came from."""

    return_type: Literal[
        "knowledge_return", "intervention_return", "fallback_return", "illegal_return", "create_return"
    ]
    doc_score: list[DocScore]


class Scope(Shape):
    """The documents that the caller named."""

    used: list[str]
    missing: list[str]
    not_ready: list[str]


class TokensUsed(Shape):
    """As the provider counted them."""

    prompt_tokens: str
    completion_tokens: str


class ExtendInfo(Shape):
    """How the answer came about."""

    ialgo_extend_info: Origin
    lang: Literal["", "zh_CN", "en_US", "ja_JP", "ko_KR", "th_TH"]
    citations: list[Cited]
    passages: list[Found]
    dropped_citations: str
    context_truncated: Switch
    degraded: list[str]
    usage: TokensUsed
    timing: dict[str, str]
    model: str
    index_version: str
    answer_chars: str
    answer_sha256: str
    scope: Scope | None = None
    rewritten_query: str | None = None
    intervention_id: str | None = None
    intervention_score: str | None = None
    stopped_by: Literal["user", "operator", "client"] | None = None


class ChatData(Shape):
    """A whole answer."""

    msg_id: str
    answer_text: str
    ref_doc_list: list[Reference]
    follow_up_list: list[str]
    illegal_status: Literal["0", "1", "2"]
    extend_info: ExtendInfo


class StopData(ChatData):
    """The stop packet's; its `answer_text` is empty."""

    msg_sn: str
    event: Literal["stop"]


class ChatAnswer(Shape):
    """The body of an answer that is not streamed."""

    ret: Literal["0"]
    msg: Literal[""]
    stime: Time
    data: ChatData


class Stopped(Shape):
    """`1` where an answer was stopped."""

    stopped: Switch


class StopAnswer(Shape):
    """The body of `stop_chat`."""

    ret: Literal["0"]
    msg: Literal[""]
    stime: Time
    data: Stopped


class HistoryEntry(Shape):
    """A turn of a conversation."""

    msg_id: str
    turn_no: str
    query_text: str
    answer_text: str
    ref_doc_list: list[Reference]
    follow_up_list: list[str]
    illegal_status: Literal["0", "1", "2"]
    return_type: str
    status: Literal["running", "completed", "stopped", "failed"]
    create_time: Time
    finish_time: Time


class HistoryPage(Shape):
    """Some turns, in the order of time."""

    total: str
    page: str
    page_size: str
    chat_list: list[HistoryEntry]


class HistoryAnswer(Shape):
    """The body of `query_chat_history`."""

    ret: Literal["0"]
    msg: Literal[""]
    stime: Time
    data: HistoryPage
