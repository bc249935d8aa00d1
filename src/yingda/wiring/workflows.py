"""An exported workflow as a back end of calls."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from yingda.fastgpt.codes import HANDED_OVER, CodeTable
from yingda.fastgpt.stages import StageConfig, StageReader
from yingda.flows.facts import Fact, Facts
from yingda.flows.recall import Recall
from yingda.knowledge.types import Retriever
from yingda.llm.gateway import Gateway
from yingda.settings import Settings
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import Scalar, StageEntered, TurnEvent
from yingda.turns.types import Principal, Turn, TurnId
from yingda.wiring.transfer import CodeTransfer
from yingda.workflows import state as states
from yingda.workflows.answerer import Report, WorkflowConfig, workflow_answerer
from yingda.workflows.folder import program_from, programs_in
from yingda.workflows.program import Program
from yingda.workflows.run import Services
from yingda.workflows.sandbox import JavaScriptSandbox
from yingda.workflows.web import WebCaller


class WorkflowBackend:
    """`Backend` of one workflow, for the calls of one dialect: facts become its variables."""

    def __init__(self, facts: Facts, recall: Recall, dialect: str, clock: Clock) -> None:
        self._facts = facts
        self._recall = recall
        self._dialect = dialect
        self._clock = clock

    async def set_info(self, principal: Principal, external_id: str, key: str, value: str) -> None:
        await self._facts.put(principal, external_id, key, Fact(value=value, at=self._clock.now()))

    async def get_info(self, principal: Principal, external_id: str) -> Mapping[str, Scalar]:
        """The variables as the last turn left them, under facts that no turn has seen yet."""
        facts = await self._recall.facts(principal, self._dialect, external_id)
        told = {key: fact.value for key, fact in facts.items()}
        record = await self._recall.last_completed(principal, self._dialect, external_id)
        if record is None or record.flow is None:
            return told
        try:
            state = states.load(record.flow.state_json)
        except ValueError:  # written by another release
            return told
        untold = {key: value for key, value in told.items() if state.facts.get(key) != value}
        return {key: _scalar(value) for key, value in {**state.variables, **untold}.items()}

    async def forget(self, principal: Principal, external_id: str) -> None:
        await self._facts.erase(principal, external_id)

    async def take_back(self, principal: Principal, external_id: str, turn_id: TurnId) -> None:
        """All there is of a turn is in its record."""


async def open_services(
    stack: AsyncExitStack, settings: Settings, retriever: Retriever, gateway: Gateway | None, clock: Clock
) -> Services:
    """What workflows can reach; the sandbox is closed by the stack. Every model name means ours."""
    sandbox = await stack.enter_async_context(JavaScriptSandbox())
    model = gateway.model if gateway else None
    return Services(
        clock=clock,
        sandbox=sandbox,
        models=lambda name: model,
        web=WebCaller(allowed_hosts=settings.outbound_allowed_hosts),
        retriever=retriever,
        apps=programs_in(Path(settings.callflow_workflow).parent),
    )


def workflow_program(settings: Settings) -> Program:
    """The workflow that is set; raises `ExportRefused`."""
    return program_from(Path(settings.callflow_workflow))


def workflow_calls(
    program: Program,
    recall: Recall,
    services: Services,
    transfer: CodeTransfer,
    settings: Settings,
    report: Report | None,
) -> Answerer:
    """The workflow's own answers; a stage that belongs to people hands the call over."""
    config = WorkflowConfig(timezone=ZoneInfo(settings.timezone))

    def new_reader() -> StageReader:
        return StageReader(CodeTable(), StageConfig(flow=program.workflow.name), Counter())

    answer = workflow_answerer(program, recall, services, new_reader, config=config, report=report)
    return _with_transfer(answer, transfer)


def _with_transfer(answer: Answerer, transfer: CodeTransfer) -> Answerer:
    async def answer_and_hand_over(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        async with aclosing(answer(turn)) as events:
            async for event in events:
                yield event
                if isinstance(event, StageEntered) and event.code in HANDED_OVER:
                    for handed_over in await transfer(turn, event.code):
                        yield handed_over

    return answer_and_hand_over


def _scalar(value: Any) -> Scalar:
    """Lists and objects as JSON."""
    return value if isinstance(value, Scalar) else json.dumps(value, ensure_ascii=False)
