"""A chat model behind any OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
import orjson

from yingda.errors import ModelUnavailable
from yingda.llm.deltas import Reply
from yingda.llm.failures import ModelBroke, ModelGarbled, ModelMisconfigured, ModelTimedOut, ModelUnreachable
from yingda.llm.gathering import Gathering
from yingda.llm.refusals import failure_from_status
from yingda.llm.sse import SseParser
from yingda.llm.types import Chunk, Prompt, Tool, UsageChunk
from yingda.llm.watchdog import Watchdog

_MAX_REFUSAL_BYTES = 16_384
_MAX_BODY_BYTES = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointConfig:
    """One provider's door. `name` is ours, for breakers and logs; `model` is the provider's.

    `first_chunk_s` runs from the call to the first text or thought, `idle_s` from each to the next; there is
    no total time-out. `trailer_s` is how long usage may lag behind the finish reason. `opens_in_thought` is
    for models whose prompt template holds the opening think tag. `sends_usage` and `max_tokens_field` are for
    endpoints that refuse the usual fields. What arrives up to `gather_s` after a chunk is the next chunk (see
    `llm.gathering`): each costs all the way to the client, and nobody sees a page grow every 40 ms.
    """

    name: str
    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    connect_s: float = 5.0
    first_chunk_s: float = 20.0
    idle_s: float = 20.0
    gather_s: float = 0.0
    trailer_s: float = 2.0
    opens_in_thought: bool = False
    sends_usage: bool = True
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    def url(self, path: str) -> str:
        """The endpoint's address of an API path such as `/models`."""
        return self.base_url.rstrip("/") + path

    def headers(self) -> dict[str, str]:
        """What every request carries. No compression: it would hold tokens back."""
        headers = {"Accept-Encoding": "identity", "User-Agent": "yingda"}
        return headers | {"Authorization": f"Bearer {self.api_key}"} if self.api_key else headers


class OpenAIChat:
    """Implements `ChatModel` with one POST a call; everything that arrives in one read is one chunk.

    Closing the generator, or cancelling it, closes the socket at once. Usage comes last, and only where the
    provider sent it. Raises the classes of `llm.failures`. The session needs no base settings; its connector
    should allow as many connections as there are calls at a time.
    """

    def __init__(self, session: aiohttp.ClientSession, config: EndpointConfig) -> None:
        self._session = session
        self._config = config
        self._gathering = Gathering(config.gather_s)
        self._url = config.url("/chat/completions")
        self._headers = config.headers() | {
            "Content-Type": "application/json",
            "Accept": "text/event-stream, application/json",
        }
        # No total time-out; connect covers the wait for the pool and the name server.
        self._timeout = aiohttp.ClientTimeout(connect=config.connect_s, sock_connect=config.connect_s)

    @property
    def name(self) -> str:
        return self._config.model

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        config = self._config
        by_s = asyncio.get_running_loop().time() + config.first_chunk_s
        response, name = await self._opened(prompt, by_s), prompt.model or config.model
        del prompt
        watchdog = Watchdog(by_s, response.close)
        reply, is_trailing = Reply(config.name, name), False
        parser = _WholeBody() if response.content_type.endswith("json") else SseParser()
        try:
            while not reply.is_ended:
                data = await self._read(response, watchdog, reply)
                chunks = reply.take(parser.feed(data) if data else parser.end())
                if not data:
                    reply.cut()
                if chunks:
                    for chunk in chunks:
                        yield chunk
                    watchdog.allow(config.idle_s)
                if reply.failure is not None:
                    raise reply.failure
                if reply.is_finished and not is_trailing:
                    is_trailing = True
                    watchdog.allow(config.trailer_s)
                elif chunks and not reply.is_ended:
                    self._gathering.rest(response)
            await _drained(response)
            if reply.usage is not None:
                yield UsageChunk(reply.usage)
        finally:
            watchdog.stop()
            response.close()

    async def _opened(self, prompt: Prompt, by_s: float) -> aiohttp.ClientResponse:
        """A response with status 200 and no bytes read yet; raises for everything else."""
        try:
            async with asyncio.timeout_at(by_s):
                response = await self._session.post(
                    self._url,
                    data=self._body(prompt),
                    headers=self._headers,
                    timeout=self._timeout,
                    allow_redirects=False,
                )
                if response.status != 200:
                    raise await self._refusal(response)
        except (TimeoutError, aiohttp.ClientError) as error:
            # From None: aiohttp's errors carry the request headers, and so the key.
            raise self._failure(error) from None
        if response.content_type == "text/html":
            response.close()
            raise ModelGarbled(f"model endpoint {self._config.name!r} answered with a web page")
        return response

    def _body(self, prompt: Prompt) -> bytes:
        body: dict[str, object] = {
            "model": prompt.model or self._config.model,
            "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
            "stream": True,
            "temperature": prompt.temperature,
            self._config.max_tokens_field: prompt.max_tokens,
        }
        if prompt.tools:
            body["tools"] = [_tool(tool) for tool in prompt.tools]
        if self._config.sends_usage:
            body["stream_options"] = {"include_usage": True}
        return orjson.dumps(body)

    async def _read(self, response: aiohttp.ClientResponse, watchdog: Watchdog, reply: Reply) -> bytes:
        """All that has arrived; empty at the end, and where the end is late after a finish reason."""
        watchdog.is_waiting = True
        try:
            return await response.content.readany()
        except aiohttp.ClientError as error:
            if reply.is_finished:
                return b""
            if watchdog.has_bitten:
                raise ModelTimedOut(f"model endpoint {self._config.name!r} fell silent") from None
            raise self._failure(error) from None
        finally:
            watchdog.is_waiting = False

    async def _refusal(self, response: aiohttp.ClientResponse) -> ModelUnavailable:
        try:
            body = await response.content.read(_MAX_REFUSAL_BYTES)
        finally:
            response.close()
        return failure_from_status(self._config.name, response.status, response.headers, body)

    def _failure(self, error: Exception) -> ModelUnavailable:
        name, kind = self._config.name, type(error).__name__
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return ModelTimedOut(f"model endpoint {name!r} took no connection in time")
        if isinstance(error, TimeoutError):
            return ModelTimedOut(f"model endpoint {name!r} sent no token in time")
        if isinstance(error, aiohttp.ClientConnectorError):
            return ModelUnreachable(f"model endpoint {name!r} cannot be reached ({kind})")
        if isinstance(error, aiohttp.InvalidURL):
            return ModelMisconfigured(f"model endpoint {name!r} has no usable address")
        if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
            return ModelBroke(f"model endpoint {name!r} broke the connection ({kind})")
        return ModelGarbled(f"model endpoint {name!r} does not speak HTTP as it should ({kind})")


class _WholeBody:
    """The parser for endpoints that answer a request to stream with one JSON body."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        self._size += len(data)
        if self._size > _MAX_BODY_BYTES:
            raise ModelGarbled("the model endpoint sent a body without an end")
        self._parts.append(data)
        return []

    def end(self) -> list[bytes]:
        return [b"".join(self._parts)]


def _tool(tool: Tool) -> dict[str, object]:
    parameters = orjson.Fragment(tool.parameters_json)
    described = {"name": tool.name, "description": tool.description, "parameters": parameters}
    return {"type": "function", "function": described}


async def _drained(response: aiohttp.ClientResponse) -> None:
    """Let the connection be used again if the body ends at once, as it should after the end mark."""
    try:
        async with asyncio.timeout(0.05):
            while await response.content.readany():
                pass
    except (TimeoutError, aiohttp.ClientError):
        response.close()
