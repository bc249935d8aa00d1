"""What each type of node does; one table, read by the machine."""

from __future__ import annotations

from collections.abc import Mapping

from yingda.workflows.catalogue import SILENT
from yingda.workflows.nodes import (
    chat,
    child_app,
    classify,
    code,
    extract,
    files,
    form,
    http,
    if_else,
    loops,
    parallel,
    plain,
    search,
    select,
    variable_update,
)
from yingda.workflows.run import Dispatcher

TABLE: Mapping[str, Dispatcher] = {
    **dict.fromkeys(SILENT, plain.pass_by),
    "workflowStart": plain.start,
    "answerNode": plain.say,
    "textEditor": plain.edit_text,
    "customFeedback": plain.take_feedback,
    "pluginInput": plain.plugin_input,
    "pluginOutput": plain.plugin_output,
    "chatNode": chat.answer,
    "classifyQuestion": classify.classify,
    "contentExtract": extract.extract,
    "ifElseNode": if_else.choose,
    "variableUpdate": variable_update.update,
    "code": code.run_code,
    "httpRequest468": http.call,
    "userSelect": select.ask,
    "formInput": form.ask,
    "loop": loops.over_items,
    "loopStart": loops.begin,
    "loopEnd": loops.end,
    "loopRun": loops.until_broken,
    "loopRunStart": loops.begin,
    "loopRunBreak": loops.leave,
    "parallelRun": parallel.side_by_side,
    "datasetSearchNode": search.search,
    "datasetConcatNode": search.join,
    "cfr": search.expand,
    "readFiles": files.read,
    "appModule": child_app.run_child,
}
