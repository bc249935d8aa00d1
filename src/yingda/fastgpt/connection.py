"""One request to a FastGPT server and the beginning of its answer; all that goes wrong becomes a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from yingda.fastgpt.failures import (
    FastGPTBroke,
    FastGPTGarbled,
    FastGPTTimedOut,
    FastGPTUnavailable,
    FastGPTUnreachable,
    failure_from,
)
from yingda.fastgpt.paths import Generation, api_url

_MAX_ERROR_BYTES = 65_536
_MAX_BODY_BYTES = 20 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FastGPTConfig:
    """One app of one server. `app_id` is needed by the calls that manage chats.

    `first_byte_s` runs from the call to the first byte of the answer, `total_s` to its end, `call_s` over a
    whole managing call; `trailer_s` is how long anything may lag behind the stop chunk. A connection that
    could not be made is tried again `retries` times, `retry_s` later; a request that may have been read never
    is. `generation` is tried first; the other one follows where a path is not there.
    """

    base_url: str
    api_key: str = field(repr=False)
    app_id: str = ""
    generation: Generation = "4.14"
    connect_s: float = 3.0
    first_byte_s: float = 8.0
    total_s: float = 60.0
    call_s: float = 10.0
    trailer_s: float = 0.5
    retries: int = 1
    retry_s: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to send, below `/api`."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)


class NoSuchPath(FastGPTGarbled):
    """The server knows no such call: it is of the other generation, or no FastGPT."""


class Connection:
    """Sends requests of one key to one server.

    Each has a connection of its own: one that lay idle may be closed at the moment it is written to, and then
    nobody knows whether the request was read.
    """

    def __init__(self, session: aiohttp.ClientSession, config: FastGPTConfig) -> None:
        self._session = session
        self._config = config
        self._api = api_url(config.base_url)
        self._headers = {
            "Authorization": f"Bearer {config.api_key}",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "yingda",
        }
        self._timeout = aiohttp.ClientTimeout(connect=config.connect_s, sock_connect=config.connect_s)

    async def open(self, request: Request, by_s: float) -> aiohttp.ClientResponse:
        """A response that is no error, before its body; `by_s` is on the event loop's clock."""
        try:
            async with asyncio.timeout_at(by_s):
                response = await self._sent(request)
                if response.status >= 400:
                    raise await _refusal(response)
        except (TimeoutError, aiohttp.ClientError) as error:
            # From None: aiohttp's errors carry the request headers, and so the key.
            raise _failure(error) from None
        return response

    async def json(self, request: Request, by_s: float) -> Any:
        """The `data` of an envelope."""
        response = await self.open(request, by_s)
        try:
            async with asyncio.timeout_at(by_s):
                raw = await response.content.read(_MAX_BODY_BYTES)
            envelope = orjson.loads(raw)
        except (TimeoutError, aiohttp.ClientError) as error:
            raise _failure(error) from None
        except ValueError:
            raise FastGPTGarbled("FastGPT answered with something that is no JSON") from None
        finally:
            response.close()
        if not isinstance(envelope, dict) or envelope.get("code") != 200:
            raise failure_from(envelope)
        return envelope.get("data")

    async def _sent(self, request: Request) -> aiohttp.ClientResponse:
        for _ in range(self._config.retries):
            try:
                return await self._send(request)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
                await asyncio.sleep(self._config.retry_s)
        return await self._send(request)

    async def _send(self, request: Request) -> aiohttp.ClientResponse:
        has_body = request.body is not None
        return await self._session.request(
            request.method,
            self._api + request.path,
            params=request.query,
            data=orjson.dumps(request.body) if has_body else None,
            headers=self._headers | {"Content-Type": "application/json"} if has_body else self._headers,
            timeout=self._timeout,
            allow_redirects=False,
        )


async def _refusal(response: aiohttp.ClientResponse) -> FastGPTUnavailable:
    try:
        body = orjson.loads(await response.content.read(_MAX_ERROR_BYTES))
    except ValueError:
        body = None
    finally:
        response.close()
    has_code = isinstance(body, dict) and body.get("code") not in (None, response.status)
    if response.status in (404, 405) and not has_code:
        return NoSuchPath("FastGPT knows no such path")
    return failure_from(body, response.status)


def _failure(error: Exception) -> FastGPTUnavailable:
    kind = type(error).__name__
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return FastGPTUnreachable("FastGPT took no connection in time")
    if isinstance(error, TimeoutError):
        return FastGPTTimedOut("FastGPT did not answer in time")
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL):
        return FastGPTUnreachable(f"FastGPT cannot be reached ({kind})")
    if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
        return FastGPTBroke(f"FastGPT broke the connection ({kind})")
    return FastGPTGarbled(f"FastGPT does not speak HTTP as it should ({kind})")
