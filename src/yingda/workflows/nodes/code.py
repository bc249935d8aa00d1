"""The author's JavaScript, in the sandbox."""

from __future__ import annotations

from yingda.workflows.references import ADDED_INPUTS
from yingda.workflows.run import NodeRun, Result
from yingda.workflows.values import Value, string_of


async def run_code(run: NodeRun) -> Result:
    """What `main` returns, whole and field by field; an undefined variable is not passed."""
    added = run.inputs.get(ADDED_INPUTS)
    given = added if isinstance(added, dict) else {}
    done = await run.services.sandbox.run(string_of(run.inputs.get("code")), given)
    told: dict[str, Value] = {"customInputs": given, "codeLog": done.log}
    if done.error is not None:
        return Result(error={"message": done.error}, response=told)
    fields = done.value if isinstance(done.value, dict) else {}
    data = {**fields, "system_rawResponse": done.value}
    return Result(data=data, response={**told, "customOutputs": done.value})
