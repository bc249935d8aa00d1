"""The back end of calls that the settings name, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yingda.conversations.archive import Archive
from yingda.dialects.callflow.wire import DIALECT
from yingda.errors import Unavailable
from yingda.flows.answerer import flow_answerer
from yingda.flows.backend import Backend
from yingda.flows.facts import Facts
from yingda.flows.flow import Flow
from yingda.flows.load import FlowInvalid, load
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


def calls_from(
    settings: Settings,
    database: Database,
    archive: Archive,
    desk: Desk,
    gateway: Gateway | None,
    clock: Clock,
) -> CallParts:
    """Raises FlowUnusable."""
    facts = Facts(database, DIALECT)
    recall = Recall(archive, facts, settings.session_ttl_s)
    machine = Machine(_flow(flow_path(settings)))
    model = (gateway.small or gateway.model) if gateway else None
    return CallParts(
        answer=flow_answerer(machine, recall, flow_transfer(desk, clock), clock, model),
        backend=NativeBackend(machine, facts, recall, DIALECT, clock),
        facts=facts,
    )


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
