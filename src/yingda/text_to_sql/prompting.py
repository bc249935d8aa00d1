"""What a model is shown: the part of the semantic model that a question is about, examples, little else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yingda.llm.types import Prompt
from yingda.safety.mask import masked
from yingda.text_to_sql import prompts, query_json
from yingda.text_to_sql.model import Dimension, SemanticModel, Table, VerifiedQuery
from yingda.text_to_sql.naming import words_of
from yingda.text_to_sql.types import Asked, Rows
from yingda.turns.events import Scalar
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn
from yingda.understanding.normalise import fold

_DELIMITER = re.compile(
    r"<(?=\s*/?\s*(?:model|examples|previous|question|reply|error|rows|conversation)\b)", re.IGNORECASE
)
_LANGUAGES = {"zh": "Chinese (中文)", "en": "English", "ja": "Japanese", "ko": "Korean", "th": "Thai"}
_HISTORY_MESSAGES = 6
_MESSAGE_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptingConfig:
    """How much of a model and of rows goes into a prompt.

    Models of up to `whole_tables_count` tables are shown whole, of larger ones the tables nearest to the
    question. `summary_rows_count` rows may be sent for a summary, personal data masked; 0 sends none, ever.
    """

    max_tokens: int = 1200
    summary_tokens: int = 300
    whole_tables_count: int = 8
    tables_count: int = 6
    values_count: int = 8
    examples_count: int = 4
    summary_rows_count: int = 0


DEFAULTS = PromptingConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A reply that does not hold, and why: `kind` is the rule it broke or how the database failed."""

    reply: str
    kind: str
    error: str


def sql_prompt(model: SemanticModel, asked: Asked, config: PromptingConfig = DEFAULTS) -> Prompt:
    """The one call that writes SQL on the common path."""
    previous = query_json.dump(asked.previous) if asked.previous else ""
    return Prompt(
        messages=prompts.messages(
            "sql",
            dialect=model.dialect,
            today=asked.today.isoformat(),
            model=as_data(described_model(model, asked.question, config)),
            examples=as_data(_examples(model, asked.question, config)),
            previous=as_data(previous),
            question=as_data(asked.question),
        ),
        max_tokens=config.max_tokens,
        temperature=0.0,
    )


def repair_prompt(
    model: SemanticModel, asked: Asked, broken: Broken, config: PromptingConfig = DEFAULTS
) -> Prompt:
    """The schema again, with what was wrong and what kind of wrong that is."""
    return Prompt(
        messages=prompts.messages(
            "repair",
            dialect=model.dialect,
            today=asked.today.isoformat(),
            model=as_data(described_model(model, asked.question, config)),
            question=as_data(asked.question),
            reply=as_data(broken.reply),
            kind=as_data(broken.kind),
            error=as_data(broken.error),
        ),
        max_tokens=config.max_tokens,
        temperature=0.0,
    )


def summary_prompt(turn: Turn, rows: Rows, config: PromptingConfig) -> Prompt:
    """At most `summary_rows_count` rows, with personal data made unreadable."""
    sent = rows.rows[: config.summary_rows_count]
    lines = [" | ".join(rows.columns), *(" | ".join(map(_cell, row)) for row in sent)]
    return Prompt(
        messages=prompts.messages(
            "summary",
            language=_LANGUAGES[language_of_turn(turn)],
            shown=str(len(sent)),
            total=str(rows.row_count),
            question=as_data(turn.question),
            rows=as_data(masked("\n".join(lines))),
        ),
        max_tokens=config.summary_tokens,
        temperature=0.0,
    )


def chat_prompt(turn: Turn, model: SemanticModel, suggestions: Sequence[str]) -> Prompt:
    """For what asks for no rows; the conversation goes along."""
    said = (f"{each.role}: {each.text[:_MESSAGE_CHARS]}" for each in turn.history[-_HISTORY_MESSAGES:])
    return Prompt(
        messages=prompts.messages(
            "chat",
            data=model.label or model.name,
            language=_LANGUAGES[language_of_turn(turn)],
            suggestions="; ".join(suggestions) or "-",
            conversation=as_data("\n".join(said)),
            question=as_data(turn.question),
        )
    )


def as_data(text: str) -> str:
    """The text without anything that could close the delimiters around it."""
    return _DELIMITER.sub("‹", text)


def _cell(value: Scalar) -> str:
    return "" if value is None else str(value).replace("\n", " ")


def described_model(model: SemanticModel, question: str, config: PromptingConfig) -> str:
    """Tables, joins, metrics and notes that the question may need, a line each."""
    tables = _nearest(model, question, config)
    named = {table.name for table in tables}
    lines = [line for table in tables for line in _table(table, config)]
    for one in model.relationships:
        if one.left in named and one.right in named:
            on = " AND ".join(f"{one.left}.{left} = {one.right}.{right}" for left, right in one.columns)
            lines.append(f"join {one.name}: {on} ({one.cardinality})")
    for metric in model.metrics:
        lines.append(f"metric {metric.name} [{_known_as(metric.label, metric.synonyms)}] = {metric.expr}")
    return "\n".join([*lines, *(f"note: {note}" for note in model.notes)])


def _nearest(model: SemanticModel, question: str, config: PromptingConfig) -> list[Table]:
    """By how much of their words the question holds, and the tables that join the ones chosen."""
    if len(model.tables) <= config.whole_tables_count:
        return list(model.tables)
    asked = _pieces(question)
    scored = sorted(model.tables, key=lambda table: -len(asked & _pieces(" ".join(words_of(table)))))
    chosen = {table.name for table in scored[: config.tables_count]}
    for one in model.relationships:
        ends = {one.left, one.right}
        if len(ends & chosen) == 1 and _is_bridge(model, (ends - chosen).pop(), chosen):
            chosen |= ends
    return [table for table in model.tables if table.name in chosen]


def _is_bridge(model: SemanticModel, name: str, chosen: set[str]) -> bool:
    neighbours = {
        other
        for one in model.relationships
        for here, other in ((one.left, one.right), (one.right, one.left))
        if here == name
    }
    return len(neighbours & chosen) >= 2


def _pieces(text: str) -> set[str]:
    """Latin words, and pairs of Han characters."""
    folded = fold(text.replace("_", " "))
    words = {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", folded)}
    runs = re.findall(r"[\u4e00-\u9fff]+", folded)
    return words | {run[at : at + 2] for run in runs for at in range(len(run) - 1)}


def _table(table: Table, config: PromptingConfig) -> Iterable[str]:
    known = _known_as(table.label, table.synonyms)
    yield f"table {table.source} as {table.name} [{known}] {table.description}".rstrip()
    for dimension in table.dimensions:
        about = _about(dimension, config)
        yield f"  dimension {dimension.name} {dimension.data_type} = {dimension.expr}{about}"
    for time in table.time_dimensions:
        yield f"  time {time.name} {time.data_type} = {time.expr} [{_known_as(time.label, time.synonyms)}]"
    for measure in table.measures:
        known = _known_as(measure.label, measure.synonyms)
        yield f"  measure {measure.name} = {measure.aggregation}({measure.expr}) [{known}]"
    for named in table.filters:
        yield f"  filter {named.name} = {named.expr} [{_known_as(named.label, named.synonyms)}]"


def _about(dimension: Dimension, config: PromptingConfig) -> str:
    known = f" [{_known_as(dimension.label, dimension.synonyms)}]"
    if dimension.is_private or not dimension.values:
        return known
    some = "values" if dimension.has_all_values else "such as"
    return f"{known} {some}: {', '.join(dimension.values[: config.values_count])}"


def _known_as(label: str, synonyms: Sequence[str]) -> str:
    return ", ".join(word for word in (label, *synonyms) if word)


def _examples(model: SemanticModel, question: str, config: PromptingConfig) -> str:
    """The approved questions that share the most with this one; what shares nothing helps nobody."""
    asked = _pieces(question)
    scored = [(_shared(one, asked), one) for one in model.verified_queries if one.approved_by]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    return "\n".join(f"Q: {one.question}\nSQL: {one.sql}" for _, one in best[: config.examples_count])


def _shared(one: VerifiedQuery, asked: set[str]) -> float:
    pieces = _pieces(" ".join((one.question, *one.other_questions)))
    return len(pieces & asked) / (len(pieces | asked) or 1)
