"""`/v1/ctai`: hand documents in, follow and change them, take them away (docqa 1.6, 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response, StreamingResponse

from yingda.dialects.docqa.documents import (
    BatchRequest,
    DeleteRequest,
    FileNamed,
    ListRequest,
    Meta,
    NewDocument,
    OneRequest,
    UpdateRequest,
    UploadFlags,
    checked_name,
    download_name,
    file_name,
    judged,
    part_from_json,
    shown,
    shown_accepted,
    shown_result,
    shown_whole,
    upload_from_element,
    upload_from_file,
)
from yingda.dialects.docqa.errors import MissingField, ret_and_msg
from yingda.dialects.docqa.routes.bodies import JsonBody, described
from yingda.dialects.docqa.shown import FILE_PATH
from yingda.dialects.docqa.wire import envelope
from yingda.errors import AnswerError, Forbidden, InvalidRequest, NotFound, TooLarge, UnsupportedMedia
from yingda.knowledge.library import Library
from yingda.knowledge.uploads.catalogue import Catalogue
from yingda.knowledge.uploads.records import Accepted
from yingda.knowledge.uploads.uploads import Uploads
from yingda.safety.outbound import Outbound
from yingda.turns.clock import Clock
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId, Principal
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response

PREFIX = "/v1/ctai"
BATCH_PATH = f"{PREFIX}/add_ctai_doc_batch"
"""Where whole documents come as JSON."""

_DOWNLOAD = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}
"""An original is somebody else's file: a browser may save it, and never show or run it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDesk:
    """What the routes work with; `max_bytes` bounds one document."""

    library: Library
    uploads: Uploads
    catalogue: Catalogue
    outbound: Outbound
    clock: Clock
    max_bytes: int = 20 * 1024 * 1024

    def told(self, data: Mapping[str, Any]) -> Response:
        """A success, with the time."""
        return json_response(envelope(data, self.clock.now()))

    async def one(self, caller: Principal, document_id: DocumentId) -> Response:
        """The document as it is now."""
        return self.told(shown(await self.catalogue.entry(caller, document_id)))

    async def added(self, caller: Principal, element: Any) -> dict[str, Any]:
        """Queue one element of a batch, or tell what is wrong with it."""
        said = element if isinstance(element, dict) else {}
        try:
            return shown_result(said, await self._add(caller, element))
        except AnswerError as error:
            return shown_result(said, error)

    async def deleted(self, caller: Principal, document_id: str) -> dict[str, Any]:
        """Delete one element of a batch."""
        ret, msg = "0", ""
        try:
            await self.library.delete(caller, DocumentId(document_id))
        except NotFound:
            pass
        except AnswerError as error:
            ret, msg = ret_and_msg(error)
        return {"ret": ret, "msg": msg, "ctai_doc": {"ctdoc_id": document_id}}

    async def _add(self, caller: Principal, element: Any) -> Accepted:
        if not isinstance(element, dict):
            raise InvalidRequest("每一项必须是 JSON 对象", field="ctai_doc_list")
        new = judged(NewDocument, element)
        url = self.outbound.check(new.doc_url) if new.doc_type == "url" else None
        upload = upload_from_element(new, url)
        if upload.data is not None and len(upload.data) > self.max_bytes:
            raise TooLarge(f"最多 {self.max_bytes} 字节")
        return await self.uploads.submit(caller, DEFAULT_COLLECTION, upload)

    async def take(self, caller: Principal, form: FormData) -> dict[str, str]:
        """Check or queue the file of a form."""
        wanted = part_from_json(FileNamed, await _text(form, "ctai_doc"), "ctai_doc")
        flags = judged(UploadFlags, {"check_only": form.get("check_only")})
        meta = part_from_json(Meta, await _text(form, "meta", "{}"), "meta")
        content = form.get("content")
        sent = content if isinstance(content, UploadFile) else None
        named = file_name(wanted.doc_name, (sent.filename if sent else None) or "")
        if sent is not None and (sent.size or 0) > self.max_bytes:
            raise TooLarge(f"最多 {self.max_bytes} 字节", field="content")
        if flags.check_only:
            await self.uploads.check_room(caller, DEFAULT_COLLECTION)
            return {}
        if sent is None:
            raise MissingField(field="content")
        upload = upload_from_file(named, await sent.read(), meta)
        return shown_accepted(await self.uploads.submit(caller, DEFAULT_COLLECTION, upload))


async def reader(request: Request) -> Principal:
    """Who may see originals: those whose answers name them, and those who look after them."""
    caller: Principal = request.scope["principal"]
    if caller.roles.isdisjoint(("chat", "admin")):
        raise Forbidden("this key lacks the roles 'chat' and 'admin'", field="chat")
    return caller


def document_routes(desk: DocumentDesk) -> APIRouter:
    """The routes, over the default collection of the caller's project."""
    router = APIRouter(prefix=PREFIX, tags=["docqa"])
    _route_changes(router, desk)
    _route_reading(router, desk)
    return router


def _route_changes(router: APIRouter, desk: DocumentDesk) -> None:
    @router.post("/upload_ctai_doc", openapi_extra=_UPLOAD)
    async def upload_ctai_doc(caller: AdminCaller, request: Request) -> Response:
        """Take one file; its state is told by the list. With `check_only` nothing is kept."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "multipart/form-data":
            raise UnsupportedMedia("应为 multipart/form-data")
        async with request.form() as form:
            return desk.told(await desk.take(caller, form))

    @router.post(BATCH_PATH.removeprefix(PREFIX), openapi_extra=described(BatchRequest))
    async def add_ctai_doc_batch(
        caller: AdminCaller, body: Annotated[BatchRequest, Depends(JsonBody(BatchRequest))]
    ) -> Response:
        """Take pages, texts and pairs of question and answer; each stands or falls alone."""
        results = [await desk.added(caller, element) for element in body.ctai_doc_list]
        return desk.told({"ctai_doc_result_list": results})

    @router.post("/delete_ctai_doc_batch", openapi_extra=described(DeleteRequest))
    async def delete_ctai_doc_batch(
        caller: AdminCaller, body: Annotated[DeleteRequest, Depends(JsonBody(DeleteRequest))]
    ) -> Response:
        """Take documents out of every answer, at once; one that is not there counts as done."""
        results = [await desk.deleted(caller, document_id) for document_id in body.ctdoc_id_list]
        return desk.told({"ctai_doc_result_list": results})

    @router.post("/update_ctai_doc", openapi_extra=described(UpdateRequest))
    async def update_ctai_doc(
        caller: AdminCaller, body: Annotated[UpdateRequest, Depends(JsonBody(UpdateRequest))]
    ) -> Response:
        """Give a document another name, or take it out of answers and put it back, at once."""
        document_id = DocumentId(body.ctdoc_id)
        if body.doc_name is not None:
            await desk.library.rename(caller, document_id, checked_name(body.doc_name))
        if body.enabled is not None:
            await desk.library.enable(caller, document_id, is_enabled=body.enabled)
        return await desk.one(caller, document_id)

    @router.post("/reparse_ctai_doc", openapi_extra=described(OneRequest))
    async def reparse_ctai_doc(
        caller: AdminCaller, body: Annotated[OneRequest, Depends(JsonBody(OneRequest))]
    ) -> Response:
        """Read the original again; until that is done, what was read before stays."""
        document_id = DocumentId(body.ctdoc_id)
        await desk.uploads.requeue(caller, document_id)
        return await desk.one(caller, document_id)


def _route_reading(router: APIRouter, desk: DocumentDesk) -> None:
    @router.post("/ctai_doc_list", openapi_extra=described(ListRequest))
    async def ctai_doc_list(
        caller: AdminCaller, body: Annotated[ListRequest, Depends(JsonBody(ListRequest))]
    ) -> Response:
        """Documents by whatever way they came, newest first."""
        page = await desk.catalogue.page(
            caller,
            DEFAULT_COLLECTION,
            body.wanted(),
            limit=body.page_size,
            offset=(body.page - 1) * body.page_size,
        )
        paging = {"total": str(page.total), "page": str(body.page), "page_size": str(body.page_size)}
        return desk.told({**paging, "ctai_doc_list": [shown(entry) for entry in page.items]})

    @router.post("/ctai_doc_info", openapi_extra=described(OneRequest))
    async def ctai_doc_info(
        caller: AdminCaller, body: Annotated[OneRequest, Depends(JsonBody(OneRequest))]
    ) -> Response:
        """One document, with what went wrong or was left out when it was read."""
        document_id = DocumentId(body.ctdoc_id)
        entry = await desk.catalogue.entry(caller, document_id)
        return desk.told(shown_whole(entry, await desk.catalogue.char_count(caller, document_id)))

    @router.get(f"{FILE_PATH.removeprefix(PREFIX)}/{{ctdoc_id}}", response_class=Response)
    async def file(
        caller: Annotated[Principal, Depends(reader)], ctdoc_id: Annotated[str, Path(max_length=64)]
    ) -> Response:
        """The bytes that a document was made from, to be saved."""
        document_id = DocumentId(ctdoc_id)
        original = await desk.catalogue.original(caller, document_id)
        name = quote(download_name(original.name, original.suffix), safe="")
        headers = {
            **_DOWNLOAD,
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Length": str(original.size_bytes),
        }
        parts = desk.catalogue.parts(document_id, original)
        return StreamingResponse(parts, headers=headers, media_type="application/octet-stream")


async def _text(form: FormData, name: str, default: str | None = None) -> str:
    """A part that holds text, be it sent as a field or as a file."""
    part = form.get(name)
    if isinstance(part, UploadFile):
        try:
            part = (await part.read()).decode()
        except UnicodeDecodeError:
            raise InvalidRequest("不是 UTF-8", field=name) from None
    if part:
        return part
    if default is None:
        raise MissingField(field=name)
    return default


_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["ctai_doc"],
                    "properties": {
                        "ctai_doc": {"type": "string", "description": 'JSON: `{"doc_name": "…"}`.'},
                        "content": {"type": "string", "format": "binary", "description": "The file."},
                        "meta": {"type": "string", "description": "JSON: tags, language, client_ref."},
                        **UploadFlags.model_json_schema()["properties"],
                    },
                }
            }
        },
    }
}
