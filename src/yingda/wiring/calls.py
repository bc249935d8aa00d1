"""The back end of calls that the settings name, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from yingda.conversations.archive import Archive
from yingda.dialects.fastgpt.insides import Insides
from yingda.errors import Unavailable
from yingda.fastgpt.backend import FastGPTBackend
from yingda.fastgpt.client import FastGPTClient
from yingda.fastgpt.codes import CodeTable
from yingda.fastgpt.connection import FastGPTConfig
from yingda.fastgpt.names import ChatNames
from yingda.fastgpt.proxy import ProxyConfig, ProxyParts, proxy_answerer
from yingda.flows.answerer import flow_answerer
from yingda.flows.backend import Backend
from yingda.flows.facts import Facts
from yingda.flows.flow import Flow
from yingda.flows.load import FlowInvalid, load
from yingda.flows.machine import Machine
from yingda.flows.native import NativeBackend
from yingda.flows.recall import Recall
from yingda.handoff.desk import Desk
from yingda.handoff.policy import Priority
from yingda.knowledge.types import Retriever
from yingda.llm.gateway import Gateway
from yingda.settings import Settings
from yingda.storage.sql import Database
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.wiring.transfer import CodeTransfer, code_transfer, flow_transfer
from yingda.wiring.workflows import WorkflowBackend, open_services, workflow_calls, workflow_program

SAMPLE_FLOW = Path("samples/flows/accident.yaml")
INJURED = "0003"
"""The code that says somebody is hurt (callflow A.3)."""


class FlowUnusable(Unavailable):
    """The flow that is set cannot be read, or could not run; the message holds every problem."""

    code = "flow_unusable"
    retryable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallParts:
    """Who answers the turns of calls, what else is done for them, and the facts that are kept of them."""

    answer: Answerer
    backend: Backend
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNeeds:
    """What back ends are made from; `insides` are what a FastGPT client is shown of a workflow's turn."""

    settings: Settings
    clock: Clock
    database: Database
    archive: Archive
    desk: Desk
    gateway: Gateway | None
    retriever: Retriever
    http: aiohttp.ClientSession
    insides: Insides

    def facts_of(self, dialect: str) -> tuple[Facts, Recall]:
        """The facts of one dialect's calls, and its calls' memory."""
        facts = Facts(self.database, dialect)
        return facts, Recall(self.archive, facts, self.settings.session_ttl_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFaces:
    """One back end behind both faces: the calls' own, and FastGPT's."""

    callflow: CallParts
    fastgpt: CallParts
    insides: Insides


_Make = Callable[[str], CallParts]
"""The parts for the calls of one dialect."""


async def open_calls(stack: AsyncExitStack, needs: CallNeeds) -> CallFaces:
    """The back end that the settings name; raises FlowUnusable, or what a workflow's file is refused for."""
    make = await _OPEN[needs.settings.callflow_backend](stack, needs)
    return CallFaces(callflow=make("callflow"), fastgpt=make("fastgpt"), insides=needs.insides)


async def _native(stack: AsyncExitStack, needs: CallNeeds) -> _Make:
    clock, gateway = needs.clock, needs.gateway
    machine = Machine(_flow(flow_path(needs.settings)))
    model = (gateway.small or gateway.model) if gateway else None

    def make(dialect: str) -> CallParts:
        facts, recall = needs.facts_of(dialect)
        transfer = flow_transfer(needs.desk, clock)
        return CallParts(
            answer=flow_answerer(machine, recall, transfer, clock, model),
            backend=NativeBackend(machine, facts, recall, dialect, clock),
            facts=facts,
        )

    return make


async def _workflow(stack: AsyncExitStack, needs: CallNeeds) -> _Make:
    settings, clock = needs.settings, needs.clock
    if not settings.callflow_workflow:
        raise FlowUnusable("CALLFLOW_BACKEND is workflow, but CALLFLOW_WORKFLOW names no file")
    program = workflow_program(settings)
    services = await open_services(stack, settings, needs.retriever, needs.gateway, clock)
    transfer = _by_code(needs)

    def make(dialect: str) -> CallParts:
        facts, recall = needs.facts_of(dialect)
        return CallParts(
            answer=workflow_calls(program, recall, services, transfer, settings, needs.insides.report),
            backend=WorkflowBackend(facts, recall, dialect, clock),
            facts=facts,
        )

    return make


async def _fastgpt(stack: AsyncExitStack, needs: CallNeeds) -> _Make:
    settings, clock = needs.settings, needs.clock
    if not settings.fastgpt_base_url:
        raise FlowUnusable("CALLFLOW_BACKEND is fastgpt, but FASTGPT_BASE_URL is empty")
    key = settings.fastgpt_api_key.get_secret_value()
    config = FastGPTConfig(base_url=settings.fastgpt_base_url, api_key=key, app_id=settings.fastgpt_app_id)
    client = FastGPTClient(needs.http, config)
    stack.push_async_callback(client.aclose)
    names, transfer = ChatNames(secret=key), _by_code(needs)

    def make(dialect: str) -> CallParts:
        facts, recall = needs.facts_of(dialect)
        parts = ProxyParts(client=client, names=names, memory=recall, codes=CodeTable(), transfer=transfer)
        return CallParts(
            answer=proxy_answerer(parts, ProxyConfig()),
            backend=FastGPTBackend(client, names, facts, recall, clock, dialect),
            facts=facts,
        )

    return make


_OPEN = {"native": _native, "workflow": _workflow, "fastgpt": _fastgpt}


def _by_code(needs: CallNeeds) -> CodeTransfer:
    def priority(code: str) -> Priority:
        return "high" if code == INJURED else "medium"

    return code_transfer(needs.desk, needs.clock, CodeTable().label, priority)


def _flow(path: Path) -> Flow:
    try:
        return load(path)
    except (OSError, UnicodeDecodeError, FlowInvalid) as error:
        raise FlowUnusable(f"CALLFLOW_FLOW {path}: {error}") from None


def flow_path(settings: Settings) -> Path:
    """The file that is set, else the sample: in the package as installed, beside it in a checkout."""
    if settings.callflow_flow:
        return Path(settings.callflow_flow)
    package = Path(__file__).resolve().parents[1]
    packaged = package / SAMPLE_FLOW
    return packaged if packaged.exists() else package.parents[1] / SAMPLE_FLOW
