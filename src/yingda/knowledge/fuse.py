"""Two ranked lists into one: the order by reciprocal ranks, the score by calibrated evidence. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from yingda.knowledge.types import Candidate, Chunk
from yingda.turns.types import DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A rising curve from a model's own scale to 0..1: `1 / (1 + e^(-slope * (value - midpoint)))`.

    `midpoint` is the value at which evidence is worth 0.5; `slope` says how fast it becomes certain (at 20, a
    tenth above the midpoint is worth 0.88, a tenth below it 0.12). Both belong to a model: unrelated texts
    have a cosine near 0.1 with one and near 0.5 with another. To set them, embed a few dozen questions with
    right and wrong passages and put the midpoint where right ones begin to outnumber wrong ones.
    """

    midpoint: float
    slope: float

    def apply(self, value: float) -> float:
        """The evidence in `value`, 0..1; never falls where `value` rises."""
        return 0.5 * (1 + math.tanh(0.5 * self.slope * (value - self.midpoint)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FuseConfig:
    """`rank_constant` damps the lead of first places; weights say how much each leg's order counts."""

    rank_constant: float = 60.0
    lexical_weight: float = 0.4
    vector_weight: float = 0.6
    cosine: Calibration = Calibration(midpoint=0.55, slope=20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """A chunk with its place in the joint order (`rank_score`, larger is better) and its evidence, 0..1."""

    chunk: Chunk
    rank_score: float
    score: float


def fuse(
    lexical: Sequence[Candidate], vector: Sequence[Candidate], config: FuseConfig | None = None
) -> list[Fused]:
    """Both legs' candidates (each best first), every chunk of `newest` versions once, in the joint order.

    Order: weighted reciprocal rank fusion, `sum of weight / (rank_constant + rank)`, ranks from 1 (Cormack,
    Clarke and Buettcher 2009); ties by document id, then ordinal. It uses agreement between the legs.
    Score: `strongest` of the lexical score and the calibrated cosine. It does not, so that two hints never
    make a proof. A later place may therefore carry a higher score.
    """
    settings = config or FuseConfig()
    fused: dict[str, Fused] = {}
    lexical, vector = newest(lexical, vector)
    for rank, found in enumerate(lexical, start=1):
        share = settings.lexical_weight / (settings.rank_constant + rank)
        _add(fused, found.chunk, share, found.score)
    for rank, found in enumerate(vector, start=1):
        share = settings.vector_weight / (settings.rank_constant + rank)
        _add(fused, found.chunk, share, settings.cosine.apply(found.score))
    return sorted(fused.values(), key=_order)


def newest(*legs: Sequence[Candidate]) -> list[list[Candidate]]:
    """The legs without what is out of date: of each document only the highest version that any leg holds.

    A document is replaced in one leg after the other; between the two an answer would quote both versions.
    """
    highest: dict[DocumentId, int] = {}
    for found in chain(*legs):
        chunk = found.chunk
        highest[chunk.document_id] = max(chunk.version, highest.get(chunk.document_id, 0))
    return [
        [found for found in leg if found.chunk.version == highest[found.chunk.document_id]] for leg in legs
    ]


def strongest(*evidence: float) -> float:
    """The best single piece of evidence, held to 0..1: passes a threshold if and only if one piece does."""
    return min(1.0, max(0.0, *evidence))


def _add(fused: dict[str, Fused], chunk: Chunk, share: float, evidence: float) -> None:
    known = fused.get(chunk.id)
    fused[chunk.id] = Fused(
        chunk=known.chunk if known else chunk,
        rank_score=share + (known.rank_score if known else 0.0),
        score=strongest(evidence, known.score if known else 0.0),
    )


def _order(fused: Fused) -> tuple[float, str, int]:
    return -fused.rank_score, fused.chunk.document_id, fused.chunk.ordinal
