"""Bodies are refused while they are read; nothing too big, deep, slow or broken reaches a route."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from yingda.dialects.helpdesk.errors import error_body
from yingda.web.limits import BodyLimiter, BodyLimits, MovingWindow, RateLimiter, json_depth
from yingda.web.respond import ErrorResponses

ERRORS = ErrorResponses(error_body, {})
LIMITS = BodyLimits(json_bytes=64, upload_bytes=100, upload_overhead_bytes=0, slow_s=0.05, total_s=0.2)


async def echo(scope, receive, send):
    body = await Request(scope, receive).body()
    await JSONResponse({"length": len(body)})(scope, receive, send)


async def call(app, pieces=(b"{}",), headers=(), method="POST", client="1.1.1.1", pause_s=0.0, path="/x"):
    """Status, headers and body of one request whose body comes in pieces."""
    sent, left = [], list(pieces)

    async def receive():
        if not left:
            await asyncio.Event().wait()
        await asyncio.sleep(pause_s)
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers), "client": (client, 1)}
    await app(scope, receive, send)
    start, *bodies = sent
    body = b"".join(message.get("body", b"") for message in bodies)
    return start["status"], dict(start["headers"]), json.loads(body)


@pytest.fixture
def limiter():
    return BodyLimiter(echo, LIMITS, ERRORS)


async def test_a_body_in_pieces_arrives_whole(limiter):
    assert (await call(limiter, [b'{"a"', b":1}"]))[::2] == (200, {"length": 7})


@pytest.mark.parametrize(
    ("pieces", "status"),
    [([b'"' + b"x" * 198 + b'"'], 200), ([b" " * 201], 413), ([b"[" * 80 + b"]" * 80], 422)],
)
async def test_a_document_may_come_as_text(pieces, status):
    limiter = BodyLimiter(echo, replace(LIMITS, text_paths=frozenset({"/texts"})), ERRORS)
    assert (await call(limiter, pieces, path="/texts"))[0] == status


@pytest.mark.parametrize(
    ("pieces", "headers", "status"),
    [
        ([b" " * 65], [], 413),
        ([b" " * 40, b" " * 40], [], 413),
        ([b"{}"], [(b"content-length", b"65")], 413),
        ([b'"\xff"'], [], 422),
        ([b"[" * 33 + b"]" * 31], [], 422),
        ([b"{}"], [(b"x", b"y" * 70_000)], 431),
        ([b"x" * 101], [(b"content-type", b"multipart/form-data; boundary=b")], None),
    ],
)
async def test_what_breaks_a_limit_is_refused(limiter, pieces, headers, status):
    if status is None:  # counted while the route reads it: the route's error handler answers
        with pytest.raises(Exception, match="too large"):
            await call(limiter, pieces, headers)
    else:
        assert (await call(limiter, pieces, headers))[0] == status


async def test_a_body_that_trickles_is_given_up(limiter):
    assert (await call(limiter, [b"{", b"}"], pause_s=0.1))[0] == 408
    assert (await call(limiter, [b" "] * 20, pause_s=0.03))[0] == 408


@pytest.mark.parametrize(
    ("body", "depth"), [(b"1", 0), (b"[[]]", 2), (b'{"a":"[[[[\\"[["}', 1), (b'[{"a":[]},[]]', 3)]
)
def test_depth_counts_brackets_outside_strings(body, depth):
    assert json_depth(body) == depth


async def test_a_client_over_its_rate_waits_others_do_not():
    app = RateLimiter(echo, 2, ERRORS, lambda path: False)
    statuses = [(await call(app))[0] for _ in range(3)]
    status, headers, body = await call(app)
    assert (statuses, status) == ([200, 200, 429], 429)
    assert int(headers[b"retry-after"]) == body["retry_after"]
    assert 1 <= body["retry_after"] <= 61
    assert body["detail"] == "请求过于频繁，请稍后再试"
    assert (await call(app, client="2.2.2.2"))[0] == 200


async def test_an_exempt_path_is_never_limited():
    app = RateLimiter(echo, 1, ERRORS, lambda path: path == "/x")
    assert [(await call(app))[0] for _ in range(3)] == [200, 200, 200]


def test_room_comes_back_as_hits_leave_the_window():
    window = MovingWindow(2, window_s=60.0)
    waits = [window.hit("a", now_s) for now_s in (0.0, 10.0, 20.0, 60.0, 61.0, 70.0)]
    assert waits == [0.0, 0.0, 40.0, 0.0, 9.0, 0.0]


def test_one_name_does_not_use_up_another_ones_room():
    window = MovingWindow(1)
    assert [window.hit(name, 1.0) for name in ("a", "b", "a")] == [0.0, 0.0, 60.0]
