"""Calls on their way to the desk, in one queue with the conversations of the helpdesk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from yingda.errors import StoreUnavailable
from yingda.flows.answerer import Transfer
from yingda.flows.machine import Machine, Step
from yingda.flows.packet import Packet, PacketSlot, packet
from yingda.handoff.card import card_for
from yingda.handoff.desk import Desk
from yingda.handoff.policy import Escalation, Priority
from yingda.turns.clock import Clock
from yingda.turns.events import AnswerDegraded, HandoffQueued, HandoffRequested, TurnEvent
from yingda.turns.record import Record
from yingda.turns.types import CallDetails, CollectedValue, Message, Turn

RULE = "call_stage"
"""The rule that a card names: the call came to a stage that belongs to people."""

CodeTransfer = Callable[[Turn, str], Awaitable[Sequence[TurnEvent]]]
"""Hands a call over because of the stage code that its back end reported."""


def flow_transfer(desk: Desk, clock: Clock) -> Transfer:
    """For flows: the card carries what their stage says it carries."""

    async def hand_over(turn: Turn, machine: Machine, step: Step) -> Sequence[TurnEvent]:
        assert step.handoff is not None
        sent = packet(machine, step, step.handoff)
        escalation = Escalation(reason=sent.reason or sent.code, priority=sent.priority, rule=RULE)
        return await _request(desk, clock, turn, escalation, _details(turn, sent))

    return hand_over


def code_transfer(
    desk: Desk, clock: Clock, label: Callable[[str], str], priority: Callable[[str], Priority]
) -> CodeTransfer:
    """For back ends that know no slots: code and transcript are all there is."""

    async def hand_over(turn: Turn, code: str) -> Sequence[TurnEvent]:
        escalation = Escalation(reason=label(code) or code, priority=priority(code), rule=RULE)
        details = CallDetails(
            call=turn.external_id, code=code, at=turn.started_at, transcript=_transcript(turn)
        )
        return await _request(desk, clock, turn, escalation, details)

    return hand_over


async def _request(
    desk: Desk, clock: Clock, turn: Turn, escalation: Escalation, details: CallDetails
) -> Sequence[TurnEvent]:
    card = replace(card_for(turn, escalation, Record()), details=details)
    try:
        handoff_id, position = await desk.request(turn.principal, turn.dialect, card, clock.now())
    except StoreUnavailable as error:
        return [AnswerDegraded(reason=error.code)]  # the telephone side transfers by the code all the same
    return [HandoffRequested(handoff_id=handoff_id, card=card), HandoffQueued(position=position)]


def _details(turn: Turn, sent: Packet) -> CallDetails:
    return CallDetails(
        call=turn.external_id,
        code=sent.code,
        at=turn.started_at,
        queue=sent.queue,
        stage=sent.stage,
        began_at=sent.began_at,
        slots=tuple(map(_value, sent.slots)),
        transcript=_transcript(turn) if sent.carries_transcript else (),
        last_question=sent.last_question,
        counters=dict(sent.counters),
    )


def _value(slot: PacketSlot) -> CollectedValue:
    return CollectedValue(
        slot=slot.name,
        label=slot.label,
        value=slot.value,
        said=slot.said,
        quote=slot.quote,
        source=slot.source,
        is_confirmed=slot.is_confirmed,
    )


def _transcript(turn: Turn) -> tuple[Message, ...]:
    return (*turn.history, Message(role="user", text=turn.text, at=turn.started_at))
