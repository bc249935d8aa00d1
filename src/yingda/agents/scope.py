"""What the caller wants the answer to rest on: documents by their ids, and a passage brought along."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from yingda.knowledge.sentences import split
from yingda.turns.answerer import Answerer
from yingda.turns.events import ScopeResolved, TurnEvent
from yingda.turns.types import Principal, Turn

States = Callable[[Principal, Sequence[str]], Awaitable[Mapping[str, str]]]
"""The states of the principal's documents by id: `ready`, or any other word for one that is not searchable.

An id that is nobody's, deleted or another tenant's is left out: who asks cannot tell these apart.
"""

READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeConfig:
    """`context_chars` bounds the passage brought along; it is cut where a sentence ends."""

    context_chars: int = 4000


DEFAULTS = ScopeConfig()


def with_scope(answer: Answerer, states: States, config: ScopeConfig = DEFAULTS) -> Answerer:
    """Leaves of the scope what can be searched, and of the context what there is room for, and tells both.

    A scope never widens: where nothing of it is left the answerer inside gets an empty one.
    """

    async def resolve_and_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        options = turn.options
        if options.scope is not None or options.context:
            context = cut_to_sentence(options.context, config.context_chars)
            resolved = await _resolved(turn, states)
            yield replace(resolved, is_context_cut=context != options.context)
            scope = None if options.scope is None else resolved.used
            turn = replace(turn, options=replace(options, scope=scope, context=context))
        async with aclosing(answer(turn)) as events:
            async for event in events:
                yield event

    return resolve_and_answer


async def _resolved(turn: Turn, states: States) -> ScopeResolved:
    wanted = tuple(dict.fromkeys(turn.options.scope or ()))
    known = await states(turn.principal, wanted) if wanted else {}
    return ScopeResolved(
        used=tuple(each for each in wanted if known.get(each) == READY),
        missing=tuple(each for each in wanted if each not in known),
        not_ready=tuple(each for each in wanted if known.get(each, READY) != READY),
    )


def cut_to_sentence(text: str, most_chars: int) -> str:
    """The text as far as there is room, up to the end of a sentence; a first one too long is cut within."""
    if len(text) <= most_chars:
        return text
    ends = [sentence.end for sentence in split(text[: most_chars + 1])[:-1]]
    return text[: ends[-1]] if ends else text[:most_chars]
