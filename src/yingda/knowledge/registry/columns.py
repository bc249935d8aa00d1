"""What a version and its chunks look like as columns, and labels back from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from yingda.knowledge import tables as t
from yingda.knowledge.registry.records import Labels, NewVersion

LABELS = (
    t.versions.c.product_category,
    t.versions.c.applicable_version,
    t.versions.c.knowledge_type,
    t.versions.c.published_at,
)


def labels_from(row: Row[*tuple[Any, ...]]) -> Labels:
    """The labels of a row that has the columns of `LABELS`."""
    return Labels(
        product_category=row.product_category,
        applicable_version=row.applicable_version,
        knowledge_type=row.knowledge_type,
        published_at=row.published_at,
    )


def label_values(labels: Labels) -> dict[str, str | None]:
    """The columns of `LABELS`."""
    return {
        "product_category": labels.product_category,
        "applicable_version": labels.applicable_version,
        "knowledge_type": labels.knowledge_type,
        "published_at": labels.published_at,
    }


def chunk_rows(new: NewVersion) -> Sequence[dict[str, object]]:
    """A row for each chunk; its words are those of the version between `start` and `end`."""
    return [
        {
            "document_id": new.place.document_id,
            "version": new.place.version,
            "ordinal": chunk.ordinal,
            "id": chunk.id,
            "start": chunk.start,
            "end": chunk.end,
            "heading": list(chunk.heading),
            "page": chunk.page,
        }
        for chunk in new.chunks
    ]
