"""The scripted model on a thread of its own, so that plain tests can talk to the server meanwhile."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from yingda.testing.model_server import Answer, ModelServer, RecordedRequest, Scripted

Request = dict[str, Any]

PASSAGE = re.compile(r'<passage n="(\d+)">\n(.*?)\n</passage>', re.DOTALL)
QUESTION = re.compile(r"<question>\n(.*?)\n</question>", re.DOTALL)
WAIT_S = 20.0


class PlayedModel:
    """`answer` may be set to another function at any time; it makes a reply from each request."""

    def __init__(self) -> None:
        self.answer: Answer = quote
        self._server = ModelServer(answer=lambda request: self.answer(request))
        self._is_listening = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def settings(self) -> dict[str, str]:
        """What a server needs to ask this model."""
        return {"LLM_BASE_URL": self._server.base_url, "LLM_MODEL": "scripted", "LLM_API_KEY": "sk-e2e"}

    @property
    def requests(self) -> list[RecordedRequest]:
        """All that were asked, oldest first."""
        return self._server.requests

    def __enter__(self) -> Self:
        self._thread.start()
        self.accept()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def accept(self) -> None:
        """Listen, again on the same port after `refuse`; nothing happens if it does."""
        if self._is_listening:
            return
        self._is_listening = True
        asyncio.run_coroutine_threadsafe(self._server.accept(), self._loop).result(WAIT_S)

    def refuse(self) -> None:
        """Close the port and every connection."""
        self._is_listening = False
        asyncio.run_coroutine_threadsafe(self._server.refuse(), self._loop).result(WAIT_S)

    def always(self, reply: str | Scripted) -> None:
        """Say the same to everybody from now on."""
        self.answer = lambda request: reply

    def gone_after_s(self, started_s: float) -> float:
        """Wait until the last asker has closed its connection; when that was, counted from `started_s`."""
        record = self.requests[-1]
        assert eventually(record.client_gone.is_set), "nobody closed the model's socket"
        assert record.client_gone_at_s is not None
        return record.client_gone_at_s - started_s


def quote(request: Request) -> str:
    """What a good model does: the sentence of the first passage that the question's words point at."""
    prompt = request["messages"][-1]["content"]
    question = QUESTION.search(prompt)
    wanted = set(question.group(1)) if question else set()
    best = max(_sentences(prompt), key=lambda said: len(wanted & set(said[1])), default=None)
    return f"{best[1]} [{best[0]}]" if best else "no passage was given"


def _sentences(prompt: str) -> list[tuple[str, str]]:
    return [
        (number, said.strip())
        for number, text in PASSAGE.findall(prompt)
        for said in re.findall(r"[^。？\n]+[。？]?", text)
        if said.strip() and not said.startswith("#") and not said.endswith("？")
    ]


def eventually(happened: Callable[[], bool], wait_s: float = WAIT_S) -> bool:
    """Whether it happens while somebody looks every few milliseconds."""
    deadline_s = time.monotonic() + wait_s
    while not happened():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.01)
    return True
