"""An incremental parser of server-sent events: bytes in, `data` payloads out, no I/O."""

from __future__ import annotations

from yingda.llm.failures import ModelGarbled

_BOM = b"\xef\xbb\xbf"
_MAX_PENDING_BYTES = 1 << 20


class SseParser:
    """Payloads of whole events, in order; lines end with CRLF, LF or CR, and reads may be cut anywhere.

    Follows the WHATWG event stream grammar, with names, ids, comments and unknown fields passed over. Raises
    `ModelGarbled` when an event grows past 1 MiB.
    """

    __slots__ = ("_after_cr", "_begun", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._begun = False

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that `data` completes."""
        if self._after_cr or b"\r" in data:
            data = self._with_lf_only(data)
        if self._rest:
            data = self._rest + data
        end = data.rfind(b"\n\n") + 2
        if end < 2:
            if len(data) > _MAX_PENDING_BYTES:
                raise ModelGarbled("the model endpoint sent an event without an end")
            self._rest = data
            return []
        if end == len(data):
            self._rest = b""
            return self._payloads(data)
        self._rest = data[end:]
        return self._payloads(data[:end])

    def end(self) -> list[bytes]:
        """The payload of an event that the end of the stream cut before its blank line, if any."""
        rest, self._rest = self._rest, b""
        return self._payloads(rest + b"\n\n") if rest else []

    def _with_lf_only(self, data: bytes) -> bytes:
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
            self._after_cr = False
        if data:
            self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _payloads(self, events: bytes) -> list[bytes]:
        """Payloads of whole events with LF line ends; the usual `data: x` alone is cut without a loop."""
        if not self._begun:
            self._begun = True
            events = events.removeprefix(_BOM)
        if events.startswith(b"data: "):
            payloads = events[6:-2].split(b"\n\ndata: ")
            # Two line ends each is exact: no payload holds another line.
            if events.count(b"\n") == 2 * len(payloads):
                return payloads
        return _payloads_by_line(events)


def _payloads_by_line(events: bytes) -> list[bytes]:
    payloads: list[bytes] = []
    lines: list[bytes] = []
    for line in events.split(b"\n"):
        if not line:
            if lines:
                payloads.append(b"\n".join(lines))
                lines = []
        elif line.startswith(b"data:"):
            lines.append(line[5:].removeprefix(b" "))
        elif line == b"data":
            lines.append(b"")
    return payloads
