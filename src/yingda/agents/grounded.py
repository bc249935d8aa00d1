"""The answer of a model from the passages alone, its citations checked before anybody sees them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from yingda.agents.citing import CLAIM_CHARS, PUNCTUATION, Checked, last_sentence
from yingda.agents.gate import Gate
from yingda.agents.markers import Marker, MarkerFilter
from yingda.agents.prompts import PromptTemplate, load
from yingda.agents.unfound import NOT_FOUND, Unfound, fallback_text, say_not_found
from yingda.agents.wording import LANGUAGES, as_data, length_rule, persona_rule
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
from yingda.turns.types import Passage, Turn
from yingda.understanding.language import language_of_turn

TEMPLATE = load("grounded")
PROMPT_VERSION = TEMPLATE.version
"""Changes with the template: answers are cached under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundedConfig:
    """`strong_support` is what a sentence without a marker needs to be given a source all the same.

    Only the first `unmarked_sentences` of such an answer are looked at. With a `gate` every sentence is held
    back until it is checked, and what no passage bears out is left out.
    """

    max_tokens: int = 1024
    temperature: float = 0.2
    passage_chars: int = 1200
    message_chars: int = 600
    strong_support: float = 0.75
    unmarked_sentences: int = 8
    gate: bool = False


DEFAULTS = GroundedConfig()
_HISTORY_MESSAGES = 6
"""For templates that show the conversation."""
SYSTEM_CLOCK = SystemClock()


def grounded(
    model: ChatModel,
    config: GroundedConfig = DEFAULTS,
    clock: Clock = SYSTEM_CLOCK,
    template: PromptTemplate = TEMPLATE,
    unfound: Unfound = say_not_found,
) -> Answerer:
    """Asks the model about `turn.passages`; depends on them, the question, options and project of the turn.

    Each marker becomes a `PassageCited` if the passage supports the sentence it ends, and is dropped if not.
    Raises what the model raises, and ModelGarbled for an empty reply, or where a gate lets nothing through:
    that is no verdict on the passages. Behind a gate `unfound` speaks for a model that finds no answer.
    """

    async def ask_and_cite(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        started_s = clock.monotonic()
        reading = _reading(turn, config)
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
        async with aclosing(_ending(reading, turn, unfound)) as ending:
            async for event in ending:
                yield event
        elapsed_ms = (clock.monotonic() - started_s) * 1000
        yield StepTimed(step="model", elapsed_ms=elapsed_ms, note=f"{model.name} {reading.note}")

    return ask_and_cite


async def _ending(reading: Gate | _Reading, turn: Turn, unfound: Unfound) -> AsyncGenerator[TurnEvent, None]:
    for event in reading.finish():
        yield event
    if reading.found_nothing:
        async with aclosing(unfound(turn, "model_found_nothing")) as said:
            async for event in said:
                yield event


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
        not_found=fallback_text(turn),
        length=length_rule(is_elaborate=bool(turn.options.is_elaborate)),
        persona=persona_rule(turn.project.persona),
        passages=passages,
        conversation=_conversation(turn, config),
        question=as_data(turn.question),
    )
    asked = turn.options.temperature
    temperature = config.temperature if asked is None else asked
    return Prompt(
        messages=messages,
        max_tokens=config.max_tokens,
        temperature=temperature,
        model=turn.project.model,
    )


def _conversation(turn: Turn, config: GroundedConfig) -> str:
    said = (f"{each.role}: {each.text[: config.message_chars]}" for each in turn.history[-_HISTORY_MESSAGES:])
    return as_data("\n".join(said))


def _with_heading(passage: Passage) -> str:
    """The headings say what a passage is about where it does not say so itself."""
    missing = [part for part in passage.heading if part not in passage.text]
    return f"{' / '.join(missing)}\n{passage.text}" if missing else passage.text


def _reading(turn: Turn, config: GroundedConfig) -> Gate | _Reading:
    if config.gate:
        return Gate(turn.passages, (fallback_text(turn), *NOT_FOUND.values()))
    return _Reading(turn, config)


class _Reading:
    """What the model said so far, let through as it comes, and which of its markers held."""

    found_nothing = False
    """It was said already, in the model's words."""

    def __init__(self, turn: Turn, config: GroundedConfig) -> None:
        self._config = config
        self._not_found = fallback_text(turn)
        self._checked = Checked(turn.passages)
        self._filter = MarkerFilter()
        self._said: list[str] = []
        self._claim_start = 0
        self._claims: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        checked = self._checked
        return f"cited={checked.kept} dropped={checked.dropped} added={checked.added}"

    def passes(self, chunk: str) -> bool:
        """Whether the chunk is text as it stands, and then remembers it: the short way for most of them."""
        if not self._filter.passes(chunk):
            return False
        self._said.append(chunk)
        return True

    def read(self, chunk: str) -> Iterator[TurnEvent]:
        """The events of a chunk that may hold a marker, or end one."""
        return self._events(self._filter.feed(chunk))

    def finish(self) -> Iterator[TurnEvent]:
        """The rest of the text; then sources for an answer without markers, or that there is no answer."""
        yield from self._events(self._filter.end())
        text = "".join(self._said)
        if not text.strip(PUNCTUATION):
            raise ModelGarbled("the model said nothing")
        if not self._checked.kept and not self._is_answer(text):
            sentence = self._not_found
            if sentence.startswith(text.strip()) and (rest := sentence[len(text.strip()) :]):
                yield TextDelta(text=rest)
            yield AnswerMissed(reason="model_found_nothing")
        elif not self._checked.kept:
            yield from self._unmarked(text)

    def _events(self, pieces: Iterator[str | Marker]) -> Iterator[TurnEvent]:
        for piece in pieces:
            if isinstance(piece, str):
                self._said.append(piece)
                yield TextDelta(text=piece)
            else:
                yield from self._checked.cited(piece, self._vouched())

    def _vouched(self) -> tuple[str, ...]:
        """What the marker vouches for: the text since the last marker, or failing that the whole sentence."""
        text = "".join(self._said)
        since = text[self._claim_start :]
        if since.strip(PUNCTUATION):
            self._claim_start = len(text)
            self._claims = tuple(dict.fromkeys((last_sentence(since), last_sentence(text))))
        return self._claims

    def _unmarked(self, text: str) -> Iterator[PassageCited]:
        cited: set[str] = set()
        for sentence in split(text)[: self._config.unmarked_sentences]:
            said = text[sentence.start : sentence.end][:CLAIM_CHARS]
            found = self._checked.source_of((said,), self._config.strong_support)
            if found and found.passage_id not in cited:
                cited.add(found.passage_id)
                yield found

    def _is_answer(self, text: str) -> bool:
        """False for the not-found sentence of any language, whatever stands beside it."""
        sentences = (self._not_found, *NOT_FOUND.values())
        return not any(sentence.strip(PUNCTUATION) in text for sentence in sentences)
