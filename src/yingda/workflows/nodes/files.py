"""Reads the files that a caller sent along."""

from __future__ import annotations

from yingda.errors import AnswerError
from yingda.workflows.run import NodeFailed, NodeRun, Result
from yingda.workflows.values import Value, strings_of

_FILES = 10
_CHARS = 100_000


async def read(run: NodeRun) -> Result:
    """The texts of all files, each under its name; one that cannot be read says why."""
    if run.services.read_file is None:
        raise NodeFailed("reading of files is switched off")
    parts: list[str] = []
    for url in strings_of(run.inputs.get("fileUrlList"))[:_FILES]:
        try:
            name, text = await run.services.read_file(url)
        except AnswerError as error:
            name, text = url, f"({error.message})"
        parts.append(f"File: {name}\n<Content>\n{text[:_CHARS]}\n</Content>")
    text = "\n******\n".join(parts)
    told: dict[str, Value] = {"readFilesResult": text}
    return Result(data={"system_text": text}, response=told)
