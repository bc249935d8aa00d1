"""Items that say the same in the same words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from yingda.data_training.items import Item

Keep = Literal["first", "last", "by_metadata_time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Items that are one; all but `kept` can go."""

    kept: Item
    others: tuple[Item, ...]


def duplicates(items: Iterable[Item], keep: Keep) -> list[Group]:
    """Groups of at least two; blanks and case make no difference, an approved item is kept first."""
    same: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    for item in items:
        same[(item.kind, _folded(item.question), _folded(item.content))].append(item)
    return [_group(group, keep) for group in same.values() if len(group) > 1]


def _group(items: list[Item], keep: Keep) -> Group:
    by_age = sorted(
        items, key=lambda item: (item.created_at if keep == "first" else item.updated_at, item.id)
    )
    chosen = by_age if keep == "first" else by_age[::-1]
    kept = next((item for item in chosen if item.is_approved), chosen[0])
    return Group(kept=kept, others=tuple(item for item in by_age if item.id != kept.id))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
