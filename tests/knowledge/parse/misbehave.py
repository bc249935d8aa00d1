"""A parser process whose parser does what the content says: the worst that a crafted file may bring about."""

import os
import signal
import time

from yingda.knowledge.parse import parse, worker
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.types import ParsedDocument


def misbehave(data: bytes, filename: str, limits: ParseLimits) -> ParsedDocument:
    if data == b"hang":
        time.sleep(3600)
    if data == b"hog":
        _ = bytearray(limits.memory_bytes)
    if data == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if data == b"abort":
        os.abort()
    if data == b"print":
        os.write(1, b"noise between the frames")
    return parse(data, filename, limits)


if __name__ == "__main__":
    worker.serve(misbehave, worker.limits_from_arguments())
