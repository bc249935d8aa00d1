"""What the commands about semantic models do; `cli.py` reads their arguments."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from yingda.errors import AnswerError
from yingda.text_to_sql.databases.database import DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database
from yingda.text_to_sql.dbt import model_from_dbt
from yingda.text_to_sql.draft import draft_model
from yingda.text_to_sql.load import DIALECTS, ModelInvalid, model_from_yaml, yaml_from_model
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.verify_model import Finding, verify_model

_ENDINGS = (".yml", ".yaml")


async def init_model(url: str, out: Path | None, console: Console) -> bool:
    """Draft a model from a live database, to a file or to the output; whether there is one."""
    try:
        model = await draft_model(url)
    except AnswerError as error:
        return _wrong(error.message, console)
    _write(model, out, console)
    return True


async def check_model(file: Path, url: str, console: Console) -> bool:
    """Print all that is wrong with a model, in itself or for this database; whether no error is."""
    model = _loaded(file, console)
    if model is None:
        return False
    try:
        async with open_database(url, DatabaseConfig()) as database:
            findings = await verify_model(model, database)
    except AnswerError as error:
        return _wrong(error.message, console)
    for one in findings:
        style = "red" if one.severity == "error" else "yellow"
        text = f"{one.severity}  {one.place}: {one.reason}"
        console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
    console.print(_counts(model, findings), markup=False, highlight=False)
    return all(one.severity != "error" for one in findings)


def import_model(source: Path, dialect: str, out: Path | None, console: Console) -> bool:
    """Make a model of dbt's YAML, a file or a folder of them, and say what was left out."""
    if dialect not in DIALECTS:
        return _wrong(f"{dialect!r} is none of {', '.join(DIALECTS)}", console)
    files = (
        sorted(one for one in source.rglob("*") if one.suffix in _ENDINGS) if source.is_dir() else [source]
    )
    try:
        imported = model_from_dbt([one.read_text("utf-8") for one in files], source.stem, dialect)
    except ModelInvalid as invalid:
        return _wrong("\n".join(invalid.problems), console)
    except (OSError, UnicodeDecodeError) as error:
        return _wrong(str(error), console)
    _write(imported.model, out, console)
    notes = Console(stderr=True) if out is None else console
    for one in imported.left_out:
        notes.print(f"left out: {one}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    return True


def _loaded(file: Path, console: Console) -> SemanticModel | None:
    try:
        return model_from_yaml(file.read_text("utf-8"))
    except ModelInvalid as invalid:
        _wrong("\n".join(invalid.problems), console)
    except (OSError, UnicodeDecodeError) as error:
        _wrong(str(error), console)
    return None


def _write(model: SemanticModel, out: Path | None, console: Console) -> None:
    text = yaml_from_model(model)
    if out is None:
        console.file.write(text)
        return
    out.write_text(text, "utf-8")
    counts = f"{len(model.tables)} tables, {len(model.relationships)} joins"
    console.print(f"written to {out}: {counts}", markup=False, highlight=False, soft_wrap=True)


def _counts(model: SemanticModel, findings: tuple[Finding, ...]) -> str:
    errors = sum(one.severity == "error" for one in findings)
    warnings = len(findings) - errors
    parts = f"{len(model.tables)} tables, {len(model.relationships)} joins, {len(model.metrics)} metrics"
    return f"{model.name} version {model.version}: {parts}; {errors} errors, {warnings} warnings"


def _wrong(text: str, console: Console) -> bool:
    console.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
    return False
