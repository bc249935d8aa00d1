"""Runs the application on its ports until told to stop, then drains.

SIGTERM or SIGINT: readiness turns 503, new turns are refused, open ones get `drain_s` to end, then their
dialect's terminal frame. A second signal exits at once.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from yingda.web.protocol import BoundedHeaders

CLOSE_S = 5
"""After the drain, connections that do not close by themselves are closed."""


YOUNG_OBJECTS = 10_000
"""A few turns' worth between two collections: nearly all of it is gone by then without one."""


SWITCH_S = 0.0005
"""How long a thread that works on documents may keep the interpreter from the event loop."""


_M_ARENA_MAX = -8
"""As malloc.h has it."""


class PortTaken(Exception):
    """None of the wanted ports is free."""


def listening_sockets(host: str, ports: Sequence[int]) -> list[socket.socket]:
    """One socket for each port that is free; of several, taken ones are left out. Raises PortTaken."""
    sockets = [found for port in ports if (found := _listen(host, port)) is not None]
    if not sockets:
        raise PortTaken(f"no free port on {host} among {', '.join(map(str, ports))}")
    return sockets


def is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


async def serve(
    app: ASGIApp,
    sockets: Sequence[socket.socket],
    drain: Callable[[], Awaitable[None]],
    trusted_proxies: Sequence[str] = (),
) -> None:
    """Serve until a signal has been followed by `drain`; only `trusted_proxies` may forward addresses."""
    config = uvicorn.Config(
        app,
        http=BoundedHeaders,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies) or None,
        timeout_graceful_shutdown=CLOSE_S,
    )
    _spare_what_stays()
    sys.setswitchinterval(SWITCH_S)
    await _DrainingServer(config, drain).serve(sockets=list(sockets))


def _spare_what_stays() -> None:
    """Take all that was built by now out of garbage collection, which else visits it for ever anew."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def share_one_heap() -> None:
    """Have threads that start from now on allocate where the others do; called before there are any.

    By default glibc gives each a heap of its own, and none gives back what another could use: 30 MB of an
    idle server. Other C libraries know no such heaps.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


class _DrainingServer(uvicorn.Server):
    """Drains before it stops accepting, so that health can say so."""

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._drain = drain
        self._is_told = False
        self._draining: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: object) -> None:
        if self._is_told:
            os._exit(128 + sig)
        self._is_told = True
        # We are inside a signal handler: the loop may be asleep, and must be woken.
        asyncio.get_running_loop().call_soon_threadsafe(self._begin_to_drain)

    def _begin_to_drain(self) -> None:
        self._draining = asyncio.create_task(self._drain_and_exit())

    async def _drain_and_exit(self) -> None:
        try:
            await self._drain()
        finally:
            self.should_exit = True


def _listen(host: str, port: int) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        return None
    listener.set_inheritable(True)
    return listener
