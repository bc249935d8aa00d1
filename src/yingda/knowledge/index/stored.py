"""Chunks as tantivy documents and back; names and hashes of what scopes them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import orjson
import tantivy

from yingda.knowledge.analyzer import NO_WORDS, IndexText, Lexicon, fold, index_text
from yingda.knowledge.relevance import Evidence
from yingda.knowledge.types import Chunk
from yingda.turns.types import CollectionId, DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A chunk as the index holds it, read back."""

    chunk: Chunk
    evidence: Evidence


def schema() -> tantivy.Schema:
    """`body` and `heading` hold our tokens; the bytes are what reranking and the answer need back."""
    builder = tantivy.SchemaBuilder()
    for name in ("scope", "document"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("body", "heading"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("evidence", "heading_evidence", "chunk"):
        builder.add_bytes_field(name, stored=True)
    return builder.build()


def scope_key(tenant: str, collection: CollectionId) -> str:
    """A prefix for tokens: 96 bits of a hash, so that no two scopes share it and none can be forged."""
    digest = hashlib.blake2b(orjson.dumps([tenant, collection]), digest_size=12).digest()
    return base64.urlsafe_b64encode(digest).decode()


def document_key(scope: str, document_id: DocumentId) -> str:
    """One document of one scope."""
    return f"{scope}/{document_id}"


def document_from_chunk(scope: str, chunk: Chunk, lexicon: Lexicon) -> tantivy.Document:
    """The chunk as it is added to the index."""
    body, heading = _texts(chunk, lexicon)
    document = tantivy.Document()
    document.add_text("scope", scope)
    document.add_text("document", document_key(scope, chunk.document_id))
    document.add_text("body", _scoped(scope, body.tokens))
    document.add_text("heading", _scoped(scope, heading.tokens))
    document.add_bytes("evidence", body.evidence.encode())
    document.add_bytes("heading_evidence", heading.evidence.encode())
    document.add_bytes("chunk", orjson.dumps(chunk))
    return document


def evidence_from_chunk(chunk: Chunk, lexicon: Lexicon) -> Evidence:
    """What the index would have stored for the chunk, for one that another leg found."""
    body, heading = _texts(chunk, lexicon)
    return Evidence(body=body.evidence, heading=heading.evidence)


def stored_from_document(document: tantivy.Document) -> Stored:
    """What a hit is judged by and shown as."""
    body: bytes = document.get_first("evidence") or b""
    heading: bytes = document.get_first("heading_evidence") or b""
    evidence = Evidence(body=body.decode(), heading=heading.decode())
    return Stored(chunk=chunk_from_document(document), evidence=evidence)


def chunk_from_document(document: tantivy.Document) -> Chunk:
    """The chunk as it was added."""
    stored = orjson.loads(document.get_first("chunk") or b"{}")
    return Chunk(**{**stored, "heading": tuple(stored["heading"])})


def _texts(chunk: Chunk, lexicon: Lexicon) -> tuple[IndexText, IndexText]:
    """The file's name counts as a heading: often it alone says what a document is about."""
    heading = (PurePosixPath(chunk.source).stem, *chunk.heading)
    return _text(chunk.text, lexicon), _text(" / ".join(heading), lexicon)


def _text(text: str, lexicon: Lexicon) -> IndexText:
    """The text's tokens, and evidence in which its own words occur as they are asked for.

    Evidence takes Latin runs apart, and with them words of several runs (`x200 pro`) or with signs (`c++`).
    """
    made = index_text(text, lexicon)
    if lexicon is NO_WORDS:
        return made
    own = {word for _, word in lexicon.found(fold(text)) if word not in made.evidence}
    return replace(made, evidence=" ".join((made.evidence, *sorted(own), "")))


def _scoped(scope: str, tokens: list[str]) -> str:
    return " ".join([scope + token for token in tokens])
