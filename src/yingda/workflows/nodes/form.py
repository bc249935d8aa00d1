"""Asks the caller to fill in a form, and waits; every field is checked before the run goes on."""

from __future__ import annotations

from collections.abc import Mapping

from yingda.workflows.forms import Field, Filled, fields_of, fill_in, first_open
from yingda.workflows.pause import Pause
from yingda.workflows.run import NodeFailed, NodeRun, Result
from yingda.workflows.values import Value, compact_json, dicts_of, string_of


async def ask(run: NodeRun) -> Result:
    """The whole form in one JSON object, or field by field in plain words."""
    form = run.inputs.get("userInputForms")
    fields = fields_of(form)
    if not fields:
        raise NodeFailed("the form has no fields")
    before: Mapping[str, Value] = run.pause.kept.get("values", {}) if run.pause is not None else {}
    answer = run.app.session.take_answer() if run.pause is not None else None
    filled = Filled(values=before) if answer is None else fill_in(answer, fields, before)
    asked = first_open(fields, filled.values)
    if asked is not None or filled.objection:
        params = {"description": string_of(run.inputs.get("description")), "inputForm": dicts_of(form)}
        kept = {
            "values": dict(filled.values),
            "objection": filled.objection,
            "asked": _asked(asked) if asked is not None else "",
        }
        return Result(pause=Pause(kind="userInput", params=params, kept=kept))
    run.app.history[-2:] = []
    values = {field.key: filled.values[field.key] for field in fields}
    return Result(
        data={**values, "formInputResult": values}, response={"formInputResult": compact_json(values)}
    )


def _asked(field: Field) -> str:
    """The field's name, and what there is to choose from."""
    return "\n".join(part for part in (field.label, "、".join(one.value for one in field.options)) if part)
