"""A follow-up edits the question before it: "by month?", "only the east", "and last month?", "top five?".

The words of the follow-up are read by the same reader as every question, joined to what was measured before;
what that reading adds to a bare one is the edit. So whatever a question can say, a follow-up can say as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from yingda.text_to_sql.fields import UnknownName, catalog
from yingda.text_to_sql.followup_words import (
    ADDS,
    ALL_TIME,
    BARE,
    DROPS,
    ENDS,
    ENDS_LEANING,
    FIRST,
    FIRST_OF,
    GROUPS,
    HAN,
    INSTEAD,
    LEAD,
    LONGEST_HAN,
    LONGEST_WORDS,
    NUMBERS,
    PERIOD_BEFORE,
    ROUND,
    ROUND_DOWN,
    SHARE,
    SWAPS,
    TAIL,
    TIME,
    WEAK,
    YEAR_BEFORE,
)
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.query import Condition, Order, Query
from yingda.understanding.normalise import fold

ReadAlone = Callable[[str], Query | None]
"""A question that stands alone as a query; None where it does not read, or reads in two ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The follow-up without its shell; `cue` is the word that tells what it changes.

    `is_sure`: nobody asks like that who does not go on with something.
    """

    core: str
    cue: str
    leans: bool
    is_sure: bool


def edited(model: SemanticModel, read: ReadAlone, previous: Query, text: str) -> Query | None:
    """The question before with the follow-up worked in; None where the text is no follow-up to it."""
    said = _said(text)
    if said is None:
        return None
    for change in (_by_pattern, _by_first):
        if (changed := change(previous, said.core)) is not None:
            return changed
    if (more := ADDS.match(fold(text).strip(ENDS))) is not None:
        return _added(read, previous, more["what"] or more["more"])
    if (target := DROPS.match(fold(text).strip(ENDS))) is not None:
        return _dropped(model, previous, target)
    if not said.leans or _stands_alone(read, said, text):
        return None
    return _by_reading(model, read, previous, said)


def _stands_alone(read: ReadAlone, said: _Said, text: str) -> bool:
    """ "By region" leans on what is measured, "revenue by region" says it."""
    if said.is_sure or said.cue not in WEAK:
        return False
    found = read(text)
    return found is not None and bool(found.measured)


def _said(text: str) -> _Said | None:
    folded = fold(text).strip()
    if len(HAN.findall(folded)) > LONGEST_HAN or len(folded.split()) > LONGEST_WORDS:
        return None
    lead = LEAD.search(folded)
    cue = (lead.groupdict().get("cue") or lead.groupdict().get("en") or "") if lead else ""
    bare = folded[lead.end() :] if lead else folded
    if HAN.search(folded):
        tail = TAIL.search(bare)
        bare = bare[: tail.start()] if tail and tail.start() else bare
    core = INSTEAD.sub(" ", bare).strip(f" ,，的{ENDS}")
    if lead is None:
        cue = BARE
    is_sure = ENDS_LEANING.search(folded) is not None
    starts = lead is not None or FIRST_OF.match(core) is not None
    return _Said(core=core, cue=cue, leans=is_sure or starts, is_sure=is_sure) if core else None


def _by_pattern(previous: Query, core: str) -> Query | None:
    if ROUND.match(core) or ROUND_DOWN.match(core):
        if not previous.measured or not previous.groupings:
            return None
        order = Order(name=previous.measured[0], is_descending=ROUND_DOWN.match(core) is not None)
        return replace(previous, order=(order,))
    if ALL_TIME.match(core):
        return replace(previous, time=None, compared=None) if previous.time else None
    if YEAR_BEFORE.match(core) and (previous.time or _grain(previous)):
        return replace(previous, compared="year_before")
    if PERIOD_BEFORE.match(core) and (previous.time or _grain(previous)):
        return replace(previous, compared="previous_period")
    if SHARE.match(core) and previous.measured and previous.groupings:
        return replace(previous, is_share=True)
    return None


def _grain(query: Query) -> bool:
    return any(one.grain for one in query.groupings)


def _by_first(previous: Query, core: str) -> Query | None:
    """Top or bottom N of the groups that were shown."""
    first = FIRST.match(core)
    if first is None or not previous.measured or not previous.groupings:
        return None
    order = Order(name=previous.measured[0], is_descending=first["top"] is not None)
    return replace(previous, order=(order,), limit=_number(first["count"]))


def _number(said: str) -> int:
    if said.isdigit():
        return int(said)
    if "十" in said:
        tens, _, ones = said.partition("十")
        return NUMBERS.get(tens, 1) * 10 + NUMBERS.get(ones, 0)
    return NUMBERS[said]


def _by_reading(model: SemanticModel, read: ReadAlone, previous: Query, said: _Said) -> Query | None:
    """The first way of putting the words beside what was measured that reads and says something new.

    Where all that reads is what there was already, it is asked for again.
    """
    is_same = False
    for question in _questions(model, previous, said):
        found = read(question)
        if found is None:
            continue
        if (changed := _merged(previous, found)) != previous:
            return changed
        is_same = is_same or bool(found.measured)
    return previous if is_same else None


def _questions(model: SemanticModel, previous: Query, said: _Said) -> Iterator[str]:
    names = catalog(model)
    try:
        labels = [names.label(name) for name in previous.measured]
    except UnknownName:
        return
    label = labels[0] if labels else _listed(model, previous)
    if said.cue in SWAPS:
        yield said.core
    if first := FIRST_OF.match(said.core):
        yield f"{label}最高的{first['count']}个{first['what']}"
        yield f"top {first['count']} {first['what']} by {label}"
    if HAN.search(said.core) or (HAN.search(label) and not said.core.isascii()):
        grouped = (f"各{said.core}的{label}", f"按{said.core}统计{label}")
        plain = (f"{said.core}的{label}",)
        yield from (*grouped, *plain) if said.cue in GROUPS else (*plain, *grouped)
    else:
        if said.cue in ("for", "in", "excluding", "without"):
            yield f"{label} {said.cue} {said.core}"
        is_grouping = said.cue in ("per",) or said.cue.endswith("by")
        is_grouping = is_grouping or said.core.startswith("by ")
        core = said.core.removeprefix("by ")
        wordings = ("{} by {}",) if is_grouping else ("{} {}", "{} in {}", "{} for {}", "{} by {}")
        yield from (wording.format(label, core) for wording in wordings)
    yield said.core


def _listed(model: SemanticModel, previous: Query) -> str:
    """What rows were shown of, for a list."""
    table = previous.shown[0].partition(".")[0] if previous.shown else ""
    found = next((one for one in model.tables if one.name == table), None)
    return (found.label or found.name) if found else ""


def _merged(previous: Query, found: Query) -> Query:
    """What the reading has beyond a bare one, put in the place of its like."""
    swaps = bool(found.measured) and found.measured != previous.measured
    changed = replace(
        previous,
        measured=found.measured if swaps else previous.measured,
        conditions=_conditions(previous.conditions, found.conditions),
        names=tuple(dict.fromkeys((*previous.names, *found.names))),
        time=found.time or previous.time,
        having=found.having or previous.having,
        compared=found.compared or previous.compared,
        is_share=found.is_share or previous.is_share,
    )
    if found.groupings and found.groupings != previous.groupings:
        changed = replace(changed, groupings=found.groupings, order=(), limit=None)
    if swaps and previous.measured:
        changed = replace(changed, order=_renamed(changed.order, previous.measured[0], found.measured[0]))
    if found.limit is not None:
        changed = replace(changed, limit=found.limit, order=found.order)
    return changed


def _added(read: ReadAlone, previous: Query, what: str) -> Query | None:
    """One more measure beside those there were."""
    found = read(what)
    if found is None or not found.measured or not previous.measured:
        return None
    measured = tuple(dict.fromkeys((*previous.measured, *found.measured)))
    return replace(previous, measured=measured) if measured != previous.measured else None


def _dropped(model: SemanticModel, previous: Query, target: re.Match[str]) -> Query | None:
    """The question before without its time, or what is grouped or filtered by that name or value."""
    what = target["what"]
    if TIME.fullmatch(what):
        return replace(previous, time=None, compared=None) if previous.time else None
    names = catalog(model)

    def is_meant(name: str, values: tuple[object, ...] = ()) -> bool:
        item = names.fields[name].item if name in names.fields else None
        said = (item.label, item.name, *item.synonyms) if item else ()
        return any(fold(str(word)) in (what, f"{what}s") for word in (*said, *values) if word)

    only_groups = bool(target["group"] or target["group_en"])
    only_filters = bool(target["filter"] or target["filter_en"])
    changed = replace(
        previous,
        conditions=tuple(
            one for one in previous.conditions if only_groups or not is_meant(one.name, one.values)
        ),
        groupings=tuple(one for one in previous.groupings if only_filters or not is_meant(one.name)),
    )
    return changed if changed != previous else None


def _conditions(before: tuple[Condition, ...], added: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """A condition takes the place of the one on the same dimension."""
    named = {one.name for one in added}
    return (*(one for one in before if one.name not in named), *added)


def _renamed(order: tuple[Order, ...], old: str, new: str) -> tuple[Order, ...]:
    return tuple(replace(one, name=new) if one.name == old else one for one in order)
