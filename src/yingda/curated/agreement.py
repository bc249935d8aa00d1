"""Whether two questions that sound alike can be the same: each check names a way in which they are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal

from yingda.curated.reading import Denial, Reading
from yingda.knowledge.quantities import Quantity

Difference = Literal[
    "figure", "code", "negation", "alternative", "direction", "party", "name", "question_type"
]

_NEAR: dict[frozenset[str], float] = {
    frozenset(pair): weight
    for pair, weight in (
        (("duration", "when"), 0.3),
        (("where", "how"), 0.3),
        (("where", "place"), 0.2),
        (("place", ""), 0.5),
        (("what", "place"), 0.5),
        (("what", "how"), 0.5),
        (("what", "where"), 0.5),
        (("what", "when"), 0.5),
        (("what", "duration"), 0.5),
        (("what", "amount"), 0.3),
        (("what", "count"), 0.7),
        (("amount", "count"), 0.4),
        (("what", ""), 0.4),
        (("how", ""), 0.2),
        (("whether", ""), 0.2),
        (("amount", ""), 0.6),
        (("count", ""), 0.6),
        (("when", ""), 0.6),
        (("duration", ""), 0.6),
        (("where", ""), 0.6),
    )
}
"""How far apart two types are, 0..1; what is not here cannot be the same question."""


def type_distance(one: Reading, other: Reading) -> float:
    """0 for the same type, 1 for types that exclude each other."""
    return 0.0 if one.asked == other.asked else _NEAR.get(frozenset((one.asked, other.asked)), 1.0)


def differences(one: Reading, other: Reading) -> tuple[Difference, ...]:
    """Every way in which they cannot be the same question; empty where nothing speaks against it."""
    return tuple(name for name, differ in _CHECKS if differ(one, other))


def _differ_in_figures(one: Reading, other: Reading) -> bool:
    if not one.figures or not other.figures:
        return bool(one.firm or other.firm)
    return not _pair_up(one.figures, other.figures)


def _pair_up(some: tuple[Quantity, ...], others: tuple[Quantity, ...]) -> bool:
    left = list(others)
    for quantity in some:
        found = next((other for other in left if quantity.agrees(other)), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _differ_in_negation(one: Reading, other: Reading) -> bool:
    if len(one.denied) != len(other.denied):
        return True
    return any(_deny_apart(mine, theirs) for mine, theirs in zip(one.denied, other.denied, strict=True))


def _deny_apart(mine: Denial, theirs: Denial) -> bool:
    if mine.next and theirs.next:
        return not mine.next & theirs.next
    return bool(mine.around and theirs.around and not mine.around & theirs.around)


def _take_other_sides(one: Reading, other: Reading) -> bool:
    """They name different alternatives of one group; one that names both takes no side."""
    return any(
        number == its_number and side != its_side
        for number, side in one.sides - other.sides
        for its_number, its_side in other.sides - one.sides
    )


def _lead_elsewhere(one: Reading, other: Reading) -> bool:
    straight = len(one.sources & other.sources) + len(one.targets & other.targets)
    crossed = len(one.sources & other.targets) + len(one.targets & other.sources)
    return crossed > straight


def _swap_parties(one: Reading, other: Reading) -> bool:
    shared = [party for party in one.parties if party in other.parties]
    return shared != [party for party in other.parties if party in shared]


def _differ_in_names(one: Reading, other: Reading) -> bool:
    return _lacks(one, other) or _lacks(other, one)


def _lacks(one: Reading, other: Reading) -> bool:
    """Whether the other has nothing of some name of this one."""
    words = {term.text for term in other.terms}
    return any(name not in words and name not in other.content for name in one.names)


_CHECKS: tuple[tuple[Difference, Callable[[Reading, Reading], bool]], ...] = (
    ("figure", _differ_in_figures),
    ("code", lambda one, other: Counter(one.codes) != Counter(other.codes)),
    ("negation", _differ_in_negation),
    ("alternative", _take_other_sides),
    ("direction", _lead_elsewhere),
    ("party", _swap_parties),
    ("name", _differ_in_names),
    ("question_type", lambda one, other: type_distance(one, other) >= 1.0),
)
