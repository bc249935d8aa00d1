"""`/api/v1/knowledge`: upload, list, show, delete, count (helpdesk 1.5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Path, Query, UploadFile
from starlette.responses import Response

from yingda.dialects.helpdesk.wire import Text
from yingda.errors import NotFound
from yingda.knowledge.ingest import Ingestor, IngestResult
from yingda.knowledge.library import Library
from yingda.knowledge.registry.records import Document, DocumentSummary, Labels, VersionSummary
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response

PREFIX = "doc-"
MAX_OFFSET = 1_000_000_000

DocName = Annotated[Text, Path(max_length=64, description="`doc-` and 32 hexadecimal digits.")]
Label = Annotated[Text, Form(max_length=128)]
KnowledgeType = Literal["faq", "policy", "doc", "tutorial", "ticket"]


async def labels_from_form(
    product_category: Label = "unknown",
    applicable_version: Label = "latest",
    knowledge_type: Annotated[KnowledgeType, Form()] = "doc",
    published_at: Annotated[Text | None, Form(max_length=64)] = None,
) -> Labels:
    """What the uploader says about the file."""
    return Labels(
        product_category=product_category,
        applicable_version=applicable_version,
        knowledge_type=knowledge_type,
        published_at=published_at,
    )


KINDS = "md, txt, html, pdf, docx, pptx, csv or xlsx; at most 20 MiB."
Upload = Annotated[UploadFile, File(description=KINDS)]
UploadLabels = Annotated[Labels, Depends(labels_from_form)]


def knowledge_routes(library: Library, ingestor: Ingestor) -> APIRouter:
    """The routes, over the default collection of the caller's tenant."""
    router = APIRouter(prefix="/api/v1/knowledge", tags=["knowledge"])

    @router.post("/ingest")
    async def ingest(caller: AdminCaller, file: Upload, labels: UploadLabels) -> Response:
        """Take a file in; a file of the same name is replaced at once, and its old version kept."""
        data = await file.read()
        result = await ingestor.ingest(caller, DEFAULT_COLLECTION, file.filename or "", data, labels)
        return json_response(_ingested(result))

    @router.get("/stats")
    async def stats(caller: AdminCaller) -> Response:
        """How much there is; `total_documents` counts documents."""
        counts = await library.shelf.counts(caller, DEFAULT_COLLECTION)
        return json_response(
            {
                "collection_name": DEFAULT_COLLECTION,
                "total_documents": counts.documents,
                "total_chunks": counts.chunks,
                "revision": library.revision(caller, DEFAULT_COLLECTION),
            }
        )

    @router.get("/documents")
    async def documents(
        caller: AdminCaller,
        limit: Annotated[int, Query(ge=1, le=200)] = 20,
        offset: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0,
    ) -> Response:
        """Documents, latest change first."""
        page = await library.shelf.documents(caller, DEFAULT_COLLECTION, limit=limit, offset=offset)
        items = [_summary(item) for item in page.items]
        return json_response({"items": items, "total": page.total, "limit": limit, "offset": offset})

    @router.get("/documents/{doc_id}")
    async def document(caller: AdminCaller, doc_id: DocName) -> Response:
        """A document with its versions; an unknown one is 200 with `not_found`, as the contract has it."""
        try:
            return json_response(_document(await library.shelf.document(caller, _document_id(doc_id))))
        except NotFound:
            return json_response({"doc_id": doc_id, "status": "not_found", "versions": []})

    @router.delete("/documents/{doc_id}")
    async def delete(caller: AdminCaller, doc_id: DocName) -> Response:
        """Take a document out of every later answer; unknown ones are 200 with `success: false`."""
        try:
            gone = (await library.delete(caller, _document_id(doc_id))).deleted
        except NotFound:
            return json_response(
                {"doc_id": doc_id, "deleted_chunks": 0, "success": False, "error": "文档不存在"}
            )
        return json_response({"doc_id": doc_id, "deleted_chunks": gone.chunk_count, "success": True})

    return router


def _document_id(doc_id: str) -> DocumentId:
    return DocumentId(doc_id.removeprefix(PREFIX))


def _ingested(result: IngestResult) -> dict[str, Any]:
    """Both published forms of the contract's result in one; a refusal is an error with its own status."""
    return {
        "doc_id": f"{PREFIX}{result.document_id}",
        "source": result.source,
        "version": result.version,
        "status": result.outcome,
        "total_chunks": result.total_chunks,
        "chunk_count": result.total_chunks - result.deduped_chunks,
        "added_chunks": result.added_chunks,
        "deduped_chunks": result.deduped_chunks,
        "duration_seconds": round(result.duration_s, 3),
        "doc_hash": result.doc_hash,
        "embedding_mode": result.embedding_mode,
        "searchable": result.is_indexed,
        "quality_report": None,
        "error": result.error,
        "errors": [result.error] if result.error else [],
    }


def _summary(item: DocumentSummary) -> dict[str, Any]:
    return {
        "doc_id": f"{PREFIX}{item.document_id}",
        "source": item.source,
        "current_version": item.current_version,
        "status": item.status,
        "version_count": item.version_count,
        "updated_at": item.updated_at.isoformat(),
    }


def _document(document: Document) -> dict[str, Any]:
    summary = document.summary
    return {
        **_summary(summary),
        "created_at": summary.created_at.isoformat(),
        "versions": [_version(version) for version in document.versions],
    }


def _version(version: VersionSummary) -> dict[str, Any]:
    return {
        "version": version.version,
        "doc_hash": version.sha256,
        "status": version.status,
        "chunk_count": version.chunk_count,
        "created_at": version.created_at.isoformat(),
        "media_type": version.media_type,
        "page_count": version.page_count,
        "size_bytes": version.size_bytes,
    }
