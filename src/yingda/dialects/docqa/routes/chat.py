"""`/v1/ctai`: ask, resume, stop, and read a conversation back (docqa 1.2 to 1.5, 4, 5.3)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from yingda.conversations.archive import Archive
from yingda.dialects.docqa.answers import DIALECT, Answers
from yingda.dialects.docqa.delivery import Deliveries
from yingda.dialects.docqa.errors import ResumePointGone
from yingda.dialects.docqa.history import history_entry
from yingda.dialects.docqa.respond import CHAT_PATH, STREAM_PATH, DocqaRefusal
from yingda.dialects.docqa.routes.bodies import PACKETS, JsonBody, described
from yingda.dialects.docqa.shapes import ChatAnswer, HistoryAnswer, StopAnswer
from yingda.dialects.docqa.wire import ChatRequest, HistoryRequest, StopRequest, dialect_of, envelope
from yingda.engine import Engine
from yingda.errors import NotFound
from yingda.turns.clock import Clock
from yingda.turns.endings import failure_of
from yingda.turns.events import TurnStopped
from yingda.turns.live import LiveTurn
from yingda.turns.types import Principal, TurnId
from yingda.web.auth import ChatCaller
from yingda.web.respond import json_response
from yingda.web.stream import HUNG_UP, StreamWatch, wait_for_end

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID")]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key")]
_read_chat = JsonBody(ChatRequest)


def chat_routes(engine: Engine, watch: StreamWatch, archive: Archive, clock: Clock) -> APIRouter:
    """The routes, over an engine and what it stored."""
    answers = Answers(engine, watch, Deliveries(clock), clock)
    router = APIRouter(tags=["docqa"])

    @router.post(
        CHAT_PATH, response_model=ChatAnswer, responses=PACKETS, openapi_extra=described(ChatRequest)
    )
    async def query_text_chat(
        request: Request, caller: ChatCaller, last: LastEventId = None, key: IdempotencyKey = None
    ) -> Any:
        """Answer as one JSON body or, with `stream` "1", as packets; `Last-Event-ID` resumes an answer."""
        if last:
            return await answers.resume(caller, last)
        chat = await _read_chat(request)
        live = await answers.begin(caller, chat, key)
        return answers.packets(live) if chat.stream else await _whole(request, answers, live)

    @router.get(STREAM_PATH, response_class=Response, responses=PACKETS)
    async def chat_stream(
        answer: Annotated[str, Query(max_length=64)] = "",
        token: Annotated[str, Query(max_length=2048)] = "",
        last: LastEventId = None,
    ) -> Any:
        """The packets of an answer for a native EventSource; 204 once it has them all."""
        return await answers.follow(answer, token, last or "")

    @router.post("/v1/ctai/stop_chat", response_model=StopAnswer, openapi_extra=described(StopRequest))
    async def stop_chat(
        caller: ChatCaller, body: Annotated[StopRequest, Depends(JsonBody(StopRequest))]
    ) -> Response:
        """Stop a running answer; what was said by then is kept. A finished one is left as it is."""
        turn_id = await _to_stop(answers, archive, caller, body)
        live = await engine.stop(caller, turn_id, "user") if turn_id else None
        stopped = live is not None and isinstance(live.record.ending, TurnStopped)
        return json_response(envelope({"stopped": "1" if stopped else "0"}, clock.now()))

    @router.post(
        "/v1/ctai/query_chat_history",
        response_model=HistoryAnswer,
        openapi_extra=described(HistoryRequest),
    )
    async def query_chat_history(
        caller: ChatCaller, body: Annotated[HistoryRequest, Depends(JsonBody(HistoryRequest))]
    ) -> Response:
        """The turns of a session, the newest page first, each page in the order of time."""
        offset = (body.page - 1) * body.page_size
        dialect = dialect_of(body.category)
        page = await archive.turns(caller, dialect, body.session_id, offset=offset, limit=body.page_size)
        if not page.total:
            raise NotFound("没有这个会话", field="session_id")
        shown = {"total": str(page.total), "page": str(body.page), "page_size": str(body.page_size)}
        entries = [history_entry(stored) for stored in page.items]
        return json_response(envelope({**shown, "chat_list": entries}, clock.now()))

    return router


async def _whole(request: Request, answers: Answers, live: LiveTurn) -> Response:
    """The answer as one body, once it has ended; one that failed on its way keeps what was said."""
    if not await wait_for_end(live, request.receive):
        answers.deliveries.broken(live.turn_id)
        return HUNG_UP
    answers.deliveries.delivered(live.turn_id)
    body = DIALECT.body(live.record)
    if (failure := failure_of(live.record.ending)) is not None:
        return DocqaRefusal(failure, body["data"] if live.record.text else None)
    return json_response(body, headers={"X-Request-Id": live.turn_id})


async def _to_stop(
    answers: Answers, archive: Archive, caller: Principal, wanted: StopRequest
) -> TurnId | None:
    """The answer that is meant; None where the session has none under way. Raises NotFound."""
    if wanted.msg_id is not None:
        try:
            live, _ = await answers.point(caller, wanted.msg_id)
        except ResumePointGone:
            raise NotFound("没有这个回答", field="msg_id") from None
        return live.turn_id
    assert wanted.session_id is not None
    if (turn_id := answers.deliveries.newest(caller.tenant, wanted.session_id)) is not None:
        return turn_id
    for dialect in ("docqa", "docqa-writing"):
        page = await archive.turns(caller, dialect, wanted.session_id, offset=0, limit=1)
        if page.total:
            return None
    raise NotFound("没有这个会话", field="session_id")
