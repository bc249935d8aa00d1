"""Fetches what a stranger's URL names, and nothing inside the walls.

A URL is judged as the client library understands it, and a name by the addresses it stands for: the resolver
that judges them is the one that the connection uses, so there is no second look-up to lie to. Every redirect
is judged anew, `robots.txt` too.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal
from urllib.robotparser import RobotFileParser

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from yingda.errors import AnswerError, TooLarge, UnsupportedMedia

MIB = 1024 * 1024
_LONGEST_URL = 2048
_PIECE_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PUBLIC_V6 = IPv6Network("2000::/3")  # outside lie mapped, translated and local addresses of every kind
_CLOSED = ("User-agent: *", "Disallow: /")
_SPECIAL_V4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))


class UrlRefused(AnswerError):
    """A URL that is never called: not http(s), with a password in it, or not an address at all."""

    code, status = "url_refused", 400


class PrivateAddress(UrlRefused):
    """The URL, or a redirect from it, leads to a machine that the public cannot reach."""

    code = "private_address"


class RobotsRefused(UrlRefused):
    """The site asks not to be read by programs."""

    code = "robots_refused"


class FetchFailed(AnswerError):
    """The other side did not give the page."""

    code, status = "fetch_failed", 400


class TooManyRedirects(FetchFailed):
    code = "too_many_redirects"


class FetchTimedOut(FetchFailed):
    code = "fetch_timeout"


class BadStatus(FetchFailed):
    """An answer that is no page."""

    code = "fetch_status"

    def __init__(self, host: str | None, http_status: int) -> None:
        super().__init__(f"{host} answered with status {http_status}")
        self.http_status = http_status


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundConfig:
    """`max_bytes` counts what is read after decompression; `total_s` spans all redirects of one call."""

    max_bytes: int = 20 * MIB
    max_robots_bytes: int = MIB // 2
    total_s: float = 30.0
    connect_s: float = 5.0
    read_s: float = 10.0
    redirect_count: int = 5
    robots: Literal["respect", "ignore"] = "respect"
    user_agent: str = "Yingda"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page as it came: where it was found in the end, what it says it is, and its bytes."""

    url: str
    media_type: str
    data: bytes


class GuardedResolver(AbstractResolver):
    """Resolves names to public addresses only; raises `PrivateAddress` if even one of them is not.

    `allowed_hosts` are names that may stand for any address.
    """

    def __init__(self, inner: AbstractResolver, allowed_hosts: Collection[str] = ()) -> None:
        self._inner = inner
        self._allowed = frozenset(allowed_hosts)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if host not in self._allowed and not all(is_public(one["host"]) for one in found):
            raise PrivateAddress(f"{host} is not a public address")
        return found

    async def close(self) -> None:
        await self._inner.close()


class Outbound:
    """The way out; safe to use many times at once. No cookies, no proxies, nothing kept between calls."""

    def __init__(
        self,
        config: OutboundConfig | None = None,
        *,
        allowed_hosts: Collection[str] = (),
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._config = config or OutboundConfig()
        self._allowed = frozenset(allowed_hosts)
        self._resolver = resolver

    def check(self, url: str) -> URL:
        """The URL as it will be called; raises `UrlRefused` for what can be told without a look-up."""
        return _checked(url, self._allowed)

    async def fetch(self, url: str, media_types: Collection[str]) -> Fetched:
        """GET a page of one of these types.

        Raises `UrlRefused`, `FetchFailed`, `TooLarge` and `UnsupportedMedia`.
        """
        address = self.check(url)
        try:
            async with asyncio.timeout(self._config.total_s), self._session() as session:
                return await _Call(session, self._config, self._allowed).page(address, media_types)
        except TimeoutError:
            raise FetchTimedOut(f"{address.host} did not answer in time") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise FetchFailed(f"{address.host} cannot be read: {type(error).__name__}") from error

    def _session(self) -> aiohttp.ClientSession:
        config = self._config
        resolver = GuardedResolver(self._resolver or aiohttp.ThreadedResolver(), self._allowed)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=config.connect_s, sock_read=config.read_s),
            headers={"User-Agent": config.user_agent},
        )


class _Call:
    """One fetch with its redirects and the rules of the sites it meets."""

    def __init__(
        self, session: aiohttp.ClientSession, config: OutboundConfig, allowed_hosts: frozenset[str]
    ) -> None:
        self._session = session
        self._config = config
        self._allowed = allowed_hosts
        self._rules: dict[URL, RobotFileParser] = {}

    async def page(self, url: URL, media_types: Collection[str]) -> Fetched:
        for _ in range(self._config.redirect_count + 1):
            await self._ask_robots(url)
            answer = await self._get(url, media_types, self._config.max_bytes)
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise TooManyRedirects(f"more than {self._config.redirect_count} redirects")

    async def _ask_robots(self, url: URL) -> None:
        if self._config.robots == "ignore":
            return
        site = url.origin()
        if site not in self._rules:
            self._rules[site] = await self._robots(site)
        if not self._rules[site].can_fetch(self._config.user_agent, str(url)):
            raise RobotsRefused(f"{url.host} asks not to be read by programs (robots.txt)")

    async def _robots(self, site: URL) -> RobotFileParser:
        """The rules of a site: none where there is no file, all closed while the site is out of order."""
        rules = RobotFileParser()
        rules.parse([])
        answer: Fetched | URL = site / "robots.txt"
        try:
            for _ in range(self._config.redirect_count + 1):
                if isinstance(answer, Fetched):
                    break
                answer = await self._get(answer, (), self._config.max_robots_bytes)
        except BadStatus as error:
            rules.parse(_CLOSED if error.http_status >= 500 else [])
        except (TooLarge, UrlRefused):
            pass
        if isinstance(answer, Fetched):
            rules.parse(answer.data.decode("utf-8-sig", "replace").splitlines())
        return rules

    async def _get(self, url: URL, media_types: Collection[str], max_bytes: int) -> Fetched | URL:
        """One request: the page, or where it says to look instead, which has been judged already."""
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status in _REDIRECTS and "Location" in response.headers:
                return _checked(str(url.join(URL(response.headers["Location"]))), self._allowed)
            if response.status != 200:
                raise BadStatus(url.host, response.status)
            if media_types and response.content_type not in media_types:
                raise UnsupportedMedia(f"{url.host} sent {response.content_type}, which is not read")
            data = await _read(response, max_bytes)
            return Fetched(url=str(url), media_type=response.content_type, data=data)


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    pieces, size = [], 0
    async for piece in response.content.iter_chunked(_PIECE_BYTES):
        size += len(piece)
        if size > max_bytes:
            raise TooLarge("the page is too large")
        pieces.append(piece)
    return b"".join(pieces)


def _checked(text: str, allowed_hosts: frozenset[str]) -> URL:
    if len(text) > _LONGEST_URL:
        raise UrlRefused(f"the URL is longer than {_LONGEST_URL} characters", field="url")
    try:
        url = URL(text.strip())
        host = url.raw_host
    except ValueError:
        raise UrlRefused("this is not a URL", field="url") from None
    if url.scheme not in ("http", "https") or not host:
        raise UrlRefused("a URL must begin with http:// or https://", field="url")
    if url.raw_user is not None or url.raw_password is not None:
        raise UrlRefused("a URL with a user or password in it is not called", field="url")
    if host not in allowed_hosts and not _may_be_public(host):
        raise PrivateAddress(f"{host} is not a public address", field="url")
    return url.with_fragment(None)


def _may_be_public(host: str) -> bool:
    """Whether a host is a public address, or a name that only a look-up can judge."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return False
    with suppress(ValueError):
        return is_public(host)
    with suppress(OSError):  # the old spellings of an address: 127.1, 0x7f000001, 2130706433
        return is_public(str(IPv4Address(socket.inet_aton(host))))
    return True


def is_public(address: str) -> bool:
    """Whether anybody on the internet can reach that IP address; raises `ValueError` for what is none."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        is_wrapped = parsed.sixtofour is not None or parsed.teredo is not None
        return parsed in _PUBLIC_V6 and parsed.is_global and not is_wrapped
    is_special = parsed.is_multicast or parsed.is_reserved or any(parsed in net for net in _SPECIAL_V4)
    return parsed.is_global and not is_special
