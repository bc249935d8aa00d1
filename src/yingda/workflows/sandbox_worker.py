"""The child process that runs JavaScript: requests on stdin, replies on stdout, under hard limits.

A frame is four bytes of length, then as many bytes of JSON. The engine is QuickJS-ng: it has no files, no
network, no timers and no modules, keeps its own limits of memory and processor time, and each request gets a
context of its own. Nothing of Python's is visible in there. The process holds no secret and can open nothing
new once it serves.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import quickjs  # type: ignore[import-untyped]

LENGTH = struct.Struct(">I")
READY = b"{}"
TOO_SLOW = "time limit reached"
_PRELUDE = Path(__file__).with_name("sandbox.js").read_text("utf-8")
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_STACK_BYTES = 512 * 1024
_ALARM_GRACE_S = 2.0  # the parent keeps the time; the alarm is for a child whose parent has died


def serve() -> None:
    """Answers requests until stdin ends; the limits are the JSON object in the last argument."""
    limits = json.loads(sys.argv[-1])
    requests, replies = _private_pipes()
    _confine(limits)
    _send(replies, READY)
    while (frame := _receive(requests)) is not None:
        signal.setitimer(signal.ITIMER_REAL, limits["time_s"] + _ALARM_GRACE_S)
        # JavaScript may cut a character in half; UTF-8 has no such halves.
        reply = json.dumps(_answer(json.loads(frame), limits), ensure_ascii=False).encode("utf-8", "replace")
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(replies, reply)


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """stdin and stdout under new numbers, so that nothing else can write between the frames."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return requests, replies


def _confine(limits: Mapping[str, float]) -> None:
    """From here on no file, no socket and no process can be opened, whatever the engine is made to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _context(limits).eval("1")  # what the engine loads late is loaded before the door closes
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    closed = (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE)
    for kind in closed:
        resource.setrlimit(kind, (0, 0))
    address_bytes = int(limits["address_bytes"])
    resource.setrlimit(resource.RLIMIT_AS, (address_bytes, address_bytes))


def _context(limits: Mapping[str, float]) -> quickjs.Context:
    context = quickjs.Context()
    context.set_memory_limit(int(limits["memory_bytes"]))
    context.set_max_stack_size(_STACK_BYTES)
    context.set_time_limit(limits["time_s"])
    return context


def _answer(request: Mapping[str, Any], limits: Mapping[str, float]) -> dict[str, Any]:
    context = _context(limits)
    try:
        if "pattern" in request:
            test = context.eval("(pattern, text) => new RegExp(pattern).test(text)")
            return {"value": bool(test(request["pattern"], request["text"]))}
        return _evaluated(context, request, limits)
    except quickjs.JSException as error:
        return {"error": _words(error)}
    except UnicodeError:
        return {"error": "a text holds half a character"}
    except MemoryError:
        return {"error": "out of memory"}


def _evaluated(
    context: quickjs.Context, request: Mapping[str, str], limits: Mapping[str, float]
) -> dict[str, Any]:
    ends_s = time.monotonic() + limits["time_s"]
    driver = context.eval(_PRELUDE)(int(limits["log_chars"]))
    try:
        context.eval(request["code"])
        driver("start", request["variables"])
        _drive(context, driver, ends_s)
        result = driver("result")
    except quickjs.JSException as error:
        return {"error": _words(error), "log": driver("log")}
    except TimeoutError:
        return {"error": TOO_SLOW, "log": driver("log")}
    if len(result) > limits["output_chars"]:
        return {"error": "the result is too large", "log": driver("log")}
    return {**json.loads(result), "log": driver("log")}


def _drive(context: quickjs.Context, driver: Callable[..., Any], ends_s: float) -> None:
    """Run jobs and timers until `main` has settled; the engine itself has no clock to wait on."""
    while not driver("finished"):
        left_s = ends_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        context.set_time_limit(left_s)
        if context.execute_pending_job():
            continue
        waiting_ms = driver("waitingMs")
        if waiting_ms < 0:
            raise quickjs.JSException("main never settles")
        time.sleep(min(waiting_ms / 1000, left_s))
        driver("wake")


def _words(error: Exception) -> str:
    """The first line: what follows is where in the engine it happened."""
    first = str(error).strip().split("\n")[0]
    return TOO_SLOW if first == "InternalError: interrupted" else first.removeprefix("InternalError: ")


def _receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    return stream.read(length)


def _send(stream: BinaryIO, frame: bytes) -> None:
    stream.write(LENGTH.pack(len(frame)))
    stream.write(frame)
    stream.flush()


if __name__ == "__main__":
    serve()
