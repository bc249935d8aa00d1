"""The two printed client scripts run as they are; only host and port are others."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.server_process import ServerProcess, StartServer

SAMPLES = Path(__file__).parents[2] / "seed_samples" / "callflow"
PRINTED_ADDRESS = "localhost:8000"
LONG = "请先打开双闪，撤到安全地带。" * 250
LONG_FLOW = f"""
dialogue: long
version: 1
codes: {{"1002": 通话中}}
defaults: {{on_fail: {{goto: told}}}}
slots:
  ready: {{type: yesno, ask: 好吗？}}
start: greet
stages:
  greet: {{code: "1002", say: '', collect: [ready], next: [{{goto: told}}]}}
  told: {{code: "1002", say: {LONG}, final: true}}
"""


def script(name: str, address: str, folder: Path) -> str:
    """The path of the script with that address in it, and nothing else changed."""
    printed = (SAMPLES / name).read_text()
    adapted = printed.replace(PRINTED_ADDRESS, address)
    assert printed.count(PRINTED_ADDRESS) == 1
    assert adapted.replace(address, PRINTED_ADDRESS) == printed
    (folder / name).write_text(adapted)
    return str(folder / name)


def said_by(name: str, address: str, folder: Path, *arguments: str) -> str:
    """What the script prints."""
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    command = [sys.executable, script(name, address, folder), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def events_in(printed: str) -> list[tuple[str, dict[str, str]]]:
    """The events as the streaming script tells them."""
    return [(name, json.loads(data)) for name, data in re.findall(r"^\[(\w+)\] (.*)$", printed, re.MULTILINE)]


@contextmanager
def narrow(port: int) -> Iterator[str]:
    """The address of a relay to that port which gives a client 700 bytes at a time, with a pause."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_relay_one, args=(listener, port), daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(30)


def _relay_one(listener: socket.socket, port: int) -> None:
    client, _ = listener.accept()
    with client, socket.create_connection(("127.0.0.1", port)) as server, suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(True)
        server.sendall(client.recv(65536))
        threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
        while piece := server.recv(700):
            client.sendall(piece)
            time.sleep(0.002)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> ServerProcess:
    """The sample flow, without a model."""
    return start_server()


@pytest.fixture(scope="module")
def talkative(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> ServerProcess:
    """A flow whose second answer has more than 3,000 characters."""
    flow = tmp_path_factory.mktemp("flow") / "long.yaml"
    flow.write_text(LONG_FLOW)
    return start_server(CALLFLOW_FLOW=str(flow))


def address_of(server: ServerProcess) -> str:
    return server.url.removeprefix("http://")


def test_the_plain_script(server, tmp_path):
    printed = said_by("nostream_chat.py", address_of(server), tmp_path, "plain-1", "方便")
    head, _, body = printed.partition(f"Status: 200\n{'-' * 50}\n")
    assert head == f"Session ID: plain-1\nMessage: 方便\n{'-' * 50}\n"
    answer = json.loads(body)
    assert list(answer) == [
        *("sessionId", "timeStamp", "outputText", "nextStage", "nextStageCode", "code", "msg")
    ]
    assert (answer["nextStage"], answer["nextStageCode"], answer["code"]) == ("通话中", "1002", "200")
    assert "受伤" in answer["outputText"]


def test_the_streaming_script(server, tmp_path):
    printed = said_by("stream_chat.py", address_of(server), tmp_path, "stream-1", "有人受伤了")
    (stage, *texts, done) = events_in(printed)
    assert "Status: 200\n" in printed
    assert stage == ("stage_code", {"nextStageCode": "0003", "nextStage": "有人伤转接人工"})
    assert {name for name, _ in texts} == {"text_delta"}
    assert "伤者" in "".join(data["text"] for _, data in texts)
    assert done == ("done", {"status": "completed"})


def test_the_streaming_script_prints_an_error_it_cannot_stream(server, tmp_path):
    printed = said_by("stream_chat.py", address_of(server), tmp_path, "x" * 129, "喂")
    assert "Status: 422\n" in printed
    assert events_in(printed) == []


@pytest.mark.parametrize("is_slow", [False, True])
def test_a_long_answer_arrives_whole_in_small_events(talkative, tmp_path, is_slow):
    session = f"long-{is_slow}"
    if is_slow:
        with narrow(talkative.port) as address:
            printed = said_by("stream_chat.py", address, tmp_path, session, "好的")
    else:
        printed = said_by("stream_chat.py", address_of(talkative), tmp_path, session, "好的")
    (stage, *texts, done) = events_in(printed)
    assert (stage[1]["nextStageCode"], done[0]) == ("1002", "done")
    assert all(name == "text_delta" and len(data["text"]) <= 120 for name, data in texts)
    assert "".join(data["text"] for _, data in texts).endswith(LONG)
    assert len(LONG) > 3000
    whole = said_by("nostream_chat.py", address_of(talkative), tmp_path, f"{session}-whole", "好的")
    assert LONG in whole
