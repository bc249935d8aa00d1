"""The pure heart of a dialogue: (flow, state, what was heard) → (new state, what to say, where it stands).

A turn goes through fixed steps (callflow F.3): facts from outside; values, for the open question first, then
for all others; what stands above the stages: the flow's own rules, then built-in repairs. At last the stages,
from the present one on, until one needs an answer or is final. Text is put together on the way, after each
decision, so nothing is said that the new state contradicts. The state changes as a whole; there is no other
memory, no clock and no chance here, so the same input always leads to the same turn.

Rules win over stages, but what was heard in the same turn is kept and goes with the call. A changed answer
clears only slots whose condition became false, and the dialogue goes on from the first stage it matters to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from yingda.flows.answers import (
    fact_objection,
    fail_question,
    propose_caller_id,
    take_answer,
    take_facts,
    take_others,
)
from yingda.flows.corrections import mend, put_right
from yingda.flows.draft import Draft, Kit
from yingda.flows.flow import Flow, Handoff, Rule, Slot, Stage
from yingda.flows.hearing import Heard, types_of
from yingda.flows.repairs import Repair, repair_in
from yingda.flows.scope import scope_of
from yingda.flows.slots.slot import SlotType
from yingda.flows.speech import ask, say
from yingda.flows.state import Held, Question, State
from yingda.flows.travel import divert, enter, greet

MAX_MOVES = 50
"""A flow that goes in circles without asking anything is given up here."""
_HEARD_ANYWAY: frozenset[Repair] = frozenset({"human", "correct", "skip"})
"""Repairs that count even where the words answer the open question."""


class FlowStuck(Exception):
    """The flow goes from stage to stage without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one turn came to; `learned` are the values taken in it, `handoff` is set once, at the end."""

    state: State
    stage: Stage
    text: str
    learned: Mapping[str, Held]
    handoff: Handoff | None = None


class Machine:
    """One flow, ready to run any number of dialogues; `types` read its slots in place of its own."""

    def __init__(self, flow: Flow, types: Mapping[str, SlotType] | None = None) -> None:
        self.flow = flow
        self._kit = Kit(flow=flow, types=types or types_of(flow))

    def begin(self, at: datetime, *, ask: str | None = None) -> State:
        """Before the first word; the first question counts as put already, for callers just begin.

        `ask` opens another slot's question instead, at the stage that collects it.
        """
        stages = self.flow.stages
        stage = stages[self.flow.start]
        said = ""
        if ask is not None:
            stage = next(stage for stage in stages.values() if ask in stage.collect)
            said = self.flow.slots[ask].ask
        elif stage.collect:
            ask = stage.collect[0]
        question = Question(kind="slot", slot=ask) if ask else None
        return State(
            stage=stage.name,
            version=self.flow.version,
            path=(stage.name,),
            question=question,
            said=said,
            last_question=said,
            began_at=at,
            entered_at=at,
        )

    def adopt(self, state: State, at: datetime) -> State:
        """A state that another version of the flow wrote: what was learned stays, the stages begin anew."""
        if state.version == self.flow.version and state.stage in self.flow.stages:
            return state
        known = [name for name in state.learned if name in state.slots and name in self.flow.slots]
        slots = {name: held for name, held in state.slots.items() if name in known}
        return replace(
            self.begin(at), slots=slots, learned=tuple(known), facts=state.facts, began_at=state.began_at
        )

    def said_as(self, name: str, held: Held) -> str:
        """A value the way it is read out."""
        return self._kit.said_as(name, held)

    def objection(self, name: str, text: str, at: datetime) -> str | None:
        """Why a pushed fact is wrong for the slot it names, as a slug; free facts never are."""
        slot = self.flow.slots.get(name)
        draft = Draft(self._kit, self.begin(at), Heard(text="", raw="", at=at))
        return None if slot is None else fact_objection(draft, slot, text)

    def advance(self, state: State, heard: Heard) -> Step:
        """One turn; a dialogue that is over stays so. Raises `FlowStuck`."""
        draft = Draft(self._kit, state, heard)
        if not state.is_over:
            _listen(draft)
            _move_on(draft)
        after = draft.state()
        handoff = draft.stage.handoff if after.is_over and not state.is_over else None
        learned = {name: held for name, held in draft.learned.items() if name in draft.slots}
        return Step(state=after, stage=draft.stage, text=after.said, learned=learned, handoff=handoff)


def _listen(draft: Draft) -> None:
    if not draft.before.said:
        greet(draft)
    take_facts(draft)
    if draft.heard.text.strip():
        draft.silences = 0
        _hear(draft)
    elif draft.before.question is not None and draft.before.said:
        draft.silences += 1
        silence = draft.flow.silence
        if silence.goto and draft.silences >= silence.times:
            divert(draft, silence.goto)
    if draft.turns > draft.flow.max_turns and draft.flow.on_fail and not draft.stage.is_final:
        divert(draft, draft.flow.on_fail)


def _hear(draft: Draft) -> None:
    repair = repair_in(draft.heard.text)
    is_answered = take_answer(draft)
    draft.is_answered = take_others(draft) or is_answered
    if draft.is_answered or draft.intents or repair:
        draft.not_understood = 0
    elif draft.before.said and draft.before.question is not None:
        draft.not_understood += 1
        fail_question(draft)
    is_heard = repair in _HEARD_ANYWAY or not draft.is_answered
    if not _follow_rule(draft) and repair is not None and is_heard:
        mend(draft, repair)


def _follow_rule(draft: Draft) -> bool:
    """The first of the flow's rules that came true in this turn and has something to do."""
    scope, before = draft.scope(), scope_of(draft.before)
    return any(
        rule.when.holds(scope) and not rule.when.holds(before) and _do(draft, rule)
        for rule in draft.flow.rules
    )


def _do(draft: Draft, rule: Rule) -> bool:
    if rule.goto is not None:
        if rule.goto == draft.stage.name:
            return False
        divert(draft, rule.goto)
    elif rule.do == "reopen_slot":
        return put_right(draft)
    elif draft.is_answered:
        return False
    else:
        mend(draft, "repeat")
    return True


def _move_on(draft: Draft) -> None:
    """From stage to stage until one needs the caller, or the call is over."""
    if draft.is_settled and not draft.stage.is_final:
        return
    for _ in range(MAX_MOVES):
        if draft.stage.is_final:
            draft.is_over, draft.question = True, None
            return
        draft.clear_needless()
        if (question := _next_question(draft)) is not None:
            ask(draft, question)
            return
        if _must_wait(draft):
            return
        enter(draft, _way_out(draft))
    if draft.flow.on_fail is None:
        raise FlowStuck(f"flow {draft.flow.name!r} goes in circles at {draft.stage.name!r}")
    divert(draft, draft.flow.on_fail)
    draft.is_over, draft.question = draft.stage.is_final, None


def _next_question(draft: Draft) -> Question | None:
    """The open question if it is still one, else the first of the stage that has no answer yet."""
    active = {slot.name for slot in draft.active()}
    open_slot = draft.question.slot if draft.question else ""
    for name in sorted(draft.stage.collect, key=lambda name: name != open_slot):
        if name in active and (question := _question_about(draft, draft.flow.slots[name])):
            return question
    if draft.stage.review and not draft.is_reviewed:
        return Question(kind="review")
    return None


def _question_about(draft: Draft, slot: Slot) -> Question | None:
    if slot.name not in draft.slots and not propose_caller_id(draft, slot):
        return Question(kind="slot", slot=slot.name)
    must_confirm = draft.slots[slot.name].must_be_confirmed(slot)
    return Question(kind="confirm", slot=slot.name) if must_confirm else None


def _must_wait(draft: Draft) -> bool:
    awaits = draft.stage.awaits
    if awaits is None or awaits.key in draft.facts or _waited_s(draft) >= awaits.timeout_s:
        return False
    draft.question = None
    if draft.before.stage == draft.stage.name:
        say(draft, "waiting")
    return True


def _waited_s(draft: Draft) -> float:
    began = draft.entered_at or draft.heard.at
    return (draft.heard.at - began).total_seconds()


def _way_out(draft: Draft) -> str:
    scope = draft.scope()
    for branch in draft.stage.branches:
        if branch.when is None or branch.when.holds(scope):
            return branch.goto
    slots = (draft.flow.slots[name] for name in draft.stage.collect)
    goto = next((slot.on_fail for slot in slots if slot.on_fail), draft.flow.on_fail)
    assert goto is not None, "the loader has seen a way out"
    return goto
