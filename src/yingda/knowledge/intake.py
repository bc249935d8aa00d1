"""From a file to a registered version: parse, chunk, embed, commit.

What takes time comes before the registry's short transaction. An upload that meets another one of the same
name half-way is chunked again for the place it really gets.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from yingda.errors import StoreUnavailable
from yingda.knowledge.embed import EmbeddingUnavailable, Vectors
from yingda.knowledge.keeper import NO_VECTORS, DocumentEmbedder, texts_from
from yingda.knowledge.library import Library
from yingda.knowledge.parse.refused import Mislabelled, NoText, TooBig
from yingda.knowledge.registry.documents import Overtaken
from yingda.knowledge.registry.records import Current, Fingerprint, Labels, NewVersion, Place
from yingda.knowledge.types import Chunk, ParsedDocument
from yingda.turns.types import CollectionId, DocumentId, Principal

log = logging.getLogger(__name__)

Chunker = Callable[[DocumentId, int, str, ParsedDocument], Sequence[Chunk]]
"""Document, version, source, parsed text: the chunks, in order; runs in a worker thread."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_COLLISIONS = 100


class Parser(Protocol):
    """Reads a file of any kind away from the event loop; raises `parse.refused.DocumentRefused`."""

    async def parse(self, data: bytes, filename: str) -> ParsedDocument: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeConfig:
    """`recipe` names parser and chunker: raise it when they change, and equal bytes become a new version."""

    max_bytes: int = 20 * 1024 * 1024
    recipe: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file on its way in; `read` is called in a worker thread when its turn has come.

    `source` comes from `names`; `origin` names the watched folder that the file lies in. `document_id` was
    given out by `uploads`; the name is then a matter of the registry. `filename` is what the parser is told
    where it is not the source, `media_types` what the content may turn out to be, empty for anything.
    """

    source: str
    read: Callable[[], bytes]
    labels: Labels = field(default_factory=Labels)
    origin: str | None = None
    document_id: DocumentId | None = None
    filename: str = ""
    media_types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A file as the registry holds it now; the index comes next.

    `has_vectors` None: nothing was embedded. `warnings` are what the parser had to leave out.
    """

    source: str
    place: Place
    outcome: Literal["added", "replaced", "unchanged"]
    sha256: str
    chunk_count: int
    repeated_count: int = 0
    has_vectors: bool | None = None
    warnings: tuple[str, ...] = ()


class Intake:
    """Makes versions of files; safe to call many times at once."""

    def __init__(
        self,
        library: Library,
        parser: Parser,
        chunker: Chunker,
        embedder: DocumentEmbedder | None = None,
        config: IntakeConfig | None = None,
    ) -> None:
        self._documents = library.documents
        self._keeper = library.keeper
        self._parser = parser
        self._chunker = chunker
        self._embedder = embedder
        self._config = config or IntakeConfig()

    async def register(
        self, principal: Principal, collection: CollectionId, incoming: Incoming
    ) -> Registered:
        """Make the file the current version of its source, unless it is that already.

        Raises `DocumentRefused` and `StoreUnavailable`, `NotFound` for an id that was deleted meanwhile, and
        what `read` raises. The vectors of a new version
        are offered to the keeper; the caller withdraws them once the index has been written.
        """
        data = await asyncio.to_thread(incoming.read)
        if len(data) > self._config.max_bytes:
            raise TooBig
        sha256 = (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()
        fingerprint = Fingerprint(sha256=sha256, recipe=self._config.recipe)
        current = await self._current(principal, collection, incoming)
        if current is not None and current.fingerprint == fingerprint:
            return await self._keep(principal, collection, incoming, current)
        parsed = _storable(await self._parser.parse(data, incoming.filename or incoming.source))
        if incoming.media_types and parsed.media_type not in incoming.media_types:
            raise Mislabelled
        draft = _Draft(incoming=incoming, fingerprint=fingerprint, size_bytes=len(data), parsed=parsed)
        return await self._settle(principal, collection, draft, current)

    async def _current(
        self, principal: Principal, collection: CollectionId, incoming: Incoming
    ) -> Current | None:
        if incoming.document_id is not None:
            return await self._documents.behind(principal, incoming.document_id)
        return await self._documents.current(principal, collection, incoming.source)

    async def _settle(
        self, principal: Principal, collection: CollectionId, draft: _Draft, current: Current | None
    ) -> Registered:
        """Try for the next place until no other upload of the source comes first; embed only once."""
        vectors: Vectors | None = None
        for _ in range(_COLLISIONS):
            new, repeated_count = await self._version(draft, _next_place(draft.incoming, current))
            if vectors is None:
                vectors = await self._embed(new.chunks)
            try:
                await self._put(principal, collection, new, vectors)
                return _registered(new, repeated_count, has_vectors=len(vectors) > 0)
            except Overtaken as overtaken:
                current = overtaken.current
            if current is not None and current.fingerprint == draft.fingerprint:
                return await self._keep(principal, collection, draft.incoming, current)
        raise StoreUnavailable(f"too many uploads of {draft.incoming.source} at once", retry_after_s=1)

    async def _keep(
        self, principal: Principal, collection: CollectionId, incoming: Incoming, current: Current
    ) -> Registered:
        if incoming.document_id is None:
            await self._documents.relabel(
                principal, collection, incoming.source, incoming.labels, incoming.origin
            )
        return Registered(
            source=incoming.source,
            place=Place(document_id=current.document_id, version=current.version),
            outcome="unchanged",
            sha256=current.fingerprint.sha256,
            chunk_count=current.chunk_count,
        )

    async def _version(self, draft: _Draft, place: Place) -> tuple[NewVersion, int]:
        """The upload as it would stand there, and how many of its chunks were exact repetitions."""
        source = draft.incoming.source
        made = await asyncio.to_thread(self._chunker, place.document_id, place.version, source, draft.parsed)
        if not made:
            raise NoText
        chunks = _distinct(made)
        new = NewVersion(
            place=place,
            source=source,
            fingerprint=draft.fingerprint,
            size_bytes=draft.size_bytes,
            parsed=draft.parsed,
            chunks=chunks,
            labels=draft.incoming.labels,
            origin=draft.incoming.origin,
            is_reserved=draft.incoming.document_id is not None,
        )
        return new, len(made) - len(chunks)

    async def _embed(self, chunks: Sequence[Chunk]) -> Vectors:
        """A row a chunk, or no rows: words alone find the document until the keeper embeds it later."""
        if self._embedder is not None:
            try:
                return await self._embedder.documents(texts_from(chunks))
            except EmbeddingUnavailable as error:
                log.warning("%s stays without vectors for now: %s", chunks[0].source, error)
        return NO_VECTORS

    async def _put(
        self, principal: Principal, collection: CollectionId, new: NewVersion, vectors: Vectors
    ) -> None:
        if len(vectors):
            self._keeper.offer(new.place, vectors)
        try:
            await self._documents.put(principal, collection, new)
        except BaseException:
            self._keeper.withdraw(new.place)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    incoming: Incoming
    fingerprint: Fingerprint
    size_bytes: int
    parsed: ParsedDocument


def _next_place(incoming: Incoming, current: Current | None) -> Place:
    if current is not None:
        return current.next
    return Place(document_id=incoming.document_id or DocumentId(secrets.token_hex(16)), version=1)


def _distinct(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """The first of each, in order: the same words under the same heading say nothing twice."""
    first: dict[tuple[tuple[str, ...], str], Chunk] = {}
    for chunk in chunks:
        first.setdefault((chunk.heading, chunk.text), chunk)
    return tuple(first.values())


def _registered(new: NewVersion, repeated_count: int, *, has_vectors: bool) -> Registered:
    return Registered(
        source=new.source,
        place=new.place,
        outcome="added" if new.place.version == 1 else "replaced",
        sha256=new.fingerprint.sha256,
        chunk_count=len(new.chunks),
        repeated_count=repeated_count,
        has_vectors=has_vectors,
        warnings=new.parsed.warnings,
    )


def _storable(parsed: ParsedDocument) -> ParsedDocument:
    """Without what no database takes (U+0000, lone surrogates), position by position."""
    if _UNSTORABLE.search(parsed.text) is None:
        return parsed
    return replace(parsed, text=_UNSTORABLE.sub("\ufffd", parsed.text))
