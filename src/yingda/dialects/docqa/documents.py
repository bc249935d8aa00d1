"""Documents on the wire (docqa 1.6, 4): what a caller hands in, and a document as the list shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError
from pydantic import model_validator as validates
from yarl import URL

from yingda.dialects.docqa.errors import MissingField, ret_and_msg
from yingda.dialects.docqa.shown import FILE_PATH
from yingda.dialects.docqa.wire import Flag, Ids, Lenient, Text, refusal
from yingda.errors import AnswerError, InvalidRequest, UnsupportedMedia
from yingda.knowledge.names import source_from_filename, source_from_title
from yingda.knowledge.registry.documents import MAX_NAME_CHARS
from yingda.knowledge.uploads.formats import MEDIA_TYPES, page_from_pair, suffix_of
from yingda.knowledge.uploads.records import Accepted, Entry, NewUpload, Wanted
from yingda.turns.types import DocumentId

MAX_BATCH = 100
MAX_IDS = 200
MAX_TAGS = 50
MAX_QUESTION_CHARS = 4000


def _names(value: Any) -> Any:
    if isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    if isinstance(value, list):
        return [str(one) if isinstance(one, int | float) else one for one in value]
    return value


Id = Annotated[Text, Field(max_length=64)]
IdList = Annotated[list[Id], BeforeValidator(_names), Field(max_length=MAX_IDS)]
"""A list, or one string whose parts stand between commas; so are tags."""
Tags = Annotated[
    list[Annotated[Text, Field(max_length=64)]], BeforeValidator(_names), Field(max_length=MAX_TAGS)
]
Name = Annotated[Text, Field(max_length=MAX_NAME_CHARS)]


class Meta(Lenient):
    """What is remembered beside a document; `client_ref` makes a repeat the same document."""

    tags: Tags = Field([], description="Own words, as a list or joined by commas.")
    language: Annotated[Text, Field(max_length=32)] = ""
    client_ref: Annotated[Text | None, Field(max_length=128)] = None


class FileNamed(Lenient):
    """The part `ctai_doc` of an upload, a JSON string."""

    doc_name: Name = Field(description="With its extension; a taken name is numbered.")


class UploadFlags(Lenient):
    """The other parts of an upload's form."""

    check_only: Flag = Field(False, description="Check name and quota, keep nothing.")


class NewDocument(Meta):
    """An element of `add_ctai_doc_batch`."""

    doc_type: Literal["url", "text", "qa"]
    doc_url: Text = Field("", description="`url`: a page on http or https.")
    doc_name: Name = Field("", description="`text`: its name; optional for the others.")
    doc_text: Text = Field("", description="`text`: all of it.")
    question: Text = Field("", max_length=MAX_QUESTION_CHARS, description="`qa`: the question.")
    answer: Text = Field("", description="`qa`: its answer.")

    @validates(mode="after")
    def parts_are_there(self) -> NewDocument:
        needed = {"url": ("doc_url",), "text": ("doc_name", "doc_text"), "qa": ("question", "answer")}
        for name in needed[self.doc_type]:
            if not getattr(self, name).strip():
                raise MissingField(field=name)
        return self


class BatchRequest(Lenient):
    """The body of `add_ctai_doc_batch`; each element is judged by itself."""

    ctai_doc_list: Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH)] = Field(
        description="Elements of type `url`, `text` or `qa`."
    )


class ListRequest(Lenient):
    """The body of `ctai_doc_list`; `ctdoc_id` asks for certain documents, to follow their states."""

    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 20
    doc_status: Literal["queued", "parsing", "indexing", "ready", "failed", "deleting"] | None = None
    doc_type: Literal["file", "url", "text", "qa"] | None = None
    keyword: Text = Field("", max_length=MAX_NAME_CHARS, description="A part of the name.")
    ctdoc_id: Ids | None = Field(None, max_length=MAX_IDS, description="Ids joined by commas.")

    def wanted(self) -> Wanted:
        """As the catalogue is asked."""
        return Wanted(
            state=self.doc_status, kind=self.doc_type, keyword=self.keyword, document_ids=self.ctdoc_id
        )


class OneRequest(Lenient):
    """The body of `ctai_doc_info` and `reparse_ctai_doc`."""

    ctdoc_id: Id


class DeleteRequest(Lenient):
    """The body of `delete_ctai_doc_batch`."""

    ctdoc_id_list: Annotated[IdList, Field(min_length=1)]


class UpdateRequest(OneRequest):
    """The body of `update_ctai_doc`; what is absent stays as it is."""

    doc_name: Name | None = None
    enabled: Flag | None = Field(None, description='"0" takes the document out of every answer.')

    @validates(mode="after")
    def something_is_asked(self) -> UpdateRequest:
        if self.doc_name is None and self.enabled is None:
            raise MissingField("doc_name 与 enabled 至少提供一个", field="doc_name")
        return self


Part = TypeVar("Part", bound=Lenient)


def judged(model: type[Part], fields: Any) -> Part:
    """A part of a body as that model; raises what `wire.decode` raises of fields."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise refusal(error) from None


def part_from_json(model: type[Part], text: str, field: str) -> Part:
    """A form's part that holds a JSON object."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidRequest("不是合法的 JSON", field=field) from None
    return judged(model, fields)


def file_name(wanted: str, filename: str) -> tuple[str, str]:
    """The document's name and its format's suffix, which the file may lend where the name has none.

    Raises UnsupportedMedia for formats that are not read, and InvalidRequest for names that are none.
    """
    name = checked_name(wanted)
    suffix = suffix_of(name)
    if not suffix and (lent := suffix_of(filename)):
        name, suffix = f"{name[: MAX_NAME_CHARS - len(lent) - 1]}.{lent}", lent
    if not suffix:
        raise UnsupportedMedia(f"支持的扩展名：{', '.join(sorted(MEDIA_TYPES))}", field="doc_name")
    return name, suffix


def upload_from_file(named: tuple[str, str], data: bytes, meta: Meta) -> NewUpload:
    """A file that was sent."""
    name, suffix = named
    return NewUpload(kind="file", name=name, suffix=suffix, data=data, **_remembered(meta))


def upload_from_element(new: NewDocument, url: URL | None) -> NewUpload:
    """What one element of a batch asks for; `url` is the address to call, of a page only."""
    remembered = _remembered(new)
    if url is not None:
        name = _name(new.doc_name, url.human_repr())
        return NewUpload(kind="url", name=name, suffix="html", data=None, url=str(url), **remembered)
    if new.doc_type == "text":
        name, data = checked_name(new.doc_name), new.doc_text.encode()
        return NewUpload(kind="text", name=name, suffix=_text_suffix(name), data=data, **remembered)
    name = _name(new.doc_name, new.question)
    data = page_from_pair(new.question, new.answer)
    return NewUpload(kind="qa", name=name, suffix="html", data=data, **remembered)


def _name(wanted: str, title: str) -> str:
    return checked_name(wanted) if wanted else source_from_title(title, MAX_NAME_CHARS)


def _remembered(meta: Meta) -> dict[str, Any]:
    return {"tags": tuple(meta.tags), "language": meta.language, "client_ref": meta.client_ref}


def _text_suffix(name: str) -> str:
    suffix = suffix_of(name)
    return suffix if len(MEDIA_TYPES.get(suffix, ())) > 1 else "txt"


def checked_name(name: str) -> str:
    """The name as documents are known by; raises InvalidRequest."""
    try:
        return source_from_filename(name)
    except InvalidRequest as error:
        raise InvalidRequest(error.message, field="doc_name") from None


def shown_accepted(accepted: Accepted) -> dict[str, str]:
    """An upload as its call is answered."""
    return {
        "ctdoc_id": accepted.document_id,
        "doc_name": accepted.name,
        "file_url": _file_url(accepted.document_id) if accepted.has_original else "",
        "doc_status": accepted.state,
        "duplicate_of": accepted.duplicate_of or "",
    }


def shown_result(element: Mapping[str, Any], outcome: Accepted | AnswerError) -> dict[str, Any]:
    """One element of a batch with what came of it."""
    said = {name: str(element.get(name) or "") for name in ("doc_type", "doc_url")}
    if isinstance(outcome, AnswerError):
        ret, msg = ret_and_msg(outcome)
        return {"ret": ret, "msg": msg, "ctai_doc": {**said, "ctdoc_id": ""}}
    return {"ret": "0", "msg": "", "ctai_doc": {**said, **shown_accepted(outcome)}}


def shown(entry: Entry) -> dict[str, Any]:
    """An element of the list."""
    return {
        "ctdoc_id": entry.document_id,
        "doc_name": entry.name,
        "doc_type": entry.kind,
        "doc_url": entry.final_url or entry.url,
        "file_url": _file_url(entry.document_id) if entry.has_original else "",
        "doc_status": entry.state,
        "doc_progress": str(entry.progress),
        "fail_code": entry.fail_code or "",
        "size_bytes": _number(entry.size_bytes),
        "sha256": entry.sha256 or "",
        "page_count": _number(entry.page_count),
        "chunk_count": _number(entry.chunk_count),
        "create_time": _time(entry.created_at),
        "update_time": _time(entry.updated_at),
        "enabled": "1" if entry.is_enabled else "0",
        "duplicate_of": entry.duplicate_of or "",
        "tags": list(entry.tags),
        "language": entry.language,
        "client_ref": entry.client_ref or "",
    }


def shown_whole(entry: Entry, char_count: int | None) -> dict[str, Any]:
    """A document by itself; `source_url` is the address that was handed in."""
    return {
        **shown(entry),
        "source_url": entry.url,
        "fail_reason": entry.fail_reason or "",
        "char_count": _number(char_count),
        "parse_warnings": list(entry.warnings),
    }


def download_name(name: str, suffix: str) -> str:
    """What a browser saves an original as: its last part, with the extension of what it is."""
    last = PurePosixPath(name).name
    return last if suffix_of(last) == suffix else f"{last}.{suffix}"


def _file_url(document_id: DocumentId) -> str:
    return f"{FILE_PATH}/{document_id}"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _time(at: datetime) -> str:
    return str(int(at.timestamp()))
