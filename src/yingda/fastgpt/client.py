"""A client of a FastGPT app: completions as a stream, and the calls that manage its chats (callflow C)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from yingda.fastgpt.connection import Connection, FastGPTConfig, NoSuchPath, Request
from yingda.fastgpt.failures import (
    FastGPTBroke,
    FastGPTGarbled,
    FastGPTTimedOut,
    FastGPTUnavailable,
)
from yingda.fastgpt.paths import COMPLETIONS, PATHS, STOP, Call, other
from yingda.fastgpt.replies import ReplyEvent, ReplyReader
from yingda.fastgpt.sse import NamedEvents

log = logging.getLogger(__name__)

_STOPPING_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One question to a chat; `response_id` names the record of its answer, unique within the chat."""

    chat_id: str
    text: str
    response_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    user_id: str | None = None

    def body(self) -> dict[str, Any]:
        """As FastGPT reads it: always a stream, with all that it tells."""
        body: dict[str, Any] = {
            "chatId": self.chat_id,
            "stream": True,
            "detail": True,
            "responseChatItemId": self.response_id,
            "variables": dict(self.variables),
            "messages": [{"role": "user", "content": self.text}],
        }
        return body if self.user_id is None else {**body, "customUid": self.user_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRecord:
    """One utterance of a chat as FastGPT keeps it."""

    data_id: str
    role: str
    text: str


class FastGPTClient:
    """Closing a stream early closes its socket and asks FastGPT to stop the run.

    All methods raise `FastGPTUnavailable`. `aclose` waits for stops that are still on their way.
    """

    def __init__(self, session: aiohttp.ClientSession, config: FastGPTConfig) -> None:
        self._connection = Connection(session, config)
        self._config = config
        self._generation = config.generation
        self._stops: set[asyncio.Task[None]] = set()

    async def stream(self, completion: Completion) -> AsyncGenerator[ReplyEvent, None]:
        """The answer as it comes, to its very end: node runs may follow `[DONE]`."""
        began_s = asyncio.get_running_loop().time()
        response: aiohttp.ClientResponse | None = None
        goes_on = True
        try:
            response = await self._opened(completion, began_s + self._config.first_byte_s)
            async with aclosing(self._read(response, began_s)) as events:
                async for event in events:
                    yield event
            goes_on = False
        except FastGPTUnavailable as failure:
            goes_on = isinstance(failure, FastGPTTimedOut | FastGPTBroke)
            raise
        finally:
            if response is not None:
                response.close()
            if goes_on:
                self._stop_soon(completion.chat_id)

    async def variables(self, chat_id: str) -> dict[str, Any]:
        """All variables of a chat; empty for one that has not begun."""
        data = await self._call("init", query=self._names(chat_id))
        variables = data.get("variables") if isinstance(data, dict) else None
        return variables if isinstance(variables, dict) else {}

    async def records(self, chat_id: str, *, limit: int = 10) -> tuple[ChatRecord, ...]:
        """The newest records, the oldest of them first."""
        page = {"offset": 0, "pageSize": limit, "loadCustomFeedbacks": False}
        data = await self._call("records", body={**self._names(chat_id), **page})
        listed = data.get("list") if isinstance(data, dict) else None
        return tuple(_record(one) for one in listed or () if isinstance(one, dict))

    async def delete_record(self, chat_id: str, data_id: str) -> None:
        """Delete one utterance; named in query and body, for either generation reads one of them."""
        names = {**self._names(chat_id), "contentId": data_id}
        await self._call("delete_record", query=names, body={**names, "delFile": True})

    async def delete_history(self, chat_id: str) -> None:
        """Delete a chat with all its records and variables."""
        await self._call("delete_history", query=self._names(chat_id))

    async def stop(self, chat_id: str) -> None:
        """Stop the chat's run, where the server knows how to."""
        by_s = asyncio.get_running_loop().time() + _STOPPING_S
        with suppress(NoSuchPath):
            await self._connection.json(Request(method="POST", path=STOP, body=self._names(chat_id)), by_s)

    async def aclose(self) -> None:
        """Wait for the stops that were asked for."""
        await asyncio.gather(*self._stops)

    async def _opened(self, completion: Completion, by_s: float) -> aiohttp.ClientResponse:
        request = Request(method="POST", path=COMPLETIONS, body=self._with_app(completion.body()))
        response = await self._connection.open(request, by_s)
        if response.content_type != "text/event-stream":
            response.close()
            raise FastGPTGarbled("FastGPT answered a completion with something that is no stream")
        return response

    async def _read(
        self, response: aiohttp.ClientResponse, began_s: float
    ) -> AsyncGenerator[ReplyEvent, None]:
        config, loop = self._config, asyncio.get_running_loop()
        parser, reply = NamedEvents(), ReplyReader()
        by_s = began_s + config.first_byte_s
        while True:
            data = await _piece(response, reply, by_s)
            for told in parser.feed(data) if data else parser.end():
                for event in reply.take(told):
                    yield event
            if not data:
                break
            by_s = began_s + config.total_s
            if reply.is_done or reply.is_finished:
                by_s = min(by_s, loop.time() + config.trailer_s)
        if not reply.is_done and not reply.is_finished:
            raise FastGPTBroke("FastGPT ended its answer in the middle")

    async def _call(
        self, call: Call, *, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Ask the generation that answered last, then the other one."""
        by_s = asyncio.get_running_loop().time() + self._config.call_s
        for generation in (self._generation, other(self._generation)):
            method, path = PATHS[generation][call]
            request = Request(method=method, path=path, query=query or {}, body=body)
            with suppress(NoSuchPath):
                data = await self._connection.json(request, by_s)
                self._generation = generation
                return data
        raise NoSuchPath(f"FastGPT knows no call {call!r}")

    def _names(self, chat_id: str) -> dict[str, str]:
        return {"appId": self._config.app_id, "chatId": chat_id}

    def _with_app(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "appId": self._config.app_id} if self._config.app_id else body

    def _stop_soon(self, chat_id: str) -> None:
        """Not awaited: whoever hung up shall not wait for the server to hear of it."""
        task = asyncio.get_running_loop().create_task(self._stop_quietly(chat_id))
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)

    async def _stop_quietly(self, chat_id: str) -> None:
        try:
            await self.stop(chat_id)
        except FastGPTUnavailable as error:
            log.info("a run of FastGPT could not be stopped: %s", error)


async def _piece(response: aiohttp.ClientResponse, reply: ReplyReader, by_s: float) -> bytes:
    """All that has arrived; empty at the end, and where the end is late or untidy after a whole answer."""
    try:
        async with asyncio.timeout_at(by_s):
            return await response.content.readany()
    except TimeoutError:
        if reply.is_done or reply.is_finished:
            return b""
        raise FastGPTTimedOut("FastGPT fell silent, or went on for too long") from None
    except aiohttp.ClientError:
        if reply.is_done or reply.is_finished:
            return b""
        raise FastGPTBroke("FastGPT broke the connection in the middle") from None


def _record(told: dict[str, Any]) -> ChatRecord:
    items = told.get("value")
    texts = [one.get("text") for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    return ChatRecord(
        data_id=str(told.get("dataId", "")),
        role=str(told.get("obj", "")),
        text="\n".join(str(text.get("content", "")) for text in texts if isinstance(text, dict)),
    )
