"""The answer of a model from the passages alone, its citations checked before anybody sees them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from yingda.agents.markers import MarkerFilter
from yingda.agents.prompts import PromptTemplate, load
from yingda.agents.unfound import NOT_FOUND
from yingda.agents.wording import LANGUAGES, as_data
from yingda.knowledge.cite import Support, supports
from yingda.knowledge.sentences import split
from yingda.llm.failures import ModelGarbled
from yingda.llm.types import ChatModel, Prompt, ReasoningChunk, TextChunk, UsageChunk
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock, SystemClock
from yingda.turns.events import (
    AnswerMissed,
    PassageCited,
    ReasoningDelta,
    StepTimed,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.options import Language
from yingda.turns.types import Passage, Turn
from yingda.understanding.language import language_of_turn

TEMPLATE = load("grounded")
PROMPT_VERSION = TEMPLATE.version
"""Changes with the template: answers are cached under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundedConfig:
    """`strong_support` is what a sentence without a marker needs to be given a source all the same.

    Only the first `unmarked_sentences` of such an answer are looked at.
    """

    max_tokens: int = 1024
    temperature: float = 0.2
    passage_chars: int = 1200
    strong_support: float = 0.75
    unmarked_sentences: int = 8


DEFAULTS = GroundedConfig()
SYSTEM_CLOCK = SystemClock()


def grounded(
    model: ChatModel,
    config: GroundedConfig = DEFAULTS,
    clock: Clock = SYSTEM_CLOCK,
    template: PromptTemplate = TEMPLATE,
) -> Answerer:
    """Asks the model about `turn.passages`; depends on them and `turn.question` only, so it can be cached.

    Each marker becomes a `PassageCited` if the passage supports the sentence it ends, and is dropped if not.
    Raises what the model raises, and ModelGarbled for an empty reply: that is no verdict on the passages.
    """

    async def ask_and_cite(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        started_s = clock.monotonic()
        reading = _Reading(turn.passages)
        async with aclosing(model.stream(grounded_prompt(turn, config, template))) as chunks:
            async for chunk in chunks:
                if type(chunk) is TextChunk:
                    if reading.passes(chunk.text):
                        yield TextDelta(text=chunk.text)
                        continue
                    for event in reading.read(chunk.text):
                        yield event
                elif type(chunk) is ReasoningChunk:
                    yield ReasoningDelta(text=chunk.text)
                elif type(chunk) is UsageChunk:
                    yield UsageReported(usage=chunk.usage)
        for event in reading.finish(language_of_turn(turn), config):
            yield event
        elapsed_ms = (clock.monotonic() - started_s) * 1000
        yield StepTimed(step="model", elapsed_ms=elapsed_ms, note=f"{model.name} {reading.note}")

    return ask_and_cite


def grounded_prompt(
    turn: Turn, config: GroundedConfig = DEFAULTS, template: PromptTemplate = TEMPLATE
) -> Prompt:
    """The one call: rules, numbered passages, question. Nothing in the data can close its delimiters."""
    language = language_of_turn(turn)
    passages = "\n".join(
        f'<passage n="{number}">\n{as_data(_with_heading(passage)[: config.passage_chars])}\n</passage>'
        for number, passage in enumerate(turn.passages, 1)
    )
    messages = template.messages(
        language=LANGUAGES[language],
        not_found=NOT_FOUND[language],
        passages=passages,
        question=as_data(turn.question),
    )
    return Prompt(messages=messages, max_tokens=config.max_tokens, temperature=config.temperature)


def _with_heading(passage: Passage) -> str:
    """The headings say what a passage is about where it does not say so itself."""
    missing = [part for part in passage.heading if part not in passage.text]
    return f"{' / '.join(missing)}\n{passage.text}" if missing else passage.text


class _Reading:
    """What the model said so far, and which of its markers held."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._filter = MarkerFilter()
        self._said: list[str] = []
        self._claim_start = 0
        self._claims: tuple[str, ...] = ()
        self._kept = self._dropped = self._added = 0

    @property
    def note(self) -> str:
        return f"cited={self._kept} dropped={self._dropped} added={self._added}"

    def passes(self, chunk: str) -> bool:
        """Whether the chunk is text as it stands, and then remembers it: the short way for most of them."""
        if not self._filter.passes(chunk):
            return False
        self._said.append(chunk)
        return True

    def read(self, chunk: str) -> Iterator[TurnEvent]:
        """The events of a chunk that may hold a marker, or end one."""
        return self._events(self._filter.feed(chunk))

    def finish(self, language: Language, config: GroundedConfig) -> Iterator[TurnEvent]:
        """The rest of the text; then sources for an answer without markers, or that there is no answer."""
        yield from self._events(self._filter.end())
        text = "".join(self._said)
        if not text.strip(_PUNCTUATION):
            raise ModelGarbled("the model said nothing")
        if not self._kept and not _is_answer(text):
            sentence = NOT_FOUND[language]
            if sentence.startswith(text.strip()) and (rest := sentence[len(text.strip()) :]):
                yield TextDelta(text=rest)
            yield AnswerMissed(reason="model_found_nothing")
        elif not self._kept:
            yield from self._unmarked(text, config)

    def _events(self, pieces: Iterator[str | tuple[int, ...]]) -> Iterator[TurnEvent]:
        for piece in pieces:
            if isinstance(piece, str):
                self._said.append(piece)
                yield TextDelta(text=piece)
            else:
                yield from self._cited(piece)

    def _cited(self, numbers: tuple[int, ...]) -> Iterator[PassageCited]:
        claims = self._vouched()
        for number in numbers:
            passage = self._passages[number - 1] if number <= len(self._passages) else None
            support = _first_support(claims, passage) if passage else None
            if passage is None or support is None:
                self._dropped += 1
                continue
            self._kept += 1
            yield _citation(passage, support)

    def _vouched(self) -> tuple[str, ...]:
        """What the marker vouches for: the text since the last marker, or failing that the whole sentence."""
        text = "".join(self._said)
        since = text[self._claim_start :]
        if since.strip(_PUNCTUATION):
            self._claim_start = len(text)
            claims = (_last_sentence(since[-CLAIM_CHARS:]), _last_sentence(text[-CLAIM_CHARS:]))
            self._claims = tuple(dict.fromkeys(claims))
        return self._claims

    def _unmarked(self, text: str, config: GroundedConfig) -> Iterator[PassageCited]:
        cited: set[str] = set()
        for sentence in split(text)[: config.unmarked_sentences]:
            said = text[sentence.start : sentence.end][:CLAIM_CHARS]
            found = [(supports(said, passage.text), passage) for passage in self._passages]
            support, passage = max(found, key=lambda each: (each[0].holds, each[0].score))
            if support.holds and support.score >= config.strong_support and passage.id not in cited:
                cited.add(passage.id)
                self._added += 1
                yield _citation(passage, support)


CLAIM_CHARS = 600
"""How far back a marker reaches at most; longer stretches without a full stop are no sentences."""
_PUNCTUATION = " \u3000\t\r\n。．.！!？?；;，,、：:*_)）"


def _last_sentence(text: str) -> str:
    sentences = split(text)
    return text[sentences[-1].start : sentences[-1].end] if sentences else ""


def _first_support(claims: Sequence[str], passage: Passage) -> Support | None:
    found = (supports(claim, passage.text) for claim in claims)
    return next((support for support in found if support.holds), None)


def _citation(passage: Passage, support: Support) -> PassageCited:
    return PassageCited(
        passage_id=passage.id,
        quote=passage.text[support.start : support.end],
        start=passage.start + support.start,
        end=passage.start + support.end,
    )


def _is_answer(text: str) -> bool:
    """False for the not-found sentence of any language, whatever stands beside it."""
    return not any(sentence.strip(_PUNCTUATION) in text for sentence in NOT_FOUND.values())
