"""The answers of the docqa paths: begun, found again by the key that asked, and sent (docqa 5.3)."""

from __future__ import annotations

import re

from starlette.responses import Response

from yingda.dialects.docqa.delivery import Asked, BrokenOff, DeliveredStream, Deliveries
from yingda.dialects.docqa.encode import DocqaDialect
from yingda.dialects.docqa.errors import ResumePointGone
from yingda.dialects.docqa.note import note_for, note_from
from yingda.dialects.docqa.respond import ERROR_NAME
from yingda.dialects.docqa.stream_token import stream_token_from
from yingda.dialects.docqa.wire import ChatRequest, request_from_chat
from yingda.engine import Engine
from yingda.errors import InvalidRequest, NotFound, Unavailable
from yingda.turns.clock import Clock
from yingda.turns.events import TurnCompleted
from yingda.turns.live import LiveTurn
from yingda.turns.repeats import fingerprint_of
from yingda.turns.types import Principal, TurnId, TurnRequest
from yingda.web.auth import require_own
from yingda.web.stream import StreamWatch

DIALECT = DocqaDialect()
MAX_KEY_CHARS = 128
_MSG_ID = re.compile(r"([0-9a-f]{32})-(\d{1,9})")


class Answers:
    """Begins answers and finds them again, for the key that asked."""

    def __init__(self, engine: Engine, watch: StreamWatch, deliveries: Deliveries, clock: Clock) -> None:
        self.engine = engine
        self.deliveries = deliveries
        self._watch = watch
        self._clock = clock

    async def begin(self, caller: Principal, chat: ChatRequest, key: str | None) -> LiveTurn:
        """A new answer, or the one that this request repeats."""
        if key is not None and not 0 < len(key) <= MAX_KEY_CHARS:
            raise InvalidRequest(f"长度应为 1 到 {MAX_KEY_CHARS}", field="Idempotency-Key")
        wanted = request_from_chat(
            chat,
            wire=note_for(chat, caller).dump(),
            user_id=require_own(caller, chat.user_id),
            key=None if key is None else f"{caller.key_id}:{key}",
        )
        asked = _asked(caller, chat, wanted)
        live = await self._earlier(caller, asked) if key is None else None
        live = live or await self.engine.start(caller, wanted)
        self.deliveries.begun(asked, live.turn_id)
        return live

    def packets(self, live: LiveTurn, skip: int = 0) -> Response:
        """The answer as a stream."""
        return DeliveredStream(live, DIALECT, self._watch, self.deliveries, skip)

    async def resume(self, caller: Principal, last: str) -> Response:
        """The packets behind `last`, or the stop again; a store that is away has the client come again."""
        try:
            live, number = await self.point(caller, last)
        except Unavailable:
            return BrokenOff()
        sent = packets_of(live)
        if number >= sent:
            raise ResumePointGone(f"there is no packet {number}")
        return self.packets(live, min(number + 1, sent - 1) if live.ended else number + 1)

    async def point(self, caller: Principal, msg_id: str) -> tuple[LiveTurn, int]:
        """The answer that a packet belongs to, and its number; ResumePointGone if it is not the key's own."""
        found = _MSG_ID.fullmatch(msg_id)
        if found is None:
            raise ResumePointGone("no packet has such an id")
        return await self._of(caller, found[1]), int(found[2])

    async def follow(self, answer_id: str, token: str, last: str) -> Response:
        """The packets behind `last` for the holder of a token; 204 once there is nothing left to say."""
        if last.startswith(ERROR_NAME):
            return Response(status_code=204)
        try:
            live = await self._opened(answer_id, token)
        except Unavailable:
            return BrokenOff()
        found = _MSG_ID.fullmatch(last)
        number = int(found[2]) if found is not None and found[1] == answer_id else -1
        if number >= (sent := packets_of(live)):
            raise ResumePointGone(f"there is no packet {number}")
        if live.ended and number == sent - 1:
            return Response(status_code=204)
        return self.packets(live, number + 1)

    async def _of(self, caller: Principal, answer_id: str) -> LiveTurn:
        """The key's own answer of that id."""
        try:
            live = await self.engine.attach(caller, TurnId(answer_id))
        except NotFound:
            raise ResumePointGone("no such answer") from None
        started = live.record.started
        note = note_from(started.wire) if started is not None else None
        if note is None or note.key_id != caller.key_id:
            raise ResumePointGone("no such answer of this key")
        return live

    async def _opened(self, answer_id: str, token: str) -> LiveTurn:
        """The answer that a token was handed out for."""
        claimed = stream_token_from(token)
        if claimed is None:
            raise ResumePointGone("no such token")
        live = await self._of(claimed.holder, answer_id)
        started = live.record.started
        if started is None or not claimed.opens(started, self._clock.now()):
            raise ResumePointGone("this token is over, or was never made")
        return live

    async def _earlier(self, caller: Principal, asked: Asked) -> LiveTurn | None:
        """The answer that the same question is still owed, unless it came to nothing."""
        turn_id = self.deliveries.of(asked)
        if turn_id is None:
            return None
        try:
            live = await self.engine.attach(caller, turn_id)
        except (NotFound, Unavailable):
            return None
        return live if isinstance(live.record.ending, TurnCompleted | None) else None


def packets_of(live: LiveTurn) -> int:
    """How many packets the events so far make."""
    encoder = DIALECT.encoder()
    return sum(len(encoder.encode(event)) for event in live.events)


def _asked(caller: Principal, chat: ChatRequest, wanted: TurnRequest) -> Asked:
    form = "stream" if chat.stream else "whole"
    return (caller.tenant, chat.session_id, caller.user_id or "", form, fingerprint_of(wanted))
