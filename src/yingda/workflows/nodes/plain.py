"""Nodes that only pass values on, or say them."""

from __future__ import annotations

from yingda.workflows.references import ADDED_INPUTS, fill_text
from yingda.workflows.run import NodeRun, Result
from yingda.workflows.values import UNDEFINED, Value, indented_json, string_of, template_text


async def pass_by(run: NodeRun) -> Result:
    """Notes, guides and settings: nothing to do."""
    return Result()


async def start(run: NodeRun) -> Result:
    """The caller's words, where the run begins."""
    files: list[Value] = list(run.app.files)
    return Result(data={"userChatInput": run.app.question, "userFiles": files})


async def say(run: NodeRun) -> Result:
    """A text of the author's, on a line of its own."""
    text = run.inputs.get("text", UNDEFINED)
    if text is None or text is UNDEFINED:
        shown = ""
    else:
        shown = text if isinstance(text, str) else indented_json(text)
    words = f"\n{shown}"
    run.say(words)
    return Result(data={"answerText": words}, response={"textOutput": words})


async def edit_text(run: NodeRun) -> Result:
    """A text with the node's own inputs filled in, and the chat's variables, which count more."""
    added = run.inputs.get(ADDED_INPUTS)
    own = added if isinstance(added, dict) else {}
    text = template_text(run.template("system_textareaInput"))
    text = fill_text(text, {**own, **run.app.variables}, run.app.scope)
    return Result(data={"system_text": text}, response={"textOutput": text})


async def take_feedback(run: NodeRun) -> Result:
    """A mark on the record of this answer, for those who read it later."""
    text = string_of(run.inputs.get("system_textareaInput"))
    return Result(response={"textOutput": text, "customFeedback": text})


async def plugin_input(run: NodeRun) -> Result:
    """The inputs of a plugin are its variables."""
    return Result(data={one.key: run.app.variables.get(one.key, UNDEFINED) for one in run.node.outputs})


async def plugin_output(run: NodeRun) -> Result:
    """What the plugin gives back as a whole."""
    given: dict[str, Value] = {key: value for key, value in run.inputs.items() if key != ADDED_INPUTS}
    run.app.plugin_output = given
    return Result(data=given, response={"pluginOutput": given})
