"""The wire as a client sees it: frames of a stream byte for byte, and the two ways to ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tests.server_process import ServerProcess


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream; `raw` is all of it, from its first byte to the blank line."""

    event: str
    id: str
    data: dict[str, Any]
    raw: bytes


class Stream:
    """An open stream: iterate over its frames, once, as far as you like."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._frames = _frames(response)

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def next(self) -> Frame:
        """The next frame, as soon as it is there."""
        return next(self._frames)

    def until(self, event: str) -> Frame:
        """Read on to the next frame of that kind."""
        return next(frame for frame in self._frames if frame.event == event)


class Caller:
    """Somebody who talks to a server, with or without a key; one connection pool."""

    def __init__(self, server: ServerProcess, key: str | None = None) -> None:
        self.http = server.client(key)

    def ask(self, message: str, **fields: Any) -> dict[str, Any]:
        """The synchronous answer, which must be 200."""
        response = self.post(message, **fields)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def post(self, message: str, *, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """The synchronous answer, whatever it is."""
        return self.http.post("/api/v1/chat", json={"message": message, **fields}, headers=headers)

    def frames(self, message: str, **fields: Any) -> list[Frame]:
        """The whole streamed answer."""
        with self.stream(message, **fields) as stream:
            return list(stream)

    @contextmanager
    def stream(
        self, message: str, *, headers: dict[str, str] | None = None, **fields: Any
    ) -> Iterator[Stream]:
        """The streamed answer while it comes; leaving the block hangs up."""
        body = {"message": message, **fields}
        with self.http.stream("POST", "/api/v1/chat/stream", json=body, headers=headers) as response:
            assert response.status_code == 200, response.read()
            yield Stream(response)

    @contextmanager
    def resume(self, turn_id: str, after: int | None = None) -> Iterator[Stream]:
        """A turn from its first frame, or from behind the one numbered `after`."""
        headers = {} if after is None else {"Last-Event-ID": f"{turn_id}-{after}"}
        with self.http.stream("GET", f"/api/v1/chat/turns/{turn_id}/stream", headers=headers) as response:
            assert response.status_code == 200, response.read()
            yield Stream(response)

    def replay(self, turn_id: str, after: int | None = None) -> list[Frame]:
        """All frames of a turn, once it has ended."""
        with self.resume(turn_id, after) as stream:
            return list(stream)

    def stop(self, turn_id: str) -> dict[str, Any]:
        """Stop a turn."""
        response = self.http.post(f"/api/v1/chat/turns/{turn_id}/stop")
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def cache_stats(self) -> dict[str, Any]:
        """The figures of the answer cache."""
        stats: dict[str, Any] = self.http.get("/api/v1/performance/cache/stats").json()["cache"]
        return stats


def answer_of(frames: list[Frame]) -> str:
    """The text of all tokens, which must be what `done` repeats."""
    text = "".join(frame.data["content"] for frame in frames if frame.event == "token")
    assert frames[-1].event == "done", frames[-1]
    assert frames[-1].data["answer"] == text
    return text


def raw_of(frames: list[Frame]) -> bytes:
    """What went over the wire."""
    return b"".join(frame.raw for frame in frames)


def _frames(response: httpx.Response) -> Iterator[Frame]:
    waiting = b""
    for chunk in response.iter_raw():
        waiting += chunk
        while (end := waiting.find(b"\n\n")) >= 0:
            raw, waiting = waiting[: end + 2], waiting[end + 2 :]
            yield _frame(raw)


def _frame(raw: bytes) -> Frame:
    lines = [line for line in raw.decode().splitlines() if line and not line.startswith(":")]
    fields = dict(line.split(": ", 1) for line in lines)
    assert list(fields) == ["event", "id", "data"], raw
    return Frame(fields["event"], fields["id"], json.loads(fields["data"]), raw)
