"""Somebody on the telephone: sentences in, answers out, each with a time stamp of its own."""

from __future__ import annotations

import json
import socket
import sqlite3
import struct
from contextlib import closing
from itertools import count
from typing import Any

import httpx
from tests.server_process import ServerProcess


class Phone:
    """One call by its name."""

    def __init__(self, server: ServerProcess, name: str) -> None:
        self.name = name
        self._server = server
        self._stamps = (f"stamp-{n}" for n in count(1))

    def body(self, **fields: str) -> dict[str, str]:
        """The next request's body."""
        return {"sessionId": self.name, "timeStamp": next(self._stamps), **fields}

    def send(self, method: str, path: str, body: dict[str, str]) -> httpx.Response:
        """Any request, as it is."""
        with self._server.client() as client:
            return client.request(method, path, json=body)

    def say(self, text: str) -> tuple[str, str]:
        """Code and words of the answer."""
        answer = self.send("POST", "/chat", self.body(text=text))
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told["nextStageCode"], told["outputText"]

    def tell(self, key: str, value: str) -> dict[str, Any]:
        """Push a fact; the whole envelope."""
        told: dict[str, Any] = self.send("POST", "/set_info", self.body(key=key, value=value)).json()
        return told

    def known(self) -> dict[str, Any]:
        """All that is known of the call."""
        values: dict[str, Any] = self.send("POST", "/get_info", self.body()).json()["values"]
        return values

    def endings(self) -> list[tuple[str, str | None]]:
        """Each turn as the file has it: what was said, how it ended."""
        statement = (
            "SELECT t.text, t.ending FROM turns t JOIN conversations c ON c.id = t.conversation_id"
            " WHERE c.external_id = ? ORDER BY t.number"
        )
        with closing(sqlite3.connect(self._server.home / "yingda.db")) as connection:
            return connection.execute(statement, (self.name,)).fetchall()

    def dial(self, path: str, body: dict[str, str]) -> socket.socket:
        """Send a request and keep the bare connection, for whoever wants to cut it."""
        raw = json.dumps(body).encode()
        line = socket.create_connection(("127.0.0.1", self._server.port), timeout=20)
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        line.sendall(f"{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw)
        return line


def cut(line: socket.socket) -> None:
    """Drop the connection without a word, as a lost network does: a reset, no farewell."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
