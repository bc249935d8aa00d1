"""What the commands about exported workflows do; `cli.py` reads their arguments."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from yingda.workflows.export import ExportRefused, read_export
from yingda.workflows.report import report_on, text_of_report


def import_workflow(file: Path, console: Console) -> bool:
    """Print the import report of a file; whether it can run here."""
    try:
        workflow = read_export(file.read_bytes(), file.stem)
    except (ExportRefused, OSError) as error:
        console.print(str(error), style="red", markup=False)
        return False
    report = report_on(workflow, [other.stem for other in file.parent.glob("*.json")])
    console.print(text_of_report(report), markup=False, highlight=False, soft_wrap=True)
    return report.can_run
