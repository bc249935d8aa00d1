"""Asks the caller to choose, and waits; words that fit no option are asked again."""

from __future__ import annotations

from yingda.workflows.choices import Option, chosen
from yingda.workflows.pause import Pause
from yingda.workflows.run import NodeFailed, NodeRun, Result
from yingda.workflows.values import dicts_of, string_of, text_of


async def ask(run: NodeRun) -> Result:
    """One way out per option; the turn that asked is no part of what comes after it."""
    shown = dicts_of(run.inputs.get("userSelectOptions"))
    options = [Option(string_of(one.get("key")), text_of(one.get("value", ""))) for one in shown]
    if not options:
        raise NodeFailed("there are no options to choose from")
    answer = run.app.session.take_answer() if run.pause is not None else None
    choice = None if answer is None else chosen(answer, options)
    if choice is None:
        description = string_of(run.inputs.get("description"))
        params = {"description": description, "userSelectOptions": shown}
        return Result(pause=Pause(kind="userSelect", params=params, kept={"is_repeated": answer is not None}))
    run.app.history[-2:] = []
    return Result(
        data={"selectResult": choice.value},
        taken=f"{run.node.id}-source-{choice.key}",
        response={"userSelectResult": choice.value},
    )
