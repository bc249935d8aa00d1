"""A FastGPT server on loopback, for tests and benchmarks: real sockets, both generations, scripted faults.

It keeps chats as FastGPT does (records, variables), runs no workflow, and says what its scripts say.
`python -m yingda.testing.fastgpt_server --port 8902 --tokens 60 --interval-ms 50` speaks for ever.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import orjson
import uvloop
from aiohttp import web

from yingda.testing.model_server import Pause, RecordedRequest, Scripted, Step, played

Generation = Literal["4.14", "4.16"]
KEY = "fastgpt-loopback"
APP_ID = "0123456789abcdef01234567"
DONE = b"event: answer\ndata: [DONE]\n\n"
HEADERS = {"X-Accel-Buffering": "no", "Cache-Control": "no-cache, no-transform"}
_HOST = "127.0.0.1"
_HISTORY = {"4.14": "", "4.16": "/history"}
_RECORD = {"4.14": "", "4.16": "/record"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a workflow: what it says piece by piece, what it asks, sets and reports."""

    pieces: tuple[str, ...] = ()
    interactive: Mapping[str, Any] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    nodes: tuple[Mapping[str, Any], ...] = ()
    interval_s: float = 0.0


Answer = Callable[[str], Run | Scripted]


def event(name: str, payload: Any) -> bytes:
    """One event as FastGPT writes it with `detail`."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(payload))


def chunk(text: str | None, finish: str | None = None, name: str = "answer") -> bytes:
    """Words, or with `None` and "stop" the last chunk; an empty text is a heartbeat."""
    choice = {"delta": {"role": "assistant", "content": text}, "index": 0, "finish_reason": finish}
    return event(name, {"id": "", "object": "", "created": 0, "model": "", "choices": [choice]})


def node(name: str, kind: str = "chatNode", **more: Any) -> dict[str, Any]:
    """A node's response with the fields that are always there."""
    told = {"id": secrets.token_hex(8), "nodeId": secrets.token_hex(4), "moduleName": name}
    return {**told, "moduleType": kind, "runningTime": 0.12, **more}


def steps_of(run: Run, generation: Generation) -> list[Step]:
    """The whole stream of a run; the generations differ in what comes last."""
    steps: list[Step] = [event("flowNodeStatus", {"status": "running", "name": "对话"})]
    for piece in run.pieces:
        steps += [chunk(piece), *([Pause(run.interval_s)] if run.interval_s else [])]
    if run.variables:
        steps.append(event("updateVariables", dict(run.variables)))
    if run.interactive is not None:
        steps.append(event("interactive", {"interactive": dict(run.interactive)}))
    steps += [event("workflowDuration", {"durationSeconds": 0.3}), chunk(None, "stop")]
    nodes = event("flowResponses", list(run.nodes))
    return [*steps, DONE, nodes] if generation == "4.14" else [*steps, nodes, DONE]


def refusal(code: int, status: int = 500) -> Scripted:
    """An error body; it quotes what must not be logged, as errors do."""
    told = {"code": code, "statusText": "error", "message": "key fastgpt-secret, words: hush", "data": None}
    return Scripted(status=status, content_type="application/json", steps=(orjson.dumps(told),))


@dataclass(slots=True)
class Chat:
    """What is kept of a chat; records are Human and AI in turn."""

    variables: dict[str, Any] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)

    def add(self, role: str, data_id: str, text: str) -> None:
        """One more record."""
        value = [{"type": "text", "text": {"content": text}}]
        self.records.append({"_id": secrets.token_hex(12), "dataId": data_id, "obj": role, "value": value})

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Who said what."""
        return [(one["obj"], one["value"][0]["text"]["content"]) for one in self.records]


def echo(text: str) -> Run:
    """A marker, as an answer node writes it, and what was said."""
    return Run(pieces=("\n<state>1002</state>", "您说：", text), nodes=(node("对话"),))


class FastGPTServer:
    """`async with FastGPTServer() as server:` then ask `server.base_url` with `KEY` and `APP_ID`.

    The n-th completion follows the n-th script; when they have run out, `answer` makes one of the words.
    """

    def __init__(
        self, *scripts: Run | Scripted, generation: Generation = "4.14", answer: Answer = echo, port: int = 0
    ) -> None:
        self.requests: list[RecordedRequest] = []
        self.chats: dict[str, Chat] = {}
        self.stopped: list[str] = []
        self.asked = asyncio.Event()
        self.port = port
        self._scripts = list(scripts)
        self._generation: Generation = generation
        self._answer = answer
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://{_HOST}:{self.port}"

    def script(self, *scripts: Run | Scripted) -> None:
        """Put more in the queue."""
        self._scripts += scripts

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()

    async def accept(self) -> None:
        """Listen; again on the same port after `refuse`."""
        app = web.Application(client_max_size=20 << 20, middlewares=[_with_key])
        for method, path, handler in self._routes():
            app.router.add_route(method, f"/api{path}", handler)
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

    def _routes(self) -> list[tuple[str, str, Callable[[web.Request], Any]]]:
        generation = self._generation
        record = "/core/chat/item/delete" if generation == "4.14" else "/core/chat/record/delete"
        return [
            ("POST", "/v1/chat/completions", self._complete),
            ("POST", "/v2/chat/stop", self._stop),
            ("GET", "/core/chat/init", self._init),
            ("POST", f"/core/chat{_RECORD[generation]}/getPaginationRecords", self._records),
            ("POST" if generation == "4.14" else "DELETE", record, self._delete_record),
            ("DELETE", f"/core/chat{_HISTORY[generation]}/delHistory", self._delete_history),
        ]

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        recorded = RecordedRequest(path=request.path, headers=dict(request.headers), body=body)
        self.requests.append(recorded)
        self.asked.set()
        text = body["messages"][-1]["content"]
        reply = self._scripts.pop(0) if self._scripts else self._answer(text)
        chat = self.chats.setdefault(body["chatId"], Chat())
        chat.variables |= body.get("variables") or {}
        try:
            response = await played(request, self._scripted(reply))
        except (asyncio.CancelledError, ConnectionError):
            recorded.client_gone_at_s = time.monotonic()
            recorded.client_gone.set()
            raise
        if isinstance(reply, Run):
            chat.variables |= reply.variables
            chat.add("Human", secrets.token_hex(12), text)
            chat.add("AI", body["responseChatItemId"], "".join(reply.pieces))
        return response

    def _scripted(self, reply: Run | Scripted) -> Scripted:
        if isinstance(reply, Scripted):
            return reply
        steps = tuple(steps_of(reply, self._generation))
        return Scripted(steps=steps, headers=HEADERS, content_type="text/event-stream")

    async def _stop(self, request: web.Request) -> web.Response:
        self.stopped.append(orjson.loads(await request.read())["chatId"])
        return _envelope(None)

    async def _init(self, request: web.Request) -> web.Response:
        chat_id = request.query["chatId"]
        chat = self.chats.get(chat_id, Chat())
        names = {"chatId": chat_id, "appId": request.query["appId"], "title": "新对话"}
        return _envelope(
            {**names, "variables": chat.variables, "app": {"chatConfig": {}, "name": "loopback"}}
        )

    async def _records(self, request: web.Request) -> web.Response:
        page = orjson.loads(await request.read())
        records = self.chats.get(page["chatId"], Chat()).records
        end = len(records) - page["offset"]
        return _envelope({"list": records[max(0, end - page["pageSize"]) : end], "total": len(records)})

    async def _delete_record(self, request: web.Request) -> web.Response:
        named = orjson.loads(await request.read()) if self._generation == "4.14" else request.query
        chat = self.chats.get(named["chatId"], Chat())
        chat.records = [one for one in chat.records if one["dataId"] != named["contentId"]]
        return _envelope(None)

    async def _delete_history(self, request: web.Request) -> web.Response:
        self.chats.pop(request.query["chatId"], None)
        return _envelope(None)


@web.middleware
async def _with_key(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        return await played(request, refusal(514))
    response: web.StreamResponse = await handler(request)
    return response


def _envelope(data: Any) -> web.Response:
    told = {"code": 200, "statusText": "", "message": "", "data": data}
    return web.Response(body=orjson.dumps(told), content_type="application/json")


async def _serve(arguments: argparse.Namespace) -> None:
    words = tuple(f"第{number}句。" for number in range(arguments.tokens))
    run = Run(pieces=("\n<state>1002</state>", *words), interval_s=arguments.interval_ms / 1000)
    async with FastGPTServer(answer=lambda text: run, port=arguments.port) as server:
        print(f"listening on {server.base_url}", flush=True)
        while True:
            await asyncio.sleep(60)
            server.requests.clear()


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until interrupted; port 0 takes a free one and says which."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m yingda.testing.fastgpt_server")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--interval-ms", type=float, default=50.0)
    try:
        uvloop.run(_serve(parser.parse_args(argv)))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
