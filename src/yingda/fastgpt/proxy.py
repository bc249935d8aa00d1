"""Turns answered by a FastGPT app: words leave as they come, markers become stages, questions are spoken."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from yingda.fastgpt.client import Completion, FastGPTClient
from yingda.fastgpt.codes import Codes
from yingda.fastgpt.failures import FastGPTUnavailable
from yingda.fastgpt.names import ChatNames
from yingda.fastgpt.questions import Reply, reply_to
from yingda.fastgpt.replies import Asked, NodeRan, ReplyEvent, Said, Thought
from yingda.fastgpt.stages import StageConfig, StageReader, Transfer, consequences
from yingda.fastgpt.standing import Standing, standing_from
from yingda.flows.memory import Memory
from yingda.turns.answerer import Answerer
from yingda.turns.events import (
    AnswerDegraded,
    FlowAdvanced,
    ReasoningDelta,
    StepTimed,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyConfig:
    """`apology` is said where FastGPT fails before any text; the call goes to the desk as `failed_code`."""

    stages: StageConfig = field(default_factory=StageConfig)
    apology: str = "抱歉，系统暂时无法处理，正在为您转接人工。"
    failed_code: str = "0002"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyParts:
    """What a proxy works with; without `transfer` nothing is handed over, and a failure is an error.

    `unnamed` counts codes that have no label.
    """

    client: FastGPTClient
    names: ChatNames
    memory: Memory
    codes: Codes
    transfer: Transfer | None = None
    unnamed: Counter[str] = field(default_factory=Counter)


def proxy_answerer(parts: ProxyParts, config: ProxyConfig) -> Answerer:
    """Each turn is one completion of the session's chat; but a form's fields are asked here, one a turn."""

    async def pass_on(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        failure: FastGPTUnavailable | None = None
        reader = StageReader(parts.codes, config.stages, parts.unnamed)
        remembered = await parts.memory.recall(turn)
        standing = standing_from(remembered.state_json)
        try:
            async with aclosing(_relayed(turn, parts, reader, standing, remembered.facts)) as events:
                async for event in events:
                    yield event
                    for handed_over in await consequences(turn, event, config.stages, parts.transfer):
                        yield handed_over
        except FastGPTUnavailable as error:
            if reader.has_spoken or parts.transfer is None:
                raise
            failure = error
        if failure is not None and parts.transfer is not None:
            yield reader.entered(config.failed_code)
            yield _advanced(reader, replace(standing, code=config.failed_code))
            yield AnswerDegraded(reason=failure.code)
            for handed_over in await parts.transfer(turn, config.failed_code):
                yield handed_over
            yield TextDelta(text=config.apology)

    return pass_on


async def _relayed(
    turn: Turn, parts: ProxyParts, reader: StageReader, standing: Standing, facts: Mapping[str, str]
) -> AsyncGenerator[TurnEvent, None]:
    reply = reply_to(standing.question, turn.text) if standing.question else Reply(text=turn.text)
    if reply.ask is not None:
        yield _advanced(reader, replace(standing, question=reply.ask))
        for said in reader.read(reply.spoken):
            yield said
        return
    untold, asked = standing.untold(facts), None
    completion = Completion(
        chat_id=parts.names.name(turn.principal, turn.external_id),
        text=reply.text,
        response_id=turn.id,
        variables=untold,
        user_id=turn.user_id,
    )
    async with aclosing(parts.client.stream(completion)) as replies:
        async for told in replies:
            asked = told.question if isinstance(told, Asked) else asked
            for event in _events(told, reader):
                yield event
    for event in reader.end(standing.code):
        yield event
    code = reader.code or standing.code
    yield _advanced(reader, Standing(code=code, question=asked, sent={**standing.sent, **untold}))


def _events(told: ReplyEvent, reader: StageReader) -> Iterator[TurnEvent]:
    match told:
        case Said():
            yield from reader.read(told.text)
        case Asked():
            yield from reader.read(f"\n{told.question.spoken}" if reader.has_spoken else told.question.spoken)
        case Thought():
            yield ReasoningDelta(text=told.text)
        case NodeRan():
            yield StepTimed(step=told.name, elapsed_ms=told.elapsed_s * 1000, note=told.kind)
            if told.model and (told.input_tokens or told.output_tokens):
                yield UsageReported(usage=_usage(told))


def _usage(node: NodeRan) -> Usage:
    return Usage(model=node.model, prompt_tokens=node.input_tokens, completion_tokens=node.output_tokens)


def _advanced(reader: StageReader, standing: Standing) -> FlowAdvanced:
    return FlowAdvanced(flow=reader.flow, state_json=standing.dump())
