"""Runs another export inside this one, with variables and a history of its own."""

from __future__ import annotations

from yingda.workflows.history import value_of_lines, window
from yingda.workflows.machine import first_cells
from yingda.workflows.pause import Pause
from yingda.workflows.program import Program
from yingda.workflows.run import App, Line, NodeFailed, NodeRun, Result
from yingda.workflows.values import Value, string_of, strings_of
from yingda.workflows.variables import by_key, system_variables, with_defaults
from yingda.workflows.voice import Voice

_OWN_INPUTS = frozenset({"userChatInput", "history", "fileUrlList", "system_forbid_stream"})


async def run_child(run: NodeRun) -> Result:
    """What the child says is said at once, unless the node keeps it to itself."""
    program = run.services.apps.get(run.node.child_app)
    if program is None:
        raise NodeFailed(f"there is no child app {run.node.child_app}")
    is_quiet = run.inputs.get("system_forbid_stream") is True
    child = _child(run, program, is_quiet)
    waiting = await run.machine.run_app(child, run.pause.inside if run.pause else None)
    if waiting is not None:
        pause = Pause(
            kind="childrenInteractive",
            inside=waiting,
            cells=child.cells,
            variables=child.variables,
            kept={"question": child.question, "said": child.voice.text},
        )
        return Result(pause=pause)
    if (failure := child.failures.get("")) is not None:
        return Result(error=failure)
    answer = (string_of(run.pause.kept.get("said")) if run.pause else "") + child.voice.text
    lines = [*child.history, Line("user", child.question), Line("assistant", answer)]
    data: dict[str, Value] = {"answerText": answer, "history": value_of_lines(lines)}
    plugin = {"pluginOutput": child.plugin_output} if child.plugin_output is not None else {}
    return Result(data=data, response={"textOutput": answer, **plugin})


def _child(run: NodeRun, program: Program, is_quiet: bool) -> App:
    before, app = run.pause, run.app
    given = {key: value for key, value in run.inputs.items() if key not in _OWN_INPUTS}
    own = with_defaults(program.workflow, by_key(program.workflow, given))
    variables = own | system_variables(app.variables)
    question = string_of(run.inputs.get("userChatInput"))
    return App(
        session=app.session,
        program=program,
        voice=Voice(_say_nothing if is_quiet else run.say),
        question=before.kept["question"] if before else question,
        cells=before.cells if before else first_cells(program.workflow),
        variables=before.variables if before else variables,
        history=window(run.inputs.get("history"), app.history),
        files=strings_of(run.inputs.get("fileUrlList")),
        depth=app.depth + 1,
    )


def _say_nothing(text: str) -> None:
    """The words are kept by the voice, and not passed on."""
