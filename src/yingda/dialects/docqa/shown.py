"""What stands beside an answer's text: its documents, its citations, and how it came about (docqa 1.5, 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from yingda.dialects.docqa.answer import CONTEXT_ID, Placed
from yingda.turns.events import TurnStopped
from yingda.turns.options import Language
from yingda.turns.record import Record
from yingda.turns.types import Citation, DocumentId, Passage, Provenance

TAGS: dict[Language, str] = {"zh": "zh_CN", "en": "en_US", "ja": "ja_JP", "ko": "ko_KR", "th": "th_TH"}
FILE_PATH = "/v1/ctai/file"
_UNTOLD = Provenance(kind="file")
"""For what is no document, and for documents whose provenance could not be read."""


def references(record: Record, citations: Sequence[Citation]) -> list[dict[str, Any]]:
    """One entry for each document, in the order of first use; `pages` are those cited."""
    pages: dict[DocumentId, dict[str, None]] = {}
    for citation in citations:
        cited = pages.setdefault(citation.document_id, {})
        if citation.page is not None:
            cited[str(citation.page)] = None
    first = {citation.document_id: citation for citation in reversed(citations)}
    return [
        reference(record, first[document_id], number, list(cited))
        for number, (document_id, cited) in enumerate(pages.items(), 1)
    ]


def reference(record: Record, citation: Citation, number: int, pages: list[str]) -> dict[str, Any]:
    """A document of the answer; `ref_no` stays the same in every packet."""
    document_id = citation.document_id
    found = next((one for one in record.passages if one.document_id == document_id), None)
    came_in = (found.provenance if found else None) or _UNTOLD
    return {
        "ref_no": str(number),
        "ctdoc_id": document_id,
        "doc_id": document_id,
        "doc_name": citation.source,
        "doc_type": "context" if document_id == CONTEXT_ID else came_in.kind,
        "doc_url": came_in.url,
        "file_url": f"{FILE_PATH}/{document_id}" if came_in.is_kept else "",
        "score": _decimal(_score(record, document_id)),
        "pages": pages,
    }


def extend_info(
    record: Record, text: str, placed: Sequence[Placed], *, forged: int, is_writing: bool
) -> dict[str, Any]:
    """All about an answer that ended; every scalar is a string."""
    shown: dict[str, Any] = {
        "ialgo_extend_info": {
            "return_type": return_type(record, is_writing=is_writing),
            "doc_score": [
                {"doc_id": document_id, "score": _decimal(_score(record, document_id))}
                for document_id in dict.fromkeys(passage.document_id for passage in record.passages)
            ],
        },
        "lang": TAGS[record.language] if record.language else "",
        "citations": [_citation(record, number, one) for number, one in enumerate(placed, 1)],
        "passages": [_passage(rank, passage) for rank, passage in enumerate(record.passages, 1)],
        "dropped_citations": str(record.dropped_citations + forged),
        "context_truncated": "1" if record.scope and record.scope.is_context_cut else "0",
        "degraded": list(dict.fromkeys(record.degraded)),
        "usage": _usage(record),
        "timing": _timing(record),
        "model": record.usages[-1].model if record.usages else "",
        "index_version": str(record.revision),
        "answer_chars": str(len(text)),
        "answer_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    return shown | _sometimes(record)


def return_type(record: Record, *, is_writing: bool) -> str:
    """Where the answer came from: one of a closed list."""
    if record.blocked is not None:
        return "illegal_return"
    if record.curated is not None:
        return "intervention_return"
    if record.missed is not None:
        return "fallback_return"
    return "create_return" if is_writing else "knowledge_return"


def illegal_status(record: Record) -> str:
    """`0` clean, `1` question refused, `2` answer broken off."""
    if record.blocked is None:
        return "0"
    return "1" if record.blocked.what == "question" else "2"


def _sometimes(record: Record) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if record.scope is not None:
        scope = record.scope
        parts = {"used": scope.used, "missing": scope.missing, "not_ready": scope.not_ready}
        shown["scope"] = {name: list(ids) for name, ids in parts.items()}
    if record.question is not None:
        shown["rewritten_query"] = record.question
    if record.curated is not None:
        shown["intervention_id"] = record.curated.answer_id
        shown["intervention_score"] = _decimal(record.curated.score)
    if isinstance(record.ending, TurnStopped):
        shown["stopped_by"] = record.ending.by
    return shown


def _citation(record: Record, number: int, placed: Placed) -> dict[str, str]:
    cited = placed.citation
    score = next((one.score for one in record.passages if one.id == cited.passage_id), 0.0)
    return {
        "n": str(number),
        "ctdoc_id": cited.document_id,
        "chunk_id": cited.passage_id,
        "page": "" if cited.page is None else str(cited.page),
        "char_start": str(cited.start),
        "char_end": str(cited.end),
        "quote": cited.quote,
        "answer_start": str(placed.start),
        "answer_end": str(placed.end),
        "score": _decimal(score),
    }


def _passage(rank: int, passage: Passage) -> dict[str, str]:
    return {
        "rank": str(rank),
        "ctdoc_id": passage.document_id,
        "chunk_id": passage.id,
        "score": _decimal(passage.score),
    }


def _score(record: Record, document_id: str) -> float:
    return max((one.score for one in record.passages if one.document_id == document_id), default=0.0)


def _usage(record: Record) -> dict[str, str]:
    return {
        "prompt_tokens": str(sum(usage.prompt_tokens for usage in record.usages)),
        "completion_tokens": str(sum(usage.completion_tokens for usage in record.usages)),
    }


def _timing(record: Record) -> dict[str, str]:
    """Milliseconds; steps that did not run are left out."""
    timing = {f"{step.step}_ms": _decimal(step.elapsed_ms) for step in record.steps}
    if record.started is not None and record.ending is not None:
        timing["total_ms"] = _decimal((record.ending.at - record.started.at).total_seconds() * 1000)
    return timing


def _decimal(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")
