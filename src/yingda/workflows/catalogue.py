"""Which types of nodes there are in exports, and which of them run here (callflow D.7, D.8)."""

from __future__ import annotations

SILENT = frozenset(
    {"userGuide", "pluginConfig", "globalVariable", "comment", "emptyNode", "toolSet"},
)
"""Pass the run on and do nothing."""

CORE = frozenset(
    {
        "workflowStart",
        "chatNode",
        "answerNode",
        "classifyQuestion",
        "contentExtract",
        "ifElseNode",
        "variableUpdate",
        "code",
        "httpRequest468",
        "textEditor",
        "userSelect",
        "formInput",
        "loop",
        "loopStart",
        "loopEnd",
    }
)

FURTHER = frozenset(
    {
        "pluginInput",
        "pluginOutput",
        "datasetSearchNode",
        "datasetConcatNode",
        "readFiles",
        "customFeedback",
        "cfr",
        "loopRun",
        "loopRunStart",
        "loopRunBreak",
        "parallelRun",
        "appModule",
    }
)

REFUSED = {
    "tools": "a model that chooses among tools",
    "stopTool": "part of a model that chooses among tools",
    "toolParams": "part of a model that chooses among tools",
    "tool": "a system, MCP or HTTP tool",
    "pluginModule": "a plugin of the original system",
    "agent": "a planning agent",
    "app": "a child app of an old form",
    "lafModule": "a cloud function",
}
"""Known, not run here, and what they are in words."""

SUPPORTED = SILENT | CORE | FURTHER

ENTRIES = frozenset({"userGuide", "workflowStart", "pluginInput"})
"""Where a run begins."""

BRANCHING = frozenset({"ifElseNode", "classifyQuestion", "userSelect"})
"""One way out per outcome."""

INTERACTIVE = frozenset({"userSelect", "formInput"})
"""The run stops there until the caller has answered."""

BODIES = frozenset({"loop", "loopRun", "parallelRun"})
"""Nodes that hold other nodes."""

STARTS = {"loop": "loopStart", "loopRun": "loopRunStart", "parallelRun": "loopStart"}
"""The node that a body begins with."""

MODELS = frozenset({"chatNode", "classifyQuestion", "contentExtract", "cfr"})
"""Ask a model that the export names."""
