"""The child process that parses: requests on stdin, replies on stdout, under hard limits.

A request is two frames (file name, content), a reply one frame of JSON; a frame is four bytes of length, then
as many bytes. The first frame out says that the child is ready. Replies are JSON and not pickles: a child
that a crafted file took over cannot make the parent run anything.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO

from yingda.knowledge.parse import reply
from yingda.knowledge.parse.document import parse
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.priority import give_way
from yingda.knowledge.parse.refused import DocumentRefused, TooMuchMemory
from yingda.knowledge.types import ParsedDocument

Parse = Callable[[bytes, str, ParseLimits], ParsedDocument]

LENGTH = struct.Struct(">I")
READY = b"ready"
_PR_SET_PDEATHSIG = 1
_ALARM_GRACE_S = 2.0  # the parent keeps the time; the alarm is for a child whose parent has died


def serve(parse: Parse, limits: ParseLimits) -> None:
    """Answers requests until stdin ends."""
    requests, replies = _private_pipes()
    _confine(limits)
    _send(replies, READY)
    while (name := _receive(requests)) is not None:
        data = _receive(requests) or b""
        signal.setitimer(signal.ITIMER_REAL, limits.time_s + _ALARM_GRACE_S)
        answer = _answer(parse, data, name.decode("utf-8", errors="replace"), limits)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(replies, answer)


def limits_from_arguments() -> ParseLimits:
    """The JSON object in the last argument, as `pool` writes it."""
    return ParseLimits(**json.loads(sys.argv[-1]))


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """stdin and stdout under new numbers: what a library prints must not get between the frames."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return requests, replies


def _confine(limits: ParseLimits) -> None:
    give_way()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(parse: Parse, data: bytes, name: str, limits: ParseLimits) -> bytes:
    try:
        return reply.dump(parse(data, name, limits))
    except DocumentRefused as refusal:
        return reply.dump_refusal(refusal)
    except MemoryError:
        return reply.dump_refusal(TooMuchMemory())


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
    serve(parse, limits_from_arguments())
