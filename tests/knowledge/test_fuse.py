import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.knowledge.fuse import Calibration, FuseConfig, fuse, newest, strongest
from yingda.knowledge.types import Candidate, Chunk
from yingda.turns.types import DocumentId

STEP = Calibration(midpoint=0.5, slope=20.0)


def found(document: str, ordinal: int, score: float, version: int = 1) -> Candidate:
    chunk = Chunk(
        id=f"{document}-{ordinal}" if version == 1 else f"{document}-{ordinal}-v{version}",
        document_id=DocumentId(document),
        version=version,
        source=f"{document}.md",
        ordinal=ordinal,
        start=0,
        end=4,
        text="text",
    )
    return Candidate(chunk=chunk, score=score)


def test_sums_weighted_reciprocal_ranks_of_both_legs():
    fused = fuse([found("a", 0, 0.9), found("b", 0, 0.2)], [found("b", 0, 0.7), found("c", 0, 0.6)])
    assert [(each.chunk.id, each.rank_score) for each in fused] == [
        ("b-0", pytest.approx(0.4 / 62 + 0.6 / 61)),
        ("c-0", pytest.approx(0.6 / 62)),
        ("a-0", pytest.approx(0.4 / 61)),
    ]


def test_breaks_ties_by_document_then_ordinal():
    even = FuseConfig(lexical_weight=0.5, vector_weight=0.5)
    fused = fuse(
        [found("b", 1, 0.9), found("a", 9, 0.8), found("c", 0, 0.7)],
        [found("b", 0, 0.9), found("a", 10, 0.8), found("c", 0, 0.7)],
        even,
    )
    assert [each.chunk.id for each in fused] == ["c-0", "b-0", "b-1", "a-9", "a-10"]


def test_scores_by_the_stronger_evidence_alone():
    config = FuseConfig(cosine=STEP)
    fused = fuse(
        [found("weak", 0, 0.45), found("words", 0, 0.8)],
        [found("weak", 0, 0.49), found("meaning", 0, 0.6)],
        config,
    )
    assert {each.chunk.document_id: round(each.score, 3) for each in fused} == {
        "weak": 0.45,
        "words": 0.8,
        "meaning": 0.881,
    }


def test_keeps_the_order_of_the_only_leg():
    assert [each.chunk.id for each in fuse([found("b", 0, 0.9), found("a", 0, 0.8)], [])] == ["b-0", "a-0"]


def test_keeps_only_the_highest_version_of_each_document():
    old, new, other = found("a", 0, 0.9), found("a", 0, 0.4, version=2), found("b", 0, 0.5)
    assert newest([old, other], [new, old]) == [[other], [new]]
    assert [each.chunk.id for each in fuse([old, other], [new, old])] == ["a-0-v2", "b-0"]


def test_of_nothing_is_nothing():
    assert fuse([], []) == []


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.01, 500))
def test_calibration_rises_and_stays_within_0_and_1(one, other, slope):
    low, high = (
        Calibration(midpoint=0.3, slope=slope).apply(value) for value in (min(one, other), max(one, other))
    )
    assert 0 <= low <= high <= 1


@given(st.lists(st.floats(-0.5, 1.5), min_size=1), st.floats(0.01, 1))
def test_passes_exactly_where_one_piece_of_evidence_does(evidence, threshold):
    assert (strongest(*evidence) >= threshold) == any(piece >= threshold for piece in evidence)
