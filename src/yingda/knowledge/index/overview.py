"""A question about a thing as a whole gets the document about it, in the document's own order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from yingda.knowledge.breadth import Topic, titles_of, topic_of
from yingda.knowledge.types import Candidate

_CJK = re.compile(r"[\u3400-\u9fff]")

WHOLE_SCORE = 0.9
"""The least score of a passage of the document that is about the thing: its title says so."""


_SUMMARY = re.compile(
    r"总结|概括|概述|归纳|摘要|主要内容|大意|要点|[讲说写]了?些?什么|要約|まとめ|概要|요약|정리|개요|สรุป|ใจความ"
    r"|\b(?:summar(?:y|i[sz]e)|overview|outline|gist|tl;?dr|main points|key points|about)\b"
)
_NO_TOPIC = re.compile(
    r"请|帮我?|麻烦|给我|一下|下|这[篇份个些段]|那[篇份个些]|该|本|全文|文[档件章本]|资料|材料|内容|主要|核心|的|里面?|话|中|都|是|什么|有哪些"
    r"|この|その|文書|資料|内容|文章|して|ください|を|の|は|お願いします"
    r"|이|그|문서|자료|내용|파일|을|를|은|는|해\s?주세요|해줘|주세요|เอกสาร|เนื้อหา|นี้|ให้|หน่อย|ช่วย"
    r"|\b(?:please|can|could|you|give|me|an?|the|this|that|these|those|documents?|files?|texts?|pdf|articles?"
    r"|pages?|contents?|of|what|what's|is|are|it|in|short|brief|briefly|main|key|points?)\b"
)


def wants_whole(question: str) -> bool:
    """Whether the question asks what a text says as a whole, and names no topic of its own."""
    lower = question.lower()
    rest = _NO_TOPIC.sub("", _SUMMARY.sub("", lower))
    return _SUMMARY.search(lower) is not None and not any(char.isalnum() for char in rest)


def overview_first(question: str, rated: Sequence[Candidate]) -> list[Candidate]:
    """Candidates as they were, unless a document's title names the topic of a broad question.

    Then its passages come first: those whose own heading sums it up, then the others as they stand in it. Of
    two such documents it is the one in the question's language.
    """
    topic = topic_of(question)
    is_chinese = _CJK.search(question) is not None
    readable = [found for found in rated if is_chinese == (_CJK.search(found.chunk.text) is not None)]
    document = topic and _document_about(topic, readable or rated)
    if not topic or not document:
        return list(rated)
    own = [found for found in rated if found.chunk.document_id == document]
    own.sort(key=lambda found: (not _sums_up(topic, found), found.chunk.ordinal))
    others = [found for found in rated if found.chunk.document_id != document]
    return [*(replace(found, score=max(found.score, WHOLE_SCORE)) for found in own), *others]


def _document_about(topic: Topic, rated: Sequence[Candidate]) -> str | None:
    best: tuple[float, int, str] | None = None
    for found in rated:
        for title in titles_of(found.chunk.source, found.chunk.heading):
            held = topic.held_by(title)
            rank = (-held, len(title), str(found.chunk.document_id))
            if held and (best is None or rank < best):
                best = rank
    return best[2] if best else None


def _sums_up(topic: Topic, found: Candidate) -> bool:
    return len(found.chunk.heading) > 1 and topic.is_summed_up_by(found.chunk.heading[-1])
