"""An OpenAI-compatible model endpoint on loopback, for tests and benchmarks: real sockets, scripted faults.

`python -m yingda.testing.model_server --port 8901 --tokens 200 --interval-ms 20` serves one answer for ever.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import orjson
import uvloop
from aiohttp import web

DONE = b"data: [DONE]\n\n"
_HOST = "127.0.0.1"
_EVENTS_PER_WRITE = 512


@dataclass(frozen=True, slots=True)
class Pause:
    """The server says nothing for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hang:
    """The server says nothing until the client goes."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The server resets the connection (RST, not an orderly end)."""


Step = bytes | Pause | Hang | Reset


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """One reply: bytes are written as they are, one write each, with faults between them.

    `before` happens before the status line, `steps` after the headers.
    """

    steps: tuple[Step, ...] = ()
    before: tuple[Step, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/event-stream"


def delta(**fields: str) -> bytes:
    """One streamed event, as in `delta(content="hi")` or `delta(reasoning_content="hm")`."""
    return _event({"choices": [{"index": 0, "delta": fields, "finish_reason": None}]})


def finish(reason: str = "stop") -> bytes:
    """The event with the finish reason."""
    return _event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})


def usage(prompt_tokens: int, completion_tokens: int) -> bytes:
    """The event that counts tokens."""
    return _event({"choices": [], "usage": _usage(prompt_tokens, completion_tokens)})


def stream_error(code: str | int = "server_error") -> bytes:
    """An error object where a delta should be."""
    return _event({"error": {"message": "it went wrong", "type": "server_error", "code": code}})


def said(*tokens: str, interval_s: float = 0.0, tokens_used: tuple[int, int] | None = None) -> Scripted:
    """A whole and orderly reply, one event a token; usage only where given."""
    steps: list[Step] = []
    for token in tokens:
        steps += [delta(content=token), Pause(interval_s)] if interval_s else [delta(content=token)]
    steps += [finish(), *([usage(*tokens_used)] if tokens_used else []), DONE]
    return Scripted(steps=tuple(steps))


def asking(call_id: str, name: str, *arguments: str, text: str = "") -> Scripted:
    """A whole reply that asks for a function, its arguments in as many pieces as given."""
    called = {"index": 0, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
    pieces = [{"index": 0, "function": {"arguments": piece}} for piece in arguments]
    deltas = [{"choices": [{"index": 0, "delta": {"tool_calls": [one]}}]} for one in (called, *pieces)]
    spoken = [delta(content=text)] if text else []
    return Scripted(steps=(*spoken, *map(_event, deltas), finish("tool_calls"), DONE))


def refused(status: int, *, code: str | None = None, retry_after: str | None = None) -> Scripted:
    """A refusal whose body, as providers' do, quotes what must not be logged."""
    body = orjson.dumps({"error": {"message": "Bad key sk-secret, bad prompt: hush", "code": code}})
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return Scripted(status=status, headers=headers, content_type="application/json", steps=(body,))


def whole(text: str, *, tokens_used: tuple[int, int] | None = None) -> Scripted:
    """The reply of an endpoint that does not stream."""
    return Scripted(content_type="application/json", steps=(_completion(text, tokens_used),))


@dataclass(slots=True, kw_only=True)
class RecordedRequest:
    """What a client sent; `client_gone` is set once it closed before the reply was over."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    client_gone: asyncio.Event = field(default_factory=asyncio.Event)
    client_gone_at_s: float | None = None


Answer = Callable[[dict[str, Any]], str | Scripted]


def echo(request: dict[str, Any]) -> str:
    """The last message, said back."""
    return str(request["messages"][-1]["content"])


class ModelServer:
    """`async with ModelServer(said("hi")) as server:` then ask `server.base_url`.

    The n-th completion follows the n-th script; when they have run out, `answer` makes a reply from the
    request. Every chat request is recorded in `requests`; `asked` is set from the first on.
    """

    def __init__(self, *scripts: Scripted, answer: Answer = echo, port: int = 0) -> None:
        self.requests: list[RecordedRequest] = []
        self.asked = asyncio.Event()
        self.port = port
        self._scripts = list(scripts)
        self._answer = answer
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://{_HOST}:{self.port}/v1"

    def script(self, *scripts: Scripted) -> None:
        """Put more replies in the queue."""
        self._scripts += scripts

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()

    async def accept(self) -> None:
        """Listen; again on the same port after `refuse`."""
        app = web.Application(client_max_size=16 << 20)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        # Cancellation is how a handler learns at once that its client has gone.
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, _HOST, self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def refuse(self) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        record = RecordedRequest(path=request.path, headers=dict(request.headers), body=body)
        self.requests.append(record)
        self.asked.set()
        reply = self._scripts.pop(0) if self._scripts else self._answer(body)
        if isinstance(reply, str):
            reply = said(reply, tokens_used=(1, 1)) if body.get("stream") else whole(reply)
        try:
            return await played(request, reply)
        except (asyncio.CancelledError, ConnectionError):
            record.client_gone_at_s = time.monotonic()
            record.client_gone.set()
            raise


async def played(request: web.Request, reply: Scripted) -> web.StreamResponse:
    """The script, written out step by step."""
    response = web.StreamResponse(status=reply.status, headers=dict(reply.headers))
    response.content_type = reply.content_type
    for step in reply.before:
        await _step(request, response, step)
    await response.prepare(request)
    for step in reply.steps:
        await _step(request, response, step)
    await response.write_eof()
    return response


async def _step(request: web.Request, response: web.StreamResponse, step: Step) -> None:
    match step:
        case bytes():
            await response.write(step)
        case Pause(seconds):
            await asyncio.sleep(seconds)
        case Hang():
            await asyncio.Event().wait()
        case Reset():
            _reset(request)
            await asyncio.Event().wait()


def _reset(request: web.Request) -> None:
    transport = request.transport
    if transport is not None:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()


def _event(fields: dict[str, Any]) -> bytes:
    return (
        b"data: " + orjson.dumps({"object": "chat.completion.chunk", "model": "scripted"} | fields) + b"\n\n"
    )


def _completion(text: str, tokens_used: tuple[int, int] | None) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    fields = {"object": "chat.completion", "model": "scripted", "choices": [choice]}
    return orjson.dumps(fields | {"usage": _usage(*tokens_used)} if tokens_used else fields)


def _usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def steady(token_count: int, interval_s: float) -> Scripted:
    """The benchmark reply: numbered words, encoded once; unpaced, hundreds of events go in one write."""
    events = [delta(content=f"word{number} ") for number in range(token_count)]
    tail = b"".join((finish(), usage(100, token_count), DONE))
    steps: list[Step] = []
    if interval_s > 0:
        for event in events:
            steps += (event, Pause(interval_s))
    else:
        starts = range(0, token_count, _EVENTS_PER_WRITE)
        steps += (b"".join(events[at : at + _EVENTS_PER_WRITE]) for at in starts)
    return Scripted(steps=(*steps, tail))


def _always(reply: Scripted, request: dict[str, Any]) -> Scripted:
    return reply


async def _serve(arguments: argparse.Namespace) -> None:
    reply = steady(arguments.tokens, arguments.interval_ms / 1000)
    async with ModelServer(answer=partial(_always, reply), port=arguments.port) as server:
        print(f"listening on {server.base_url}", flush=True)
        while True:
            await asyncio.sleep(60)
            server.requests.clear()


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until interrupted; port 0 takes a free one and says which."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m yingda.testing.model_server")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--interval-ms", type=float, default=20.0)
    try:
        uvloop.run(_serve(parser.parse_args(argv)))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
