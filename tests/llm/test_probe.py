"""The probe asks cheaply and not often."""

import asyncio

import pytest
from aiohttp import web

from yingda.llm.openai_chat import EndpointConfig
from yingda.llm.probe import Probe, ProbeConfig, ProbeResult
from yingda.testing import FrozenClock
from yingda.testing.clock import START


@pytest.fixture
async def models_page():
    """A port whose `/models` answers with `statuses`, one after the other; 0 stands for silence."""
    statuses, asked = [], []

    async def answer(request):
        asked.append(request.headers.get("Authorization"))
        if (status := statuses.pop(0)) == 0:
            await asyncio.Event().wait()
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/models", answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/", statuses, asked
    await runner.cleanup()


@pytest.fixture
def probe_of(session, models_page):
    def make(clock):
        endpoint = EndpointConfig(name="main", base_url=models_page[0], model="m1", api_key="k")
        return Probe(session, (endpoint,), ProbeConfig(timeout_s=0.2), clock)

    return make


@pytest.mark.parametrize(
    ("status", "is_reachable", "note"),
    [
        (200, True, "answered 200"),
        (404, True, "answered 404"),
        (401, False, "answered 401"),
        (500, False, "answered 500"),
        (0, False, "TimeoutError"),
    ],
)
async def test_says_whether_the_model_is_there(status, is_reachable, note, probe_of, models_page):
    models_page[1].append(status)
    assert await probe_of(FrozenClock()).result() == ProbeResult(
        is_reachable=is_reachable, message=f"main: {note}", elapsed_ms=0.0, checked_at=START
    )


async def test_asks_once_in_ten_seconds(probe_of, models_page):
    models_page[1].extend((200, 500))
    clock = FrozenClock()
    probe = probe_of(clock)
    results = await asyncio.gather(probe.result(), probe.result())
    clock.advance(10)
    results.append(await probe.result())
    assert [result.is_reachable for result in results] == [True, True, False]
    assert models_page[2] == ["Bearer k", "Bearer k"]
