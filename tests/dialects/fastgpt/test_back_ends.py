"""The back ends of calls behind this face, driven by a FastGPT client: a flow, and a workflow that asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import aiohttp
from tests.dialects.fastgpt.house import CallEnd, FactsOnly, MakeEnd, open_house
from tests.workflows.running import exported, without_engine

from yingda.dialects.fastgpt.encode import FaceConfig
from yingda.dialects.fastgpt.insides import Insides
from yingda.fastgpt.client import Completion, FastGPTClient
from yingda.fastgpt.codes import CodeTable
from yingda.fastgpt.connection import FastGPTConfig
from yingda.fastgpt.replies import Asked, NodeRan, ReplyEvent, Said
from yingda.fastgpt.stages import StageConfig, StageReader
from yingda.flows.answerer import flow_answerer
from yingda.flows.facts import Facts
from yingda.flows.load import load
from yingda.flows.machine import Machine, Step
from yingda.flows.native import NativeBackend
from yingda.flows.recall import Recall
from yingda.turns.clock import SystemClock
from yingda.turns.events import TurnEvent
from yingda.turns.types import Turn
from yingda.web.stream import StreamWatch
from yingda.workflows.answerer import workflow_answerer

ACCIDENT = Path(__file__).parents[3] / "samples" / "flows" / "accident.yaml"


async def stay(turn: Turn, machine: Machine, step: Step) -> tuple[TurnEvent, ...]:
    """Nobody takes over."""
    return ()


def flow(recall: Recall, facts: Facts, insides: Insides) -> CallEnd:
    machine, clock = Machine(load(ACCIDENT)), SystemClock()
    answer = flow_answerer(machine, recall, stay, clock)
    return CallEnd(answer=answer, backend=NativeBackend(machine, facts, recall, "fastgpt", clock))


def workflow(recall: Recall, facts: Facts, insides: Insides) -> CallEnd:
    answer = workflow_answerer(
        exported("two_questions"),
        recall,
        without_engine(),
        lambda: StageReader(CodeTable(), StageConfig(flow="two"), Counter()),
        report=insides.report,
    )
    return CallEnd(answer=answer, backend=FactsOnly(facts))


class Call:
    """A chat over the wire."""

    def __init__(self, client: FastGPTClient) -> None:
        self.client = client

    async def say(self, text: str, **variables: str) -> list[ReplyEvent]:
        ask = Completion(chat_id="a1002", text=text, response_id=f"r-{text}", variables=variables)
        async with aclosing(self.client.stream(ask)) as events:
            return [event async for event in events]


@asynccontextmanager
async def calling(folder: Path, make_end: MakeEnd) -> AsyncIterator[Call]:
    async with (
        open_house(folder, FaceConfig(), StreamWatch(), make_end) as house,
        aiohttp.ClientSession() as session,
    ):
        config = FastGPTConfig(base_url=house.url, api_key=house.keys["chat"], app_id="a")
        yield Call(FastGPTClient(session, config))


def words(events: list[ReplyEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Said))


async def test_a_flow_tells_its_stages_as_a_workflow_would(tmp_path: Path):
    async with calling(tmp_path, flow) as call:
        assert words(await call.say("你好")).startswith("<state>1002</state>")
        injured = await call.say("方便，有人流血了", phone="13800138000")
        assert words(injured).startswith("<state>0003</state>")
        assert (await call.client.variables("a1002"))["phone"] == "13800138000"


async def test_a_workflow_waits_and_goes_on(tmp_path: Path):
    async with calling(tmp_path, workflow) as call:
        (question,) = [event.question for event in await call.say("hello") if isinstance(event, Asked)]
        assert [option.value for option in question.options] == ["red", "green"]
        await call.say("green")
        last = await call.say("small")
        assert words(last) == "green small"
        assert {event.kind for event in last if isinstance(event, NodeRan)} >= {"answerNode"}
