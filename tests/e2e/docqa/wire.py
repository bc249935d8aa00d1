"""The docqa wire as its callers see it: packets of a stream with their bytes, whole answers, documents."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from tests.e2e.played_model import eventually
from tests.server_process import ServerProcess

PREFIX = "/v1/ctai"
CHAT = f"{PREFIX}/query_text_chat"
KEY = "k"
BLOCK = re.compile(r"\[\[(?:[0-9a-f]{32}|ctx)\]\]")
_COMMENTS = re.compile(rb"^:[^\n]*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Packet:
    """One block of a stream; `raw` is all of it, from its first byte to the blank line."""

    raw: bytes
    id: str
    ret: str
    data: dict[str, Any]

    @property
    def text(self) -> str:
        text: str = self.data["answer_text"]
        return text

    @property
    def refs(self) -> list[str]:
        """The documents it names, in order."""
        return [one["ctdoc_id"] for one in self.data.get("ref_doc_list", [])]


class Answer:
    """A streamed answer from its first byte to its last."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @cached_property
    def packets(self) -> list[Packet]:
        assert self.raw.endswith(b"\n\n"), self.raw[-80:]
        return [_packet(block + b"\n\n") for block in _COMMENTS.sub(b"", self.raw).split(b"\n\n")[:-1]]

    @property
    def stop(self) -> Packet:
        return self.packets[-1]

    @property
    def text(self) -> str:
        return "".join(packet.text for packet in self.packets)

    @property
    def info(self) -> dict[str, Any]:
        info: dict[str, Any] = self.stop.data["extend_info"]
        return info

    @property
    def is_whole(self) -> bool:
        """Whether length and digest in the stop packet are those of the text that came."""
        return is_whole(self.text, self.info)


def is_whole(text: str, info: dict[str, Any]) -> bool:
    """Whether a text is the one that an `extend_info` speaks of."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return (info["answer_chars"], info["answer_sha256"]) == (str(len(text)), digest)


def return_type(data: dict[str, Any]) -> str:
    """Where an answer came from."""
    kind: str = data["extend_info"]["ialgo_extend_info"]["return_type"]
    return kind


class Asker:
    """Somebody with a key of the docqa dialect, and one connection pool."""

    def __init__(self, server: ServerProcess, key: str | None = KEY) -> None:
        self.url = server.url
        self.headers = {"orionstar-api-key": key} if key else {}
        self.http = httpx.Client(base_url=server.url, headers=self.headers, timeout=60, trust_env=False)

    def stream(self, question: str, session_id: str = "s", **fields: str) -> Answer:
        """The whole streamed answer."""
        return Answer(self.ask(question, session_id, stream="1", **fields).content)

    def whole(self, question: str, session_id: str = "s", **fields: str) -> dict[str, Any]:
        """`data` of the answer as one body, which must be well."""
        response = self.ask(question, session_id, **fields)
        assert response.status_code == 200, response.text
        data: dict[str, Any] = response.json()["data"]
        return data

    def ask(self, question: str, session_id: str, **fields: str) -> httpx.Response:
        return self.http.post(CHAT, json={"query_text": question, "session_id": session_id, **fields})

    @contextmanager
    def reading(self, question: str, session_id: str = "s", **fields: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a streamed answer while they come; leaving the block hangs up."""
        body = {"query_text": question, "session_id": session_id, "stream": "1", **fields}
        with self.http.stream("POST", CHAT, json=body) as response:
            yield response.iter_raw()

    def resume(self, msg_id: str) -> httpx.Response:
        """What follows a packet; the body is not looked at."""
        return self.http.post(CHAT, headers={"last-event-id": msg_id})

    def call(self, name: str, **body: Any) -> dict[str, Any]:
        """`data` of any other call."""
        response = self.http.post(f"{PREFIX}/{name}", json=body)
        assert response.status_code == 200, response.text
        data: dict[str, Any] = response.json()["data"]
        return data

    def upload(self, name: str, content: str | bytes) -> str:
        """Hand a file in; its id, without waiting for it."""
        form = {"ctai_doc": json.dumps({"doc_name": name})}
        response = self.http.post(f"{PREFIX}/upload_ctai_doc", data=form, files={"content": (name, content)})
        assert response.status_code == 200, response.text
        document_id: str = response.json()["data"]["ctdoc_id"]
        return document_id

    def add(self, name: str, content: str | bytes) -> str:
        """Hand a file in and wait until it answers; its id."""
        document_id = self.upload(name, content)
        assert eventually(lambda: self.state(document_id) == "ready"), self.state(document_id)
        return document_id

    def state(self, document_id: str) -> str:
        """The `doc_status` of a document."""
        (shown,) = self.call("ctai_doc_list", ctdoc_id=document_id)["ctai_doc_list"]
        state: str = shown["doc_status"]
        return state

    def turns(self, session_id: str) -> list[dict[str, Any]]:
        """What is kept of a conversation."""
        turns: list[dict[str, Any]] = self.call("query_chat_history", session_id=session_id)["chat_list"]
        return turns


def _packet(raw: bytes) -> Packet:
    lines = raw.decode().removesuffix("\n\n").split("\n")
    fields = dict(line.split(": ", 1) for line in lines)
    assert set(fields) - {"retry"} == {"id", "data"}, raw
    packet = json.loads(fields["data"])
    return Packet(raw, fields["id"], packet["ret"], packet["data"])
