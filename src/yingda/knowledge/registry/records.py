"""What the registry takes and tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from yingda.knowledge.types import Chunk, ParsedDocument
from yingda.turns.types import CollectionId, DocumentId

DocumentStatus = Literal["reserved", "active", "deleted"]
VersionStatus = Literal["active", "archived", "deleted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What an uploader says about a file (helpdesk 1.5); `published_at` is kept as written."""

    product_category: str = "unknown"
    applicable_version: str = "latest"
    knowledge_type: str = "doc"
    published_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What makes an upload the same as the version that is there: its bytes, and how they are read."""

    sha256: str
    recipe: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an upload will stand if nobody comes first: the document and the version it becomes."""

    document_id: DocumentId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """The living document of a source, as its current version says."""

    document_id: DocumentId
    version: int
    fingerprint: Fingerprint
    labels: Labels
    origin: str | None
    chunk_count: int

    @property
    def next(self) -> Place:
        """Where the next upload of the source will stand."""
        return Place(document_id=self.document_id, version=self.version + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A parsed and chunked upload; `chunks` already bear the ids of `place`.

    `is_reserved`: the document's id was given out before, and the document of that id is meant, whatever its
    name is by now.
    """

    place: Place
    source: str
    fingerprint: Fingerprint
    size_bytes: int
    parsed: ParsedDocument
    chunks: Sequence[Chunk]
    labels: Labels
    origin: str | None = None
    is_reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSummary:
    """A line of the list of documents."""

    document_id: DocumentId
    source: str
    status: DocumentStatus
    current_version: int
    version_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPage:
    """Documents, latest change first; `total` counts all of the collection."""

    items: tuple[DocumentSummary, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSummary:
    """One version of a document, without its text."""

    version: int
    status: VersionStatus
    sha256: str
    size_bytes: int
    chunk_count: int
    media_type: str
    page_count: int | None
    labels: Labels
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document with its versions, newest first."""

    summary: DocumentSummary
    versions: tuple[VersionSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """The text that the spans of passages and citations of this version count in."""

    document_id: DocumentId
    version: int
    source: str
    title: str | None
    media_type: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A deletion as committed: what is gone."""

    document_id: DocumentId
    collection: CollectionId
    source: str
    chunk_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of the audit trail."""

    document_id: DocumentId
    source: str
    version: int
    change: Literal["added", "replaced", "relabelled", "renamed", "enabled", "disabled", "deleted"]
    key_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The size of a collection: living documents, and the chunks of their current versions."""

    documents: int
    chunks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A document that an index does not hold as the registry says; `version` None: it must go.

    `vector_version` is the version that its stored vectors are of, None where there are none.
    """

    tenant: str
    collection: CollectionId
    document_id: DocumentId
    version: int | None
    vector_version: int | None
    chunk_count: int
