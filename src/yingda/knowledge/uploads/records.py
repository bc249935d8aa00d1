"""What the queue of uploads takes and tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from yingda.turns.types import CollectionId, DocumentId, Principal

UploadKind = Literal["file", "url", "text", "qa"]
UploadState = Literal["queued", "parsing", "indexing", "ready", "failed"]

OPEN_STATES: tuple[UploadState, ...] = ("queued", "parsing", "indexing")
"""What a worker has still to do something about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """What a caller hands in; `data` None is to be fetched from `url`.

    `name` is wanted, another is given where it is taken. `suffix` tells the parser the format, `client_ref`
    makes a repeat of the call the same upload.
    """

    kind: UploadKind
    name: str
    suffix: str
    data: bytes | None
    url: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    client_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An upload as it entered the queue, or as it did when the same `client_ref` came first."""

    document_id: DocumentId
    name: str
    state: UploadState
    has_original: bool
    duplicate_of: DocumentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An upload in the hands of one worker; `claim` proves that it still is."""

    number: int
    claim: int
    tries: int
    document_id: DocumentId
    principal: Principal
    collection: CollectionId
    kind: UploadKind
    name: str
    suffix: str
    url: str
    size_bytes: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A document or an upload that may become one, as the list shows it.

    Numbers and digest are those of the current version where there is one. `has_original`: the bytes that it
    was made from are kept.
    """

    document_id: DocumentId
    name: str
    kind: UploadKind
    state: UploadState
    progress: int
    is_enabled: bool
    has_original: bool
    created_at: datetime
    updated_at: datetime
    url: str = ""
    final_url: str = ""
    size_bytes: int | None = None
    sha256: str | None = None
    page_count: int | None = None
    chunk_count: int | None = None
    fail_code: str | None = None
    fail_reason: str | None = None
    duplicate_of: DocumentId | None = None
    tags: tuple[str, ...] = ()
    language: str = ""
    client_ref: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries a list is of; None and empty ask for all."""

    state: str | None = None
    kind: UploadKind | None = None
    keyword: str = ""
    document_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Entries, newest first; `total` counts all that are wanted."""

    items: tuple[Entry, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What a document was made from, as it was sent."""

    name: str
    suffix: str
    size_bytes: int
    part_count: int
