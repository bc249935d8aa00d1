"""The embedded lexical index: tantivy files that hold our own tokens.

Every token carries its scope (tenant and collection, hashed) as a prefix. So a query cannot reach beyond its
scope, and document frequencies are those of the collection. A search works on one snapshot: it sees all of a
`replace` or nothing of it. The writer exists only while writing: at rest there is neither buffer nor lock.

Ties are broken by document id and ordinal. tantivy's statistics count deleted passages until it merges them
away, and average lengths over all scopes, so two indexes of equal content but different history may differ
in the last digits of a score.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import tantivy

from yingda.errors import IndexUnavailable
from yingda.knowledge.analyzer import NO_WORDS, Lexicon, QueryWeights, Question, question_from_text
from yingda.knowledge.index.folder import IndexFolder
from yingda.knowledge.index.overview import WHOLE_SCORE, overview_first, wants_whole
from yingda.knowledge.index.snapshot import Snapshot
from yingda.knowledge.index.stored import (
    chunk_from_document,
    document_from_chunk,
    document_key,
    evidence_from_chunk,
    schema,
    scope_key,
)
from yingda.knowledge.relevance import Calibration, Features, Relevance, probability
from yingda.knowledge.types import Candidate, Chunk
from yingda.turns.types import CollectionId, DocumentId

_MOST_OPENINGS = 256
"""Chunks of the documents in scope that are looked at for their beginnings."""

Lexicons = Callable[[str, CollectionId], Lexicon]
"""The own words of a tenant's collection; asked on every write and search, so it answers from memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TantivyConfig:
    """`writer_bytes` bounds the writer's buffer, at least 15 MB; `rerank_count` BM25 hits are rated."""

    writer_bytes: int = 32_000_000
    rerank_count: int = 20
    heading_weight: float = 0.6
    weights: QueryWeights = field(default_factory=QueryWeights)
    calibration: Calibration = field(default_factory=Calibration)


def no_lexicon(tenant: str, collection: CollectionId) -> Lexicon:
    """Collections without words of their own."""
    return NO_WORDS


class TantivyIndex:
    """A `PassageIndex` in a folder of its own; `Candidate.score` is the calibrated lexical score, 0..1."""

    def __init__(
        self, folder: Path, lexicons: Lexicons = no_lexicon, config: TantivyConfig | None = None
    ) -> None:
        self._lexicons = lexicons
        self._config = config or TantivyConfig()
        self._schema = schema()
        self._writing = threading.Lock()
        self._folder = IndexFolder(folder, self._schema)

    @property
    def needs_rebuild(self) -> bool:
        """The folder is new, damaged or of another version, or a rebuild is not finished.

        The caller then calls `clear`, `replace_many` with all it has, and `mark_built`, or `abandon` where
        that fails. Until `mark_built`, searches find what they found before; a damaged folder raises
        `errors.IndexUnavailable`.
        """
        return not self._folder.is_built

    def mark_built(self) -> None:
        """Say that all the caller has was written: it is searched from now on, also after a restart."""
        with self._writing:
            self._folder.finish()

    def clear(self) -> None:
        """Begin a rebuild with nothing, beside what is searched; `needs_rebuild` is true until its end."""
        with self._writing:
            self._folder.begin()

    def abandon(self) -> None:
        """End a rebuild that failed: all is as it was before `clear`."""
        with self._writing:
            self._folder.abandon()

    def replace(
        self, tenant: str, collection: CollectionId, document_id: DocumentId, chunks: Sequence[Chunk]
    ) -> None:
        """One document in one commit; durable and visible on return."""
        self.replace_many(tenant, collection, [(document_id, chunks)])

    def replace_many(
        self,
        tenant: str,
        collection: CollectionId,
        documents: Iterable[tuple[DocumentId, Sequence[Chunk]]],
    ) -> None:
        """Many documents in one commit: all become visible at once, an error leaves all as they were."""
        scope = scope_key(tenant, collection)
        lexicon = self._lexicons(tenant, collection)
        with self._writing, self._writer() as writer:
            for document_id, chunks in documents:
                writer.delete_documents_by_term("document", document_key(scope, document_id))
                for chunk in chunks:
                    writer.add_document(document_from_chunk(scope, chunk, lexicon))

    def count(self, tenant: str, collection: CollectionId) -> int:
        """Exact: deleted passages are not counted."""
        query = tantivy.Query.term_query(self._schema, "scope", scope_key(tenant, collection), "basic")
        with _as_unavailable():
            found = self._folder.searched().searcher().search(query, 1, count=True)
        return int(found.count)  # type: ignore[attr-defined]  # tantivy's own stub forgets it

    def search(
        self,
        tenant: str,
        collection: CollectionId,
        question: str,
        limit: int,
        scope: frozenset[DocumentId] | None = None,
    ) -> list[Candidate]:
        """The best by score of at least `rerank_count` BM25 hits; function words alone find nothing."""
        if limit < 1:
            return []
        if scope and wants_whole(question):
            return self._openings(tenant, collection, scope)[:limit]
        found = self.features(tenant, collection, question, max(limit, self._config.rerank_count), scope)
        rated = [
            Candidate(chunk=chunk, score=probability(features, self._config.calibration))
            for chunk, features in found
        ]
        rated.sort(key=lambda one: (-one.score, one.chunk.document_id, one.chunk.ordinal))
        return overview_first(question, rated)[:limit]

    def _openings(
        self, tenant: str, collection: CollectionId, scope: frozenset[DocumentId]
    ) -> list[Candidate]:
        """The documents as they begin: what a summary of them can rest on."""
        own = self._documents(scope_key(tenant, collection), scope)
        searcher = self._folder.searched().searcher()
        with _as_unavailable():
            hits = searcher.search(own, _MOST_OPENINGS, count=False).hits
            chunks = [chunk_from_document(searcher.doc(address)) for _, address in hits]
        chunks.sort(key=lambda chunk: (chunk.ordinal, chunk.document_id))
        return [Candidate(chunk=chunk, score=WHOLE_SCORE) for chunk in chunks]

    def features(
        self,
        tenant: str,
        collection: CollectionId,
        question: str,
        hit_count: int,
        within: frozenset[DocumentId] | None = None,
    ) -> list[tuple[Chunk, Features]]:
        """What the scores of the strongest BM25 hits are made of, strongest first.

        Words count by how rare they are in the whole collection, whichever documents are looked at.
        """
        asked = question_from_text(question, self._lexicons(tenant, collection), self._config.weights)
        snapshot = self._folder.snapshot()
        if not asked.terms:
            return []
        scope = scope_key(tenant, collection)
        with _as_unavailable():
            hits = snapshot.searcher.search(self._query(scope, asked, within), hit_count, count=False).hits
            found = [snapshot.stored(address.segment_ord, address.doc) for _, address in hits]
            relevance = self._relevance(snapshot, scope, asked)
        judged = [(stored.evidence, bm25) for stored, (bm25, _) in zip(found, hits, strict=True)]
        chunks = [stored.chunk for stored in found]
        return list(zip(chunks, relevance.features(judged), strict=True))

    def rate(
        self, tenant: str, collection: CollectionId, question: str, chunks: Sequence[Chunk]
    ) -> list[float]:
        """The lexical score of chunks that another leg found, near `search`'s scale, in the order given."""
        lexicon = self._lexicons(tenant, collection)
        asked = question_from_text(question, lexicon, self._config.weights)
        with _as_unavailable():
            relevance = self._relevance(self._folder.snapshot(), scope_key(tenant, collection), asked)
            return relevance.rate([evidence_from_chunk(chunk, lexicon) for chunk in chunks])

    def _relevance(self, snapshot: Snapshot, scope: str, asked: Question) -> Relevance:
        def document_count(token: str) -> int:
            return snapshot.document_count(scope + token)

        passage_count = snapshot.searcher.doc_freq("scope", scope)
        return Relevance(asked, document_count, passage_count, self._config.calibration)

    def _query(
        self, scope: str, asked: Question, within: frozenset[DocumentId] | None = None
    ) -> tantivy.Query:
        legs = []
        for term in asked.terms:
            for name, factor in (("body", 1.0), ("heading", self._config.heading_weight)):
                leg = tantivy.Query.term_query(self._schema, name, scope + term.text, "freq")
                legs.append((tantivy.Occur.Should, tantivy.Query.boost_query(leg, term.weight * factor)))
        words = tantivy.Query.boolean_query(legs)
        if within is None:
            return words
        own = self._documents(scope, within)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, words), (tantivy.Occur.Must, own)])

    def _documents(self, scope: str, within: frozenset[DocumentId]) -> tantivy.Query:
        keys = [document_key(scope, document_id) for document_id in within]
        own = tantivy.Query.term_set_query(self._schema, "document", keys)
        return tantivy.Query.const_score_query(own, 0.0)

    @contextmanager
    def _writer(self) -> Iterator[tantivy.IndexWriter]:
        """Commits and reloads after the block, keeps nothing of it where it raises."""
        index = self._folder.written()
        with _as_unavailable():  # another process may hold the writer's lock
            writer = index.writer(self._config.writer_bytes, 1)
        try:
            yield writer
            with _as_unavailable():
                writer.commit()
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()
        index.reload()


@contextmanager
def _as_unavailable() -> Iterator[None]:
    """tantivy reports every failure of its files as a `ValueError`."""
    try:
        yield
    except ValueError as error:
        raise IndexUnavailable(f"the index does not answer: {error}") from error
