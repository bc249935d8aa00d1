"""Calls web services for nodes: any method and body, and nothing inside the walls.

Names are judged by the resolver that the connection uses, and every redirect anew (`safety/outbound.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from yingda.errors import AnswerError
from yingda.safety.outbound import MIB, GuardedResolver, Outbound
from yingda.workflows.casts import looks_like_json, read_json
from yingda.workflows.run import NodeFailed, WebRequest
from yingda.workflows.values import Value

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEP_BODY = frozenset({307, 308})
_PRIVATE_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """`max_bytes` counts what is read after decompression; no call takes longer than `longest_s`."""

    max_bytes: int = 5 * MIB
    longest_s: float = 120.0
    connect_s: float = 5.0
    redirect_count: int = 5
    user_agent: str = "Yingda"


class WebCaller:
    """A `run.Web`; safe to use many times at once. `allowed_hosts` may be inside the walls."""

    def __init__(
        self,
        config: WebConfig | None = None,
        *,
        allowed_hosts: Collection[str] = (),
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._config = config or WebConfig()
        self._allowed = frozenset(allowed_hosts)
        self._guard = Outbound(allowed_hosts=allowed_hosts)
        self._resolver = resolver

    async def __call__(self, request: WebRequest) -> Value:
        """The body, parsed where it is JSON; raises `NodeFailed`, also for every status but 2xx."""
        within_s = min(request.timeout_s, self._config.longest_s)
        try:
            async with asyncio.timeout(within_s), self._session() as session:
                return await self._call(session, _with_params(request))
        except AnswerError as error:
            raise NodeFailed(error.message) from None
        except TimeoutError:
            raise NodeFailed(f"no answer within {within_s:g} s") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise NodeFailed(f"the call failed: {type(error).__name__}") from error

    async def _call(self, session: aiohttp.ClientSession, request: WebRequest) -> Value:
        for _ in range(self._config.redirect_count + 1):
            url = self._guard.check(request.url)
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _OURS}
            async with session.request(
                request.method, url, headers=headers, data=request.body, allow_redirects=False
            ) as response:
                if response.status in _REDIRECTS and "Location" in response.headers:
                    request = _redirected(request, url, response)
                    continue
                text = await self._read(response)
                if not 200 <= response.status < 300:
                    raise NodeFailed(f"the service answered with status {response.status}")
                return _parsed(text)
        raise NodeFailed(f"more than {self._config.redirect_count} redirects")

    async def _read(self, response: aiohttp.ClientResponse) -> str:
        data = bytearray()
        async for piece in response.content.iter_chunked(64 * 1024):
            data += piece
            if len(data) > self._config.max_bytes:
                raise NodeFailed("the answer is too large")
        try:
            return bytes(data).decode(response.get_encoding(), "replace")
        except LookupError:
            return bytes(data).decode("utf-8", "replace")

    def _session(self) -> aiohttp.ClientSession:
        resolver = GuardedResolver(self._resolver or aiohttp.ThreadedResolver(), self._allowed)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._config.connect_s),
            headers={"User-Agent": self._config.user_agent},
        )


def _with_params(request: WebRequest) -> WebRequest:
    if not request.params:
        return request
    address, mark, fragment = request.url.partition("#")
    joined = f"{address}{'&' if '?' in address else '?'}{urlencode(request.params)}{mark}{fragment}"
    return replace(request, url=joined, params=())


def _redirected(request: WebRequest, url: URL, response: aiohttp.ClientResponse) -> WebRequest:
    """As browsers go on: a body goes along only where the status says so, secrets only to the same site."""
    target = url.join(URL(response.headers["Location"]))
    headers: Mapping[str, str] = request.headers
    if target.origin() != url.origin():
        headers = {name: value for name, value in headers.items() if name.lower() not in _PRIVATE_HEADERS}
    if response.status in _KEEP_BODY or request.method in ("GET", "HEAD"):
        return replace(request, url=str(target), headers=headers)
    headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return replace(request, url=str(target), headers=headers, method="GET", body=None)


def _parsed(text: str) -> Value:
    if not looks_like_json(text):
        return text
    try:
        return read_json(text)
    except ValueError:
        return text
