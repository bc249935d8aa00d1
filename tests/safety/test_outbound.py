"""What is fetched and what is not, over real loopback servers and a resolver that tells what it is told."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from yingda.errors import AnswerError
from yingda.safety.outbound import Fetched, Outbound, OutboundConfig, PrivateAddress, UrlRefused, is_public

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HTML = frozenset({"text/html"})
QUICK = OutboundConfig(max_bytes=1000, total_s=2.0, connect_s=1.0, read_s=0.2)


class Book(AbstractResolver):
    """Names and the addresses they stand for; the port is kept."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self.names = names
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.names:
            raise OSError("no such name")
        return [
            ResolveResult(hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=0)
            for one in self.names[host]
        ]

    async def close(self) -> None:
        """Nothing is held."""


def found(text: str, media_type: str = "text/html") -> Handler:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text=text, headers={"Content-Type": media_type})

    return page


def moved(to: str) -> Handler:
    async def page(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": to.replace("PORT", str(request.url.port))})

    return page


def failing(status: int) -> Handler:
    async def page(_: web.Request) -> web.Response:
        return web.Response(status=status)

    return page


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    while True:
        await response.write(b"x" * 400)
        await asyncio.sleep(0)


async def silent(_: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def bomb(_: web.Request) -> web.Response:
    body = gzip.compress(b"x" * 1_000_000)
    return web.Response(body=body, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})


PAGES = {
    "/page": found("<html>退货</html>"),
    "/image": found("GIF", "image/gif"),
    "/lost": failing(404),
    "/twice": moved("/once"),
    "/once": moved("http://shop.test:PORT/page"),
    "/circle": moved("/circle"),
    "/inside": moved("http://10.0.0.7:PORT/page"),
    "/to-name": moved("http://intranet.test:PORT/page"),
    "/to-file": moved("file:///etc/passwd"),
    "/endless": endless,
    "/silent": silent,
    "/bomb": bomb,
    "/private/page": found("closed"),
}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A site with all pages; its robots.txt closes one folder."""
    app = web.Application()
    for path, handler in PAGES.items():
        app.router.add_get(path, handler)
    rules = "User-agent: *\nDisallow: /private/\n"
    app.router.add_get("/robots.txt", found(rules, "text/plain"))
    async with serving(app) as number:
        yield number


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[int]:
    runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def outbound(*names: str, config: OutboundConfig = QUICK) -> Outbound:
    book = Book(
        {"shop.test": ["127.0.0.1"], "intranet.test": ["127.0.0.1"], "mixed.test": ["8.8.8.8", "::1"]}
    )
    return Outbound(config, allowed_hosts=names, resolver=book)


async def outcome(out: Outbound, url: str) -> object:
    try:
        return await out.fetch(url, HTML)
    except AnswerError as error:
        return error.code


async def test_a_page_is_read_and_redirects_are_followed(port):
    page = Fetched(
        url=f"http://shop.test:{port}/page", media_type="text/html", data="<html>退货</html>".encode()
    )
    assert await outbound("shop.test").fetch(f"http://shop.test:{port}/page#top", HTML) == page
    assert await outbound("shop.test").fetch(f"http://shop.test:{port}/twice", HTML) == page


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/image", "unsupported_media"),
        ("/lost", "fetch_status"),
        ("/circle", "too_many_redirects"),
        ("/inside", "private_address"),
        ("/to-name", "private_address"),
        ("/to-file", "url_refused"),
        ("/endless", "too_large"),
        ("/silent", "fetch_timeout"),
        ("/bomb", "too_large"),
        ("/private/page", "robots_refused"),
    ],
)
async def test_what_is_not_read(port, path, code):
    assert await outcome(outbound("shop.test"), f"http://shop.test:{port}{path}") == code


async def test_robots_can_be_ignored(port):
    ignoring = outbound("shop.test", config=OutboundConfig(robots="ignore"))
    assert (await ignoring.fetch(f"http://shop.test:{port}/private/page", HTML)).data == b"closed"


async def test_a_site_out_of_order_is_closed_and_one_without_rules_is_open():
    async def answering(status: int) -> object:
        app = web.Application()
        app.router.add_get("/robots.txt", failing(status))
        app.router.add_get("/page", PAGES["/page"])
        async with serving(app) as number:
            return await outcome(outbound("shop.test"), f"http://shop.test:{number}/page")

    assert await answering(503) == "robots_refused"
    assert isinstance(await answering(404), Fetched)


@pytest.mark.parametrize("host", ["shop.test", "mixed.test"])
async def test_a_name_that_stands_for_a_private_address_is_not_called(port, host):
    assert await outcome(outbound(), f"http://{host}:{port}/page") == "private_address"


async def test_the_address_that_was_checked_is_the_one_that_is_called(port):
    class Turncoat(Book):
        """Stands for another address each time it is asked."""

        async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
            answer = await super().resolve(host, port, family)
            self.names[host] = ["10.0.0.1"]
            return answer

    book = Turncoat({"rebind.test": ["127.0.0.1"]})
    config = OutboundConfig(robots="ignore")
    out = Outbound(config, allowed_hosts=["rebind.test"], resolver=book)
    assert (await out.fetch(f"http://rebind.test:{port}/page", HTML)).data == "<html>退货</html>".encode()
    assert book.asked == ["rebind.test"]


async def test_a_name_or_a_port_that_is_not_there_fails(port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = taken.getsockname()[1]
        out = outbound("shop.test")
        assert await outcome(out, f"http://shop.test:{closed}/page") == "fetch_failed"
        assert await outcome(out, f"http://unknown.test:{port}/page") == "fetch_failed"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1./",
        "http://127.1/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://2130706433/",
        "http://１２７.０.０.１/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:8.8.8.8]/",
        "http://[64:ff9b::10.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1%25eth0]/",
        "http://[fd00::1]/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.0.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
    ],
)
def test_private_addresses_in_any_spelling_are_refused_at_once(url):
    with pytest.raises(PrivateAddress):
        Outbound().check(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "//shop.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http://user:word@shop.example/",
        "http://user@shop.example/",
        "http://shop.example:99999/",
        "http://a\\@shop.example/",
        "http://shop.example/" + "x" * 2048,
    ],
)
def test_what_is_no_public_url_is_refused_at_once(url):
    with pytest.raises(UrlRefused):
        Outbound().check(url)


def test_public_urls_are_kept_without_their_fragment():
    assert str(Outbound().check(" https://例え.jp/道?a=1#here ")) == "https://xn--r8jz45g.jp/%E9%81%93?a=1"
    assert [is_public(one) for one in ("8.8.8.8", "2606:4700::1111", "192.0.2.1")] == [True, True, False]
