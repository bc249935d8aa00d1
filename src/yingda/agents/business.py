"""A customer's own affairs: what is missing is asked for, what is found is told, changes wait for a yes.

`business.errand` says what is wanted; where its rules cannot, a model may (`tool_choice`). Whichever chose
the action, the same code checks its values and whose affair it is, and asks before anything is changed: the
confirmation is bound to the turn that described the change, and it expires.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import orjson

from yingda.agents.introduced import introduced
from yingda.agents.tool_choice import chosen_by
from yingda.business import wording
from yingda.business.actions import CATALOGUE, Action, carry_out, look
from yingda.business.consent import consent
from yingda.business.errand import Errand, answers, errand_of
from yingda.business.failures import NothingThere, NotSignedIn, NotTheirs, ShopFailure
from yingda.business.records import Found
from yingda.business.replies import confirmation, done, reply, sorry, summary, undone
from yingda.business.spotting import Spotted, spot
from yingda.business.standing import FLOW, NOTHING_OPEN, Pending, Standing, dump
from yingda.business.system import ShopSystem
from yingda.errors import StoreUnavailable
from yingda.llm.types import ChatModel
from yingda.turns.answerer import Answerer
from yingda.turns.events import (
    AgentChosen,
    AnswerDegraded,
    AnswerMissed,
    FlowAdvanced,
    PassagesFound,
    SlotFilled,
    TextDelta,
    ToolCalled,
    ToolReturned,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn
from yingda.understanding.intents import SURE, read
from yingda.understanding.language import language_of_turn

AGENT = "business"
"""Its name in the ledger and on some wires."""

_SHORT = 16
"""Characters up to which a question needs no subject of its own."""

_CONFIRMS = re.compile("确认|confirm", re.IGNORECASE)
_LOOKS_AT = {"create_return": "query_order", "cancel_return": "query_return"}
"""What is looked up for a change before it is described."""


class Memory(Protocol):
    """What the conversation left open; raises `errors.StoreUnavailable`."""

    async def recall(self, turn: Turn) -> Standing: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterConfig:
    """How long a described change can be confirmed, and whom a caller without a name speaks for,
    and the zone of the shop's days.
    """

    confirm_s: float = 600.0
    guest_id: str | None = None
    timezone: str = "Asia/Shanghai"


class Counter:
    """Where customers ask for their own affairs; `documents` tell what holds for everybody."""

    def __init__(
        self,
        shop: ShopSystem,
        memory: Memory,
        documents: Answerer,
        config: CounterConfig = CounterConfig(),
        model: ChatModel | None = None,
    ) -> None:
        self._shop = shop
        self._memory = memory
        self._documents = documents
        self._config = config
        self._model = model

    async def answer(self, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        """An `Answerer`: one turn at the counter."""
        async with aclosing(self.serve(turn, await self.standing(turn))) as events:
            async for event in events:
                yield event

    async def standing(self, turn: Turn) -> Standing:
        """What is open; nothing, where the store cannot say."""
        try:
            return await self._memory.recall(turn)
        except StoreUnavailable:
            return NOTHING_OPEN

    async def serve(self, turn: Turn, standing: Standing) -> AsyncGenerator[TurnEvent, None]:
        """One turn, given what was open before it; a question for what holds for all gets that as well."""
        errand = None
        events = await self._settled(turn, standing)
        if events is None:
            errand = errand_of(turn.text, turn.question, standing, self._now(turn))
            if self._model is not None and _is_in_doubt(turn, errand, standing):
                yield PassagesFound(passages=())  # the stream opens before a model is waited for
                seen, reply = await chosen_by(self._model, turn, standing)
                errand = seen or errand
                for usage in reply.usages:
                    yield UsageReported(usage=usage)
            events = await self._served(turn, standing, errand)
        for event in events:
            yield event
        if _wants_papers(turn, errand, events):
            async with aclosing(self._documents(turn)) as found, aclosing(introduced(found, turn)) as told:
                async for event in told:
                    if errand is None or not isinstance(event, AnswerMissed):
                        yield event

    async def _settled(self, turn: Turn, standing: Standing) -> Sequence[TurnEvent] | None:
        """What becomes of a change that waits for its yes; None where the talk is of something else."""
        action = standing.chosen
        if action is None:
            return None
        pending, errand = standing.pending, Errand(action=action, known=standing.known)
        verdict = consent(turn.text, cancelling=pending is not None and action.name == "cancel_return")
        if verdict == "no":
            return _said(wording.pick(wording.LEFT, language_of_turn(turn)), standing.done())
        if pending is None:
            return None
        if verdict is None:
            if _is_other_talk(turn):
                return None
            return await self._described(turn, standing, errand, wording.UNCLEAR)
        if turn.started_at > pending.expires_at:
            return await self._described(turn, standing, errand, wording.EXPIRED)
        return await self._changed(turn, standing, action, pending)

    async def _served(self, turn: Turn, standing: Standing, errand: Errand | None) -> Sequence[TurnEvent]:
        language = language_of_turn(turn)
        if errand is None:
            words = wording.NOTHING_WAITS if consent(turn.text) == "yes" else wording.UNCOVERED
            return _said(wording.pick(words, language), standing.done())
        learned = [SlotFilled(slot=name, value=value, quote=value) for name, value in errand.learned.items()]
        if self._customer(turn) is None:
            return [*learned, *_failed(turn, errand, NotSignedIn(), standing.done())]
        if missing := errand.missing:
            is_repeated = standing.asked == missing.name and standing.action == errand.action.name
            words = (wording.ASK_AGAIN if is_repeated else wording.ASK)[missing.name]
            asking = standing.asking(errand.action, errand.known, missing.name)
            return [*learned, *_said(wording.pick(words, language), asking)]
        if errand.action.write is not None:
            return [*learned, *await self._described(turn, standing, errand, None)]
        return [*learned, *await self._looked_up(turn, standing, errand)]

    async def _looked_up(self, turn: Turn, standing: Standing, errand: Errand) -> Sequence[TurnEvent]:
        found, events = await self._look(turn, errand)
        if isinstance(found, ShopFailure):
            return [*events, *_failed(turn, errand, found, standing.done())]
        over = replace(standing, known=errand.known).done()
        return [*events, *_said(reply(errand.action, found, errand.known, language_of_turn(turn)), over)]

    async def _described(
        self, turn: Turn, standing: Standing, errand: Errand, before: wording.Words | None
    ) -> Sequence[TurnEvent]:
        """Say what would happen, and wait for the yes to exactly that."""
        found, events = await self._look(turn, errand)
        if isinstance(found, ShopFailure):
            return [*events, *_failed(turn, errand, found, standing.done())]
        language, confirm_s = language_of_turn(turn), self._config.confirm_s
        text = confirmation(errand.action, found, errand.known, confirm_s, language)
        if before is not None:
            text = f"{wording.pick(before, language)}\n{text}"
        pending = Pending(token=turn.id, expires_at=turn.started_at + timedelta(seconds=confirm_s))
        waiting = replace(standing, action=errand.action.name, known=errand.known, asked="", pending=pending)
        return [*events, *_said(text, waiting)]

    async def _changed(
        self, turn: Turn, standing: Standing, action: Action, pending: Pending
    ) -> Sequence[TurnEvent]:
        errand = Errand(action=action, known=standing.known)
        called = _called(turn, action.name, errand)
        try:
            changed = await carry_out(self._shop, action, standing.known, self._customer(turn), pending.token)
        except ShopFailure as failure:
            text = undone(failure, action, standing.known, language_of_turn(turn))
            lost = [*_said(text, standing.done()), *_outage(failure)]
            return [*called, _returned(turn, action.name, failure), *lost]
        known = {**standing.known, "return_id": changed.return_id}
        over = replace(standing, known=known).done()
        text = done(action.name, changed, language_of_turn(turn))
        return [*called, _returned(turn, action.name, changed), *_said(text, over)]

    async def _look(self, turn: Turn, errand: Errand) -> tuple[Found | ShopFailure, Sequence[TurnEvent]]:
        tool = _LOOKS_AT.get(errand.action.name, errand.action.name)
        found: Found | ShopFailure
        try:
            found = await look(self._shop, errand.action, errand.known, self._customer(turn))
        except ShopFailure as failure:
            found = failure
        return found, [*_called(turn, tool, errand), _returned(turn, tool, found)]

    def _now(self, turn: Turn) -> datetime:
        return turn.started_at.astimezone(ZoneInfo(self._config.timezone)).replace(tzinfo=None)

    def _customer(self, turn: Turn) -> str | None:
        return turn.principal.user_id or turn.user_id or self._config.guest_id


def with_errands(answer: Answerer, counter: Counter) -> Answerer:
    """Lets the counter have the turns that answer its own question, or ask for a change outright."""

    async def serve_or_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        standing = await counter.standing(turn)
        if not _is_for_the_counter(turn, standing):
            async with aclosing(answer(turn)) as events:
                async for event in events:
                    yield event
            return
        score = read(turn.text).emotion_score
        yield AgentChosen(agent=AGENT, intent="business_query", confidence=0.95, emotion_score=score)
        async with aclosing(counter.serve(turn, standing)) as events:
            async for event in events:
                yield event

    return serve_or_answer


def _is_for_the_counter(turn: Turn, standing: Standing) -> bool:
    understood = read(turn.text)
    if understood.intent in ("transfer_to_human", "emotion_sensitive", "ticket"):
        return False
    if standing.pending and consent(turn.text) is not None:
        return True
    if standing.asked and (answers(turn.text, standing) or consent(turn.text) == "no"):
        return True
    spotted = spot(turn.text)
    if spotted is not None and (spotted.is_errand or _is_about_topic(turn.text, spotted, standing)):
        return True
    if standing.is_open and understood.confidence < SURE:
        return True
    return bool(standing.topic) and _CONFIRMS.search(turn.text) is not None and consent(turn.text) == "yes"


def _is_about_topic(said: str, spotted: Spotted, standing: Standing) -> bool:
    """A short question for what the talk is about anyway."""
    wanted = {each.name for each in CATALOGUE[spotted.action].inputs}
    return len(said) <= _SHORT and not spotted.is_rule and bool(wanted & set(standing.topic))


def _wants_papers(turn: Turn, errand: Errand | None, events: Sequence[TurnEvent]) -> bool:
    """What the papers say goes with a question that has no action, or asks for what holds for all."""
    if errand is not None:
        return errand.missing is not None and wording.WONDERS.search(turn.text) is not None
    return consent(turn.text) is None and not any(isinstance(event, ToolCalled) for event in events)


def _is_in_doubt(turn: Turn, errand: Errand | None, standing: Standing) -> bool:
    """The rules saw no action, or not the value that they had asked for."""
    if consent(turn.text) is not None:
        return False
    if errand is None or errand.is_guess:
        return True
    return errand.missing is not None and errand.missing.name == standing.asked


def _is_other_talk(turn: Turn) -> bool:
    spotted = spot(turn.text)
    return spotted is not None and spotted.is_errand


def _called(turn: Turn, tool: str, errand: Errand) -> list[TurnEvent]:
    arguments = orjson.dumps(dict(errand.known)).decode()
    return [ToolCalled(call_id=turn.id, tool=tool, arguments_json=arguments)]


def _returned(turn: Turn, tool: str, result: Found | ShopFailure) -> TurnEvent:
    """What came back, by its numbers and states; particulars stay out of the record."""
    if isinstance(result, ShopFailure):
        return ToolReturned(call_id=turn.id, tool=tool, result_json="{}", error=result.code)
    return ToolReturned(call_id=turn.id, tool=tool, result_json=orjson.dumps(summary(result)).decode())


def _said(text: str, standing: Standing) -> list[TurnEvent]:
    return [FlowAdvanced(flow=FLOW, state_json=dump(standing)), TextDelta(text=text)]


def _failed(turn: Turn, errand: Errand, failure: ShopFailure, over: Standing) -> list[TurnEvent]:
    """Tell the failure as what it is; after a wrong number another may be sent."""
    asked = errand.action.inputs[0].name if errand.action.inputs else ""
    is_wrong = isinstance(failure, NothingThere | NotTheirs) and asked
    left = {name: value for name, value in errand.known.items() if name != asked}
    after = over.asking(errand.action, left, asked) if is_wrong else over
    text = sorry(errand.action, errand.known, failure, language_of_turn(turn))
    return [*_said(text, after), *_outage(failure)]


def _outage(failure: ShopFailure) -> list[TurnEvent]:
    """Only an outage leaves the question unresolved: "no such order" is an answer."""
    lost = (AnswerDegraded(reason=failure.code), AnswerMissed(reason=failure.code))
    return [*lost] if failure.is_outage else []
