"""Passages that tell how their documents came in."""

from __future__ import annotations

from dataclasses import replace

from yingda.agents.provenance import with_provenance
from yingda.errors import StoreUnavailable
from yingda.testing import collect, turn
from yingda.turns.events import PassagesFound, TextDelta
from yingda.turns.types import DocumentId, Passage, Provenance

PAGE = Provenance(kind="url", url="https://shop.example/faq")
FIRST = Passage(
    id="a-1", document_id=DocumentId("a"), version=1, source="a", text="x", start=0, end=1, score=0.9
)
BROUGHT = replace(FIRST, id="ctx", document_id=DocumentId("ctx"))
FOUND = PassagesFound(passages=(FIRST, BROUGHT, FIRST), revision=3)


async def find(turn):
    yield FOUND
    yield TextDelta(text="x")


async def test_passages_learn_the_provenance_of_their_document():
    async def provenances(principal, wanted):
        assert (principal.tenant, wanted) == ("default", ("a", "ctx"))
        return {DocumentId("a"): PAGE}

    told = replace(FIRST, provenance=PAGE)
    assert await collect(with_provenance(find, provenances), turn("?")) == [
        PassagesFound(passages=(told, BROUGHT, told), revision=3),
        TextDelta(text="x"),
    ]


async def test_without_the_registry_they_stay_as_they_are():
    async def away(principal, wanted):
        raise StoreUnavailable("away")

    assert await collect(with_provenance(find, away), turn("?")) == [FOUND, TextDelta(text="x")]
