"""The whole stack over real sockets."""

import asyncio
from contextlib import aclosing

import pytest

from yingda.errors import Overloaded
from yingda.llm.failures import BreakerOpen, ModelUnreachable
from yingda.llm.gateway import GatewayConfig, Timing, build_gateway
from yingda.llm.limits import LimitsConfig
from yingda.llm.openai_chat import EndpointConfig
from yingda.llm.types import ReasoningChunk, TextChunk
from yingda.testing import FrozenClock
from yingda.testing.model_server import Hang, ModelServer, Scripted, delta, refused, said


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def gateway_of(session, clock):
    def build(**parts):
        timing = Timing(clock=clock, sleep=clock.sleep, draw=lambda low, high: high)
        return build_gateway(session, GatewayConfig(**parts), timing)

    return build


def endpoint(server, name="main"):
    return EndpointConfig(name=name, base_url=server.base_url, model=f"m-{name}")


async def heard(model, prompt):
    async with aclosing(model.stream(prompt)) as chunks:
        return [chunk async for chunk in chunks]


async def test_splits_thought_and_outlasts_a_hiccup(gateway_of, clock, prompt):
    async with ModelServer(refused(500), said("<think>hm</think>a")) as server:
        gateway = gateway_of(main=endpoint(server))
        assert await heard(gateway.model, prompt) == [ReasoningChunk("hm"), TextChunk("a")]
    assert (clock.slept, gateway.breakers["main"].snapshot().total_successes) == ([0.2], 1)
    assert (gateway.small, gateway.model.name) == (None, "m-main")


async def test_five_failed_calls_open_the_breaker_and_two_good_ones_close_it(gateway_of, clock, prompt):
    async with ModelServer(*[refused(401)] * 5) as server:
        gateway = gateway_of(main=endpoint(server))
        for _ in range(5):
            with pytest.raises(Exception, match="401"):
                await heard(gateway.model, prompt)
        with pytest.raises(BreakerOpen):
            await heard(gateway.model, prompt)
        clock.advance(30)
        await heard(gateway.model, prompt)
        await heard(gateway.model, prompt)
    assert (gateway.breakers["main"].snapshot().state, len(server.requests)) == ("closed", 7)


async def test_the_second_endpoint_takes_over(gateway_of, prompt):
    async with ModelServer() as main, ModelServer(said("b")) as second:
        await main.refuse()
        gateway = gateway_of(main=endpoint(main), fallback=endpoint(second, "fallback"))
        assert await heard(gateway.model, prompt) == [TextChunk("b")]
        result = await gateway.probe()
    states = {name: breaker.snapshot().total_failures for name, breaker in gateway.breakers.items()}
    assert states == {"main": 1, "fallback": 0}
    assert (result.is_reachable, result.message) == (
        True,
        "main: ClientConnectorError; fallback: answered 200",
    )


async def test_the_small_model_falls_back_to_the_main_one(gateway_of, prompt):
    async with ModelServer(said("big")) as main, ModelServer(refused(404)) as small:
        gateway = gateway_of(main=endpoint(main), small=endpoint(small, "small"))
        assert await heard(gateway.small, prompt) == [TextChunk("big")]
    assert [request.body["model"] for request in (*small.requests, *main.requests)] == ["m-small", "m-main"]


async def test_a_full_cap_refuses_and_a_hang_up_frees_it(gateway_of, prompt):
    limits = LimitsConfig(max_concurrent=1, wait_s=0.01)
    async with ModelServer(Scripted(steps=(delta(content="a"), Hang()))) as server:
        gateway = gateway_of(main=endpoint(server), limits=limits)
        async with aclosing(gateway.model.stream(prompt)) as held:
            await anext(held)
            with pytest.raises(Overloaded):
                await heard(gateway.model, prompt)
        await asyncio.wait_for(server.requests[0].client_gone.wait(), 0.25)
        assert (gateway.slots.snapshot().active, gateway.slots.snapshot().rejected) == (0, 1)
        assert gateway.breakers["main"].snapshot().failure_count == 0


async def test_comes_back_when_the_endpoint_does(gateway_of, prompt):
    async with ModelServer() as server:
        gateway = gateway_of(main=endpoint(server))
        await server.refuse()
        with pytest.raises(ModelUnreachable):
            await heard(gateway.model, prompt)
        await server.accept()
        server.script(said("back"))
        assert await heard(gateway.model, prompt) == [TextChunk("back")]
