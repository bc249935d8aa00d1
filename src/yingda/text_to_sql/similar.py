"""Questions that can be asked: the choices behind an unclear word, and suggestions where nothing matches."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from functools import lru_cache

from yingda.text_to_sql.fields import catalog
from yingda.text_to_sql.model import SemanticModel, Table
from yingda.text_to_sql.parse_pieces import Piece
from yingda.text_to_sql.tokens import phrase_key
from yingda.text_to_sql.vocabulary import Meaning, vocabulary

SUGGESTION_COUNT = 4
_MODELS_KEPT = 16
_LIKE = 0.72


def choices_of(
    model: SemanticModel, question: str, piece: Piece, meanings: Iterable[Meaning]
) -> tuple[str, ...]:
    """The question with one piece said so that it has one of the meanings, for each of them."""
    is_han = any("\u4e00" <= char <= "\u9fff" for char in question)
    found = []
    for meaning in meanings:
        phrase = _phrase(model, meaning, is_han)
        if not phrase:
            continue
        before, after = question[: piece.start], question[piece.end :]
        if meaning.kind == "value" or piece.period is not None or piece.tag == "grain":
            phrase = f"{phrase}{piece.text}" if is_han else f"{phrase} {piece.text}"
        found.append(f"{before}{phrase}{after}")
    return tuple(dict.fromkeys(found))


def _phrase(model: SemanticModel, meaning: Meaning, is_han: bool) -> str:
    """What names this and nothing else, in the script of the question if there is such a phrase."""
    said = _phrases(model, meaning)
    clear = [phrase for phrase in said if _is_clear(model, phrase, meaning)]
    same = [phrase for phrase in clear if phrase.isascii() != is_han]
    return (same or clear or [""])[0]


def _phrases(model: SemanticModel, meaning: Meaning) -> list[str]:
    names = catalog(model)
    if meaning.name in names.fields:
        item, table = names.fields[meaning.name].item, names.fields[meaning.name].table
        owners = [owner for owner in (table.label, *table.synonyms, table.name.replace("_", " ")) if owner]
        own = [item.label, *item.synonyms, item.name.replace("_", " ")]
        owned = [f"{owner}{' ' if owner.isascii() else ''}{said}" for owner in owners for said in own if said]
        return [phrase for phrase in (*own, *owned) if phrase]
    if meaning.name in names.measures:
        table = names.measures[meaning.name].table
        measure = next(one for one in table.measures if f"{table.name}.{one.name}" == meaning.name)
        return [phrase for phrase in (measure.label, *measure.synonyms) if phrase]
    if meaning.kind == "table":
        table = names.tables[meaning.table]
        return [phrase for phrase in (table.label, *table.synonyms) if phrase]
    return []


def _is_clear(model: SemanticModel, phrase: str, meaning: Meaning) -> bool:
    known = vocabulary(model).meanings.get(phrase_key(phrase), ())
    return {one.name for one in known} == {meaning.name}


def suggestions(model: SemanticModel, unknown: Iterable[str] = ()) -> tuple[str, ...]:
    """Questions the model answers: such as name what is spelt like the unknown, onboarding ones, others."""
    wanted = [word.lower() for word in unknown]
    made = _made(model)
    close = [
        question
        for question, words in made
        if any(difflib.get_close_matches(word, words, 1, _LIKE) for word in wanted)
    ]
    return tuple(dict.fromkeys([*close, *(question for question, _ in made)]))[:SUGGESTION_COUNT]


@lru_cache(maxsize=_MODELS_KEPT)
def _made(model: SemanticModel) -> tuple[tuple[str, tuple[str, ...]], ...]:
    onboarding = [
        (one.question, tuple(one.question.lower().split()))
        for one in model.verified_queries
        if one.is_onboarding and one.approved_by
    ]
    return (*onboarding, *_questions(model))


def _questions(model: SemanticModel) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each measure by a dimension of its table or of one beside it, then how many rows there are."""
    for table in model.tables:
        for measure in table.measures:
            label = measure.label or measure.name.replace("_", " ")
            grouped = _group_label(model, table)
            if grouped:
                is_han = not label.isascii()
                question = f"各{grouped}的{label}" if is_han else f"{label} by {grouped}"
                yield question, (label.lower(), grouped.lower())
    for table in model.tables:
        label = table.label or table.name.replace("_", " ")
        yield (f"{label}有多少" if not label.isascii() else f"How many {label} are there?"), (label.lower(),)


def _group_label(model: SemanticModel, table: Table) -> str:
    plain = [
        one for one in table.dimensions if one.data_type == "string" and not (one.is_key or one.is_private)
    ]
    for one in plain:
        if one.name != table.title:
            return one.label or one.name.replace("_", " ")
    for relationship in model.relationships:
        if relationship.left == table.name and relationship.cardinality != "one_to_many":
            other = model.table(relationship.right)
            return other.label or other.name.replace("_", " ")
    return ""
