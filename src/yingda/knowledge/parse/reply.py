"""What a parser process says back, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from yingda.knowledge.parse.refused import REFUSALS, Corrupt, DocumentRefused
from yingda.knowledge.types import Block, ParsedDocument


def dump(document: ParsedDocument) -> bytes:
    """The document, field by field; equal after `load`."""
    return json.dumps({"document": asdict(document)}).encode()


def dump_refusal(refusal: DocumentRefused) -> bytes:
    """Code and message, and for the log the exception behind it."""
    cause = "" if refusal.__cause__ is None else repr(refusal.__cause__)[:500]
    return json.dumps({"refused": refusal.code, "message": refusal.message, "cause": cause}).encode()


def load(reply: bytes) -> ParsedDocument | DocumentRefused:
    """What was dumped; a reply that cannot be read is a `Corrupt` file. The cause comes back as a note."""
    try:
        said = json.loads(reply)
        if "document" in said:
            return _document(said["document"])
        refusal = REFUSALS[said["refused"]](said["message"])
        if said["cause"]:
            refusal.add_note(said["cause"])
    except (ValueError, KeyError, TypeError):
        return Corrupt()
    return refusal


def _document(fields: dict[str, object]) -> ParsedDocument:
    blocks = fields.pop("blocks")
    if not isinstance(blocks, list):
        raise TypeError
    made = tuple(Block(**{**block, "heading": tuple(block["heading"])}) for block in blocks)
    warnings = fields.pop("warnings")
    if not isinstance(warnings, list):
        raise TypeError
    return ParsedDocument(**fields, blocks=made, warnings=tuple(warnings))  # type: ignore[arg-type]
