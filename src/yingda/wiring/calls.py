"""The back end of calls that the settings name, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yingda.conversations.archive import Archive
from yingda.dialects.callflow.wire import DIALECT
from yingda.flows.answerer import flow_answerer
from yingda.flows.backend import Backend
from yingda.flows.facts import Facts
from yingda.flows.load import load
from yingda.flows.machine import Machine
from yingda.flows.native import NativeBackend
from yingda.flows.recall import Recall
from yingda.handoff.desk import Desk
from yingda.llm.gateway import Gateway
from yingda.settings import Settings
from yingda.storage.sql import Database
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.wiring.transfer import flow_transfer

SAMPLE_FLOW = Path("samples/flows/accident.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallParts:
    """Who answers the turns of calls, what else is done for them, and the facts that are kept of them."""

    answer: Answerer
    backend: Backend
    facts: Facts


def calls_from(
    settings: Settings,
    database: Database,
    archive: Archive,
    desk: Desk,
    gateway: Gateway | None,
    clock: Clock,
) -> CallParts:
    """Raises OSError or `FlowInvalid` for a flow that cannot be read or could not run."""
    facts = Facts(database, DIALECT)
    recall = Recall(archive, facts, settings.session_ttl_s)
    machine = Machine(load(flow_path(settings)))
    model = (gateway.small or gateway.model) if gateway else None
    return CallParts(
        answer=flow_answerer(machine, recall, flow_transfer(desk, clock), clock, model),
        backend=NativeBackend(machine, facts, recall, DIALECT, clock),
        facts=facts,
    )


def flow_path(settings: Settings) -> Path:
    """The file that is set, else the sample: in the package as installed, beside it in a checkout."""
    if settings.callflow_flow:
        return Path(settings.callflow_flow)
    package = Path(__file__).resolve().parents[1]
    packaged = package / SAMPLE_FLOW
    return packaged if packaged.exists() else package.parents[1] / SAMPLE_FLOW
