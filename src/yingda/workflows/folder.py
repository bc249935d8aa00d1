"""A folder of exports: every file is an app, by the name of its file, and may run the others."""

from __future__ import annotations

from pathlib import Path

from yingda.workflows.export import ExportRefused, import_export
from yingda.workflows.program import Program, program_of


def programs_in(folder: Path) -> dict[str, Program]:
    """The apps by file name without suffix; raises `ExportRefused` for one that cannot run here.

    A node that runs a child app finds it where the file is named as the app's id in the export.
    """
    return {file.stem: program_from(file) for file in sorted(folder.glob("*.json"))}


def program_from(file: Path) -> Program:
    """One app; raises `ExportRefused`."""
    try:
        return program_of(import_export(file.read_bytes(), file.stem))
    except OSError as error:
        raise ExportRefused(f"{file.name} cannot be read: {error.strerror}") from None
