"""Lets the sockets of streams rest between reads: what arrives meanwhile is read at once."""

from __future__ import annotations

import asyncio

import aiohttp

_LONGEST = 2
"""The rest of a full server, in rests of an idle one."""
_CROWD = 50
"""So many streams double the rest."""
_AT_ONCE = 10
"""Sockets that wake in one go; what else the event loop has to do comes in between."""


class Gathering:
    """One for all streams of an endpoint; a socket that rests wakes nobody.

    Rests end together, `rest_s` after the first of them began: the event loop then serves many streams in one
    go, which costs a third less than one after the other. The more streams there are, the longer they rest,
    up to twice as long: a reader of one stream sees it flow, a full server has time for new questions. With
    0 nobody rests.
    """

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self._resting: list[asyncio.Transport] = []
        self._rested_count = 0

    def rest(self, response: aiohttp.ClientResponse) -> None:
        """Read no more of the response until the rests end; one that has all it gets is left alone."""
        connection = response.connection
        if not self._rest_s or connection is None or connection.transport is None:
            return
        connection.transport.pause_reading()
        if not self._resting:
            factor = min(_LONGEST, 1 + self._rested_count / _CROWD)
            asyncio.get_running_loop().call_later(self._rest_s * factor, self._end)
        self._resting.append(connection.transport)

    def _end(self) -> None:
        resting, self._resting = self._resting, []
        self._rested_count = len(resting)
        self._wake(resting)

    def _wake(self, resting: list[asyncio.Transport]) -> None:
        for transport in resting[:_AT_ONCE]:
            transport.resume_reading()
        if len(resting) > _AT_ONCE:
            asyncio.get_running_loop().call_soon(self._wake, resting[_AT_ONCE:])
