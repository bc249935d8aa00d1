"""Events → packets and record → body for the docqa dialect (docqa 1.3 to 1.5, 2.6, 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from yingda.dialects.docqa.answer import AnswerText, composed
from yingda.dialects.docqa.errors import error_body, ret_and_msg
from yingda.dialects.docqa.graphemes import pieces
from yingda.dialects.docqa.note import Note, note_from
from yingda.dialects.docqa.shown import extend_info, illegal_status, reference, references
from yingda.dialects.docqa.stream_token import token_of
from yingda.dialects.docqa.wire import envelope
from yingda.errors import AnswerError
from yingda.turns.endings import failure_of
from yingda.turns.events import (
    AgentChosen,
    AnswerDegraded,
    AnswerExtracted,
    AnswerMissed,
    CacheHit,
    CitationDropped,
    ContentBlocked,
    CuratedMatched,
    FlowAdvanced,
    HandoffQueued,
    HandoffRequested,
    LanguageChosen,
    MessageForwarded,
    PassageCited,
    PassagesFound,
    QuestionRewritten,
    ReasoningDelta,
    RowsFetched,
    ScopeResolved,
    SlotFilled,
    StageEntered,
    StepTimed,
    SuggestionsOffered,
    TextAwaited,
    TextDelta,
    ToolCalled,
    ToolReturned,
    TurnCompleted,
    TurnEvent,
    TurnFailed,
    TurnStarted,
    TurnStopped,
    UsageReported,
)
from yingda.turns.record import Record
from yingda.turns.types import Citation

RETRY_LINE = b"retry: 3000\n"
"""How many milliseconds a client waits before it comes again."""
MOST_CHARS = 4000
"""Of text in a packet: so it fits into one TLS record, which arrives whole or not at all."""
_TEXT = b'{"ret":"0","data":{"msg_id":"%b","msg_sn":"%d","event":"","answer_text":%b}}'
_STRANGER = Note(key_id="")
"""For a turn that this dialect did not begin."""


class DocqaDialect:
    """The contract of `query_text_chat`; a keep-alive is a comment line without a blank line."""

    name = "docqa"
    keep_alive = b":\n"

    def encoder(self, *, trace: bool = False) -> DocqaEncoder:
        return DocqaEncoder()

    def body(self, record: Record, *, trace: bool = False) -> dict[str, Any]:
        assert record.started is not None
        note = note_from(record.started.wire) or _STRANGER
        text, answer = composed(record, cites=note.cites)
        names = {"msg_id": f"{record.started.turn_id}-0", "answer_text": text}
        data = {**names, **_closing(record, text, answer, note)}
        return envelope(data, record.ending.at if record.ending else None)

    def error(self, error: AnswerError) -> tuple[int, dict[str, Any]]:
        return error_body(error)


class DocqaEncoder:
    """A packet for each piece of text, each source with its block in one; `stop` last, without text.

    Packets are numbered from 0 as `id: <turn_id>-<n>`. `has_stopped` tells that the last one was made.
    """

    def __init__(self) -> None:
        self.has_stopped = False
        self._record = Record()
        self._answer = AnswerText()
        self._said: list[str] = []
        self._note = _STRANGER
        self._turn_id = ""
        self._packets = 0
        self._phase = ""
        self._ref_numbers: dict[str, int] = {}

    def encode(self, event: TurnEvent) -> Sequence[bytes]:
        if type(event) is TextDelta:
            return self.text(event)
        self._record.add(event)
        encode = ENCODERS.get(type(event))
        return encode(self, event) if encode is not None else ()

    def started(self, event: TurnStarted) -> Sequence[bytes]:
        self._turn_id, self._note = event.turn_id, note_from(event.wire) or _STRANGER
        return self._entered("understanding")

    def awaited(self, event: TextAwaited) -> Sequence[bytes]:
        return () if self._packets else (self._packet(""),)

    def found(self, event: PassagesFound) -> Sequence[bytes]:
        return self._entered("answering")

    def thought(self, event: ReasoningDelta) -> Sequence[bytes]:
        return self._entered("thinking")

    def cited(self, event: PassageCited) -> Sequence[bytes]:
        citations = self._record.citations
        if not self._note.cites or len(citations) == len(self._answer.placed):
            return ()
        text, block = self._answer.cite(citations[-1])
        if not block or not self._note.refs_in_packets:
            return self._text(text + block)
        self._said.append(text + block)
        return (self._packet(text + block, ref_doc_list=[self._reference(citations[-1])]),)

    def text(self, event: TextDelta) -> Sequence[bytes]:
        self._record.add_text(event)
        return self._text(self._answer.say(event.text))

    def completed(self, event: TurnCompleted) -> Sequence[bytes]:
        return [*self._text(self._answer.end()), self._stop()]

    def cut(self, event: TurnStopped | TurnFailed) -> Sequence[bytes]:
        rest, failure = self._text(self._answer.end()), failure_of(event)
        return [*rest, self._stop() if failure is None else self._failure(failure)]

    def _text(self, text: str) -> Sequence[bytes]:
        if not text:
            return ()
        if len(text) > MOST_CHARS:
            return [packet for piece in pieces(text, MOST_CHARS) for packet in self._text(piece)]
        self._said.append(text)
        if not self._packets:
            return (self._packet(text),)
        # Text is nearly all there is: the same packet, written without the detour over its objects.
        number, self._packets = self._packets, self._packets + 1
        name = f"{self._turn_id}-{number}".encode()
        return (_block(name, _TEXT % (name, number, orjson.dumps(text)), id_last=self._note.id_last),)

    def _entered(self, phase: str) -> Sequence[bytes]:
        if not self._note.shows_phases or phase == self._phase:
            return ()
        self._phase = phase
        return (self._packet("", extend_info={"phase": phase}),)

    def _reference(self, citation: Citation) -> dict[str, Any]:
        number = self._ref_numbers.setdefault(citation.document_id, len(self._ref_numbers) + 1)
        pages = [] if citation.page is None else [str(citation.page)]
        return reference(self._record, citation, number, pages)

    def _stop(self) -> bytes:
        self.has_stopped = True
        closing = _closing(self._record, "".join(self._said), self._answer, self._note)
        return self._packet("", "stop", **closing)

    def _failure(self, error: AnswerError) -> bytes:
        self.has_stopped = True
        ret, msg = ret_and_msg(error)
        return self._packet("", "stop", ret=ret, msg=msg)

    def _packet(self, text: str, event: str = "", *, ret: str = "0", msg: str = "", **more: Any) -> bytes:
        """One block; the first one tells the client how long to wait before it comes again."""
        number, self._packets = self._packets, self._packets + 1
        data = {"msg_id": f"{self._turn_id}-{number}", "msg_sn": str(number), "event": event}
        data |= {"answer_text": text, **more}
        if number == 0:
            data |= self._token(data)
        head = {"ret": ret, "msg": msg} if event else {"ret": ret}
        block = _block(
            data["msg_id"].encode(), orjson.dumps({**head, "data": data}), id_last=self._note.id_last
        )
        return block if number else RETRY_LINE + block

    def _token(self, data: dict[str, Any]) -> dict[str, Any]:
        started = self._record.started
        token = token_of(started) if started is not None else None
        if token is None:
            return {}
        opened = {"eventsource": {"answer": self._turn_id, "token": token}}
        return {"extend_info": {**data.get("extend_info", {}), **opened}}


def lone_packet(msg_id: str, packet: dict[str, Any]) -> bytes:
    """The only packet of a stream."""
    return RETRY_LINE + _block(msg_id.encode(), orjson.dumps(packet), id_last=False)


def _block(name: bytes, packet: bytes, *, id_last: bool) -> bytes:
    return b"data: %b\nid: %b\n\n" % (packet, name) if id_last else b"id: %b\ndata: %b\n\n" % (name, packet)


def _closing(record: Record, text: str, answer: AnswerText, note: Note) -> dict[str, Any]:
    """What stop packet and JSON body share."""
    placed = answer.placed
    return {
        "ref_doc_list": references(record, [one.citation for one in placed]),
        "follow_up_list": list(record.suggestions),
        "illegal_status": illegal_status(record),
        "extend_info": extend_info(record, text, placed, forged=answer.forged, is_writing=note.is_writing),
    }


_SILENT = (
    AgentChosen,
    QuestionRewritten,
    LanguageChosen,
    ScopeResolved,
    CuratedMatched,
    ContentBlocked,
    CitationDropped,
    ToolCalled,
    ToolReturned,
    RowsFetched,
    StageEntered,
    FlowAdvanced,
    SlotFilled,
    HandoffRequested,
    HandoffQueued,
    MessageForwarded,
    SuggestionsOffered,
    StepTimed,
    UsageReported,
    CacheHit,
    AnswerExtracted,
    AnswerDegraded,
    AnswerMissed,
)
"""What has no packet of its own; most of it shows in the stop packet."""


def _leaves_no_packet(encoder: DocqaEncoder, event: TurnEvent) -> Sequence[bytes]:
    return ()


ENCODERS: dict[type, Callable[[DocqaEncoder, Any], Sequence[bytes]]] = {
    TextDelta: DocqaEncoder.text,
    **dict.fromkeys(_SILENT, _leaves_no_packet),
    TurnStarted: DocqaEncoder.started,
    TextAwaited: DocqaEncoder.awaited,
    PassagesFound: DocqaEncoder.found,
    ReasoningDelta: DocqaEncoder.thought,
    PassageCited: DocqaEncoder.cited,
    TurnCompleted: DocqaEncoder.completed,
    TurnStopped: DocqaEncoder.cut,
    TurnFailed: DocqaEncoder.cut,
}
