"""Turns answered by a FastGPT app: words leave as they come, markers become stages, questions are spoken."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal

from yingda.fastgpt.client import Completion, FastGPTClient
from yingda.fastgpt.codes import HANDED_OVER, Codes
from yingda.fastgpt.failures import FastGPTUnavailable
from yingda.fastgpt.names import ChatNames
from yingda.fastgpt.questions import Reply, reply_to
from yingda.fastgpt.replies import Asked, NodeRan, ReplyEvent, Said, Thought
from yingda.fastgpt.stages import StageConfig, StageReader
from yingda.fastgpt.standing import Standing, standing_from
from yingda.flows.memory import Memory
from yingda.turns.answerer import Answerer
from yingda.turns.events import (
    AnswerDegraded,
    FlowAdvanced,
    ReasoningDelta,
    StageEntered,
    StepTimed,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn, Usage
from yingda.workflows.stages import ended, led

Transfer = Callable[[Turn, str], Awaitable[Sequence[TurnEvent]]]
"""Puts a call in the queue of the desk for the reason that a code names, and tells what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyConfig:
    """`apology` is said where FastGPT fails before any text; the call goes to the desk as `failed_code`.

    A reported code in `handoffs` goes to the desk, too. `missing_marker`: a reply without one says nothing of
    its stage, or what the last one said.
    """

    stages: StageConfig = field(default_factory=StageConfig)
    missing_marker: Literal["none", "last"] = "none"
    handoffs: frozenset[str] = HANDED_OVER
    apology: str = "抱歉，系统暂时无法处理，正在为您转接人工。"
    failed_code: str = "0002"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyParts:
    """What a proxy works with; without `transfer` nothing is handed over, and a failure is an error.

    `amiss` counts what is wrong with the markers of replies, see `StageReader`.
    """

    client: FastGPTClient
    names: ChatNames
    memory: Memory
    codes: Codes
    transfer: Transfer | None = None
    amiss: Counter[str] = field(default_factory=Counter)


def proxy_answerer(parts: ProxyParts, config: ProxyConfig) -> Answerer:
    """Each turn is one completion of the session's chat; but a form's fields are asked here, one a turn."""

    async def pass_on(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        remembered = await parts.memory.recall(turn)
        relay = _Relay(parts, config, turn, standing_from(remembered.state_json))
        failure: FastGPTUnavailable | None = None
        has_spoken = False
        try:
            async with aclosing(relay.events(remembered.facts)) as events:
                async for event in events:
                    has_spoken = has_spoken or isinstance(event, TextDelta)
                    yield event
                    if isinstance(event, StageEntered) and event.code in config.handoffs and parts.transfer:
                        for handed_over in await parts.transfer(turn, event.code):
                            yield handed_over
        except FastGPTUnavailable as error:
            if has_spoken or parts.transfer is None:
                raise
            failure = error
        if failure is not None and parts.transfer is not None:
            for event in relay.apology(failure, await parts.transfer(turn, config.failed_code)):
                yield event

    return pass_on


class _Relay:
    """One turn on its way to FastGPT and back."""

    def __init__(self, parts: ProxyParts, config: ProxyConfig, turn: Turn, standing: Standing) -> None:
        self._client = parts.client
        self._config = config
        self._turn = turn
        self._standing = standing
        self._chat_id = parts.names.name(turn.principal, turn.external_id)
        self._reader = StageReader(parts.codes, config.stages, parts.amiss)
        self._last = standing.code if config.missing_marker == "last" else ""

    async def events(self, facts: Mapping[str, str]) -> AsyncGenerator[TurnEvent, None]:
        open_question, text = self._standing.question, self._turn.text
        reply = reply_to(open_question, text) if open_question else Reply(text=text)
        if reply.ask is not None:
            yield self._advanced(replace(self._standing, question=reply.ask))
            for event in self._read(reply.spoken):
                yield event
        else:
            async with aclosing(self._forwarded(reply.text, self._standing.untold(facts))) as events:
                async for relayed in events:
                    yield relayed
        for event in ended(self._reader, self._last):
            yield event

    def apology(self, failure: FastGPTUnavailable, handed_over: Sequence[TurnEvent]) -> Iterator[TurnEvent]:
        code = self._config.failed_code
        yield self._reader.entered(code)
        yield AnswerDegraded(reason=failure.code)
        yield self._advanced(replace(self._standing, code=code))
        yield from handed_over
        yield TextDelta(text=self._config.apology)

    async def _forwarded(self, text: str, untold: dict[str, str]) -> AsyncGenerator[TurnEvent, None]:
        turn, asked = self._turn, None
        completion = Completion(
            chat_id=self._chat_id,
            text=text,
            response_id=turn.id,
            variables=untold,
            user_id=turn.user_id,
        )
        async with aclosing(self._client.stream(completion)) as replies:
            async for told in replies:
                asked = told.question if isinstance(told, Asked) else asked
                for event in self._events(told):
                    yield event
        code = self._reader.code or self._standing.code
        sent = {**self._standing.sent, **untold}
        yield self._advanced(Standing(code=code, question=asked, sent=sent))

    def _events(self, told: ReplyEvent) -> Iterator[TurnEvent]:
        match told:
            case Said():
                yield from self._read(told.text)
            case Asked():  # on a line of its own; at the start of a reply blanks are dropped
                yield from self._read(f"\n{told.question.spoken}")
            case Thought():
                yield ReasoningDelta(text=told.text)
            case NodeRan():
                yield StepTimed(step=told.name, elapsed_ms=told.elapsed_s * 1000, note=told.kind)
                if told.model and (told.input_tokens or told.output_tokens):
                    yield UsageReported(usage=_usage(told))

    def _read(self, text: str) -> Iterator[TurnEvent]:
        return led(self._reader.read(text), self._reader, self._last)

    def _advanced(self, standing: Standing) -> FlowAdvanced:
        return FlowAdvanced(flow=self._config.stages.flow, state_json=standing.dump())


def _usage(node: NodeRan) -> Usage:
    return Usage(model=node.model, prompt_tokens=node.input_tokens, completion_tokens=node.output_tokens)
