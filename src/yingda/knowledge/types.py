"""Documents on their way from a file to a passage: parsed → chunked → indexed → retrieved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from yingda.turns.types import CollectionId, DocumentId, Passage, Principal

BlockKind = Literal["heading", "paragraph", "list_item", "table_row", "question", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of a document's text: `text[start:end]` in code points, never overlapping, in order.

    `heading` is the path of headings above it, outermost first (a heading's own path ends with itself);
    `level` is 1..6 for headings, the nesting depth from 1 for list items, else 0. `page` counts from 1.
    """

    kind: BlockKind
    start: int
    end: int
    heading: tuple[str, ...] = ()
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """What a parser makes of a file: readable text, and the structure found in it.

    `warnings` tell people what could not be read although the rest could.
    """

    text: str
    blocks: tuple[Block, ...]
    media_type: str
    title: str | None = None
    encoding: str | None = None
    page_count: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The unit of the index. `text` equals `document.text[start:end]`; `ordinal` counts from 0."""

    id: str
    document_id: DocumentId
    version: int
    source: str
    ordinal: int
    start: int
    end: int
    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A chunk that one leg of retrieval found; `score` is that leg's own, larger is better."""

    chunk: Chunk
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """What a retriever found, best first, and what it went through.

    Every passage passed the threshold; `best_score` is the best calibrated score seen, passed or not.
    `degraded` names legs that failed or ran late ("vector", "rerank"); `steps` are (name, ms, note).
    """

    passages: tuple[Passage, ...]
    best_score: float = 0.0
    degraded: tuple[str, ...] = ()
    steps: tuple[tuple[str, float, str], ...] = ()


class Retriever(Protocol):
    """Finds passages of the principal's collection; raises `errors.IndexUnavailable`."""

    async def retrieve(
        self,
        principal: Principal,
        collection: CollectionId,
        question: str,
        *,
        by_s: float,
        limit: int = 5,
        scope: frozenset[DocumentId] | None = None,
    ) -> Retrieval:
        """Best passages first. `by_s`, on the monotonic clock, ends the remote legs: what is there stands.

        `scope` leaves only these documents to be found, an empty one none.
        """
        ...

    def at(self, threshold: float) -> Retriever:
        """The same retriever, but what scores less than that (0..1) does not pass."""
        ...

    def revision(self, principal: Principal, collection: CollectionId) -> int:
        """A number that grows with every change of the collection; part of every cache key."""
        ...


class PassageIndex(Protocol):
    """The searchable copy of the chunks; can always be rebuilt from the SQL store.

    Synchronous, called from worker threads. One writer at a time (the caller's lock); any number of readers.
    """

    def replace(
        self, tenant: str, collection: CollectionId, document_id: DocumentId, chunks: Sequence[Chunk]
    ) -> None:
        """Make `chunks` all that the document consists of, at once: a reader sees the old or the new ones.

        No chunks: the document is gone from every later search. Durable on return.
        """
        ...

    def search(
        self,
        tenant: str,
        collection: CollectionId,
        question: str,
        limit: int,
        scope: frozenset[DocumentId] | None = None,
    ) -> list[Candidate]:
        """Best first, of these documents only; ties broken by document id, then ordinal."""
        ...

    def count(self, tenant: str, collection: CollectionId) -> int:
        """Chunks searchable now."""
        ...

    def clear(self) -> None:
        """Begin a rebuild with nothing; what is searched may stay until the adapter is told of its end."""
        ...
