import io
from pathlib import Path

from rich.console import Console
from tests.text_to_sql.schemas import clinic_file

from yingda.model_commands import check_model, import_model, init_model


def written() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=200), out


async def test_a_draft_passes_its_own_check(tmp_path: Path):
    url, file = clinic_file(tmp_path / "clinic.sqlite"), tmp_path / "model.yaml"
    console, out = written()
    assert (await init_model(url, file, console), await check_model(file, url, console)) == (True, True)
    lines = out.getvalue().splitlines()
    assert lines[0] == f"written to {file}: 3 tables, 2 joins"
    assert lines[1].endswith("3 tables, 2 joins, 0 metrics; 0 errors, 0 warnings")


async def test_says_what_is_wrong_with_a_model(tmp_path: Path):
    file = tmp_path / "model.yaml"
    file.write_text("name: x\ndialect: sqlite\ntables: [{name: a, source: nowhere}]\n", "utf-8")
    console, out = written()
    assert not await check_model(file, clinic_file(tmp_path / "clinic.sqlite"), console)
    assert out.getvalue().splitlines()[0] == "error  tables.a.source: no such table: nowhere"


async def test_says_what_stands_in_the_way(tmp_path: Path):
    console, out = written()
    (tmp_path / "bad.yaml").write_text("tables: [", "utf-8")
    done = (
        await init_model("oracle://x", None, console),
        await check_model(tmp_path / "bad.yaml", "x.sqlite", console),
        await check_model(tmp_path / "none.yaml", "x.sqlite", console),
        import_model(tmp_path / "bad.yaml", "oracle", None, console),
    )
    assert done == (False, False, False, False)
    assert out.getvalue().splitlines()[0] == "no engine for oracle: sqlite, duckdb, postgresql, mysql"


def test_imports_a_folder_of_dbt(tmp_path: Path):
    (tmp_path / "a.yml").write_text("semantic_models: [{name: trips, model: ref('trips')}]", "utf-8")
    (tmp_path / "b.yml").write_text("metrics: [{name: m, type: conversion}]", "utf-8")
    console, out = written()
    assert import_model(tmp_path, "postgres", tmp_path / "out.yaml", console)
    assert out.getvalue().splitlines()[1] == "left out: metric m: its type is conversion"
