"""Reads the author's fields out of a text; by rules where no model answers."""

from __future__ import annotations

from yingda.llm.types import Prompt
from yingda.workflows.asking import ask_or_none, messages_of, model_of
from yingda.workflows.casts import cast_to, read_json
from yingda.workflows.history import window
from yingda.workflows.prompts import filled
from yingda.workflows.run import NodeFailed, NodeRun, Result
from yingda.workflows.spotting import Wanted, spot, wanted_of
from yingda.workflows.values import UNDEFINED, Value, compact_json, dicts_of, string_of, text_of


async def extract(run: NodeRun) -> Result:
    """One output per field, all of them as JSON, and whether every one is there."""
    text = text_of(run.inputs.get("content") or "")
    if not text.strip():
        raise NodeFailed("there is nothing to read from")
    wanted = [wanted_of(one) for one in dicts_of(run.inputs.get("extractKeys")) if string_of(one.get("key"))]
    found, told = await _by_model(run, text, wanted)
    if found is None:
        found = {one.key: spot(one, text, run.app.session.turn.started_at) for one in wanted}
        told = {"model": "", "extractedBy": "rules"}
    fields = _complete(found, wanted)
    is_whole = all(one.key in fields for one in wanted)
    data: dict[str, Value] = {"success": is_whole, "fields": compact_json(fields), **fields}
    shown: dict[str, Value] = {
        "query": text,
        "extractDescription": string_of(run.inputs.get("description")),
        "extractResult": fields,
    }
    return Result(data=data, response={**told, **shown})


async def _by_model(
    run: NodeRun, text: str, wanted: list[Wanted]
) -> tuple[dict[str, Value] | None, dict[str, Value]]:
    model = model_of(run)
    if model is None:
        return None, {}
    system = filled(
        "extract",
        description=string_of(run.inputs.get("description")) or "the keys below",
        keys="\n".join(one.described for one in wanted),
    )
    messages = messages_of(system, window(run.inputs.get("history"), run.app.history), text)
    reply = await ask_or_none(run, model, Prompt(messages=messages, max_tokens=800, temperature=0.0))
    if reply is None or (read := _object(reply.text)) is None:
        return None, {}
    return read, reply.told(model)


def _object(text: str) -> dict[str, Value] | None:
    """The JSON object in a reply that may hold words around it."""
    start, end = text.find("{"), text.rfind("}") + 1
    try:
        value = read_json(text[start:end]) if 0 <= start < end else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _complete(found: dict[str, Value], wanted: list[Wanted]) -> dict[str, Value]:
    """Unknown keys and empty texts go; a required field that is missing gets its default, or no text."""
    fields: dict[str, Value] = {}
    for one in wanted:
        value = found.get(one.key, "")
        if value not in ("", None) and not (one.allowed and text_of(value) not in one.allowed):
            fields[one.key] = cast_to(value, one.value_type)
        elif one.is_required:
            fields[one.key] = "" if one.default in (UNDEFINED, None) else one.default
    return fields
