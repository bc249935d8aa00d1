"""The commands: serve, ingest, ask, check, keys, flow, workflow, model, intents; each a few lines long."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
import uvloop
from pydantic import ValidationError
from rich.console import Console

from yingda import commands, flow_commands, intent_commands, model_commands, workflow_commands
from yingda.app import Parts, open_parts
from yingda.errors import AnswerError
from yingda.knowledge.parse.priority import give_way
from yingda.observability.logs import configure_logs
from yingda.settings import Settings, unknown_names
from yingda.turns.clock import SystemClock
from yingda.web.server import share_one_heap

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would show local variables, and secrets among them
    help="Yingda answers people from your documents.",
)
keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(keys, name="keys")
flow = typer.Typer(no_args_is_help=True, help="Check, test, try and draw the flows of staged calls.")
workflow = typer.Typer(no_args_is_help=True, help="Look into workflows exported from FastGPT.")
app.add_typer(flow, name="flow")
app.add_typer(workflow, name="workflow")
model = typer.Typer(no_args_is_help=True, help="Draft, check and import semantic models of databases.")
app.add_typer(model, name="model")
intents = typer.Typer(no_args_is_help=True, help="Train and test the model that tells intents apart.")
app.add_typer(intents, name="intents")

console = Console()
T = TypeVar("T")

Port = Annotated[str | None, typer.Option(help="Port, or several with commas; taken ones are left out.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]


@app.command()
def serve(port: Port = None, host: Host = None) -> None:
    """Serve until told to stop."""
    share_one_heap()
    settings = _settings(ports=port, host=host)
    configure_logs(settings.log_level)
    _run(settings, commands.serve)


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders with files.", exists=True)],
    watch: Annotated[bool, typer.Option("--watch", help="Go on and follow changes in the folders.")] = False,
) -> None:
    """Take documents into the knowledge base; safe beside a running server."""
    give_way()
    failed = _run(_settings(), lambda parts: commands.ingest(parts, paths, watch, console))
    raise typer.Exit(1 if failed else 0)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="One question; none = a conversation.")] = None,
) -> None:
    """Chat in the terminal, with sources."""
    _run(_settings(), lambda parts: commands.ask(parts, question, console))


@app.command()
def check() -> None:
    """Say what is configured, from where, and whether it can be reached."""
    settings = _settings()
    healthy = _run(settings, lambda parts: commands.check(parts, console))
    raise typer.Exit(0 if healthy else 1)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    role: Annotated[list[str] | None, typer.Option(help="chat, desk, data, admin; default chat.")] = None,
    tenant: Annotated[str, typer.Option(help="The tenant it opens.")] = "default",
    user: Annotated[str | None, typer.Option(help="Bind the key to this one user.")] = None,
) -> None:
    """Make a key and show its secret, once."""
    bound = (tenant, role or ["chat"], user)
    _run(_settings(), lambda parts: commands.create_key(parts, name, bound, console))


@keys.command("list")
def list_keys() -> None:
    """Show all keys, without their secrets."""
    _run(_settings(), lambda parts: commands.list_keys(parts, console))


@keys.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="As shown by `keys list`.")]) -> None:
    """Close a key; running servers know within a second."""
    _run(_settings(), lambda parts: commands.revoke_key(parts, key_id, console))


FlowFile = Annotated[Path, typer.Argument(help="A flow, as YAML; docs/flows.md explains its keys.")]


@flow.command("check")
def check_flow(file: FlowFile) -> None:
    """Say all that is wrong with a flow, each with its place."""
    raise typer.Exit(0 if flow_commands.check_flow(file, console) else 1)


@flow.command("test")
def test_flow(file: FlowFile) -> None:
    """Run the dialogues that a flow brings along as its tests."""
    raise typer.Exit(0 if flow_commands.test_flow(file, console) else 1)


@flow.command("run")
def run_flow(file: FlowFile) -> None:
    """Talk to a flow in the terminal; `/set key=value` pushes a fact, an empty line is a silence."""
    ok = flow_commands.run_flow(file, console, SystemClock(), lambda: console.input("[bold]› [/bold]"))
    raise typer.Exit(0 if ok else 1)


@flow.command("graph")
def draw_flow(
    file: FlowFile,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where to write it; none = output.")] = None,
) -> None:
    """Draw a flow as SVG."""
    raise typer.Exit(0 if flow_commands.draw_flow(file, out, console) else 1)


ModelOut = Annotated[Path | None, typer.Option("-o", "--out", help="Where to write it; none = output.")]


@model.command("init")
def init_model(
    url: Annotated[
        str, typer.Argument(help="sqlite:///file, duckdb:///file, postgresql://... or mysql://...")
    ],
    out: ModelOut = None,
) -> None:
    """Draft a semantic model from a live database, for you to mend."""
    raise typer.Exit(0 if uvloop.run(model_commands.init_model(url, out, console)) else 1)


@model.command("check")
def check_model(
    file: Annotated[Path, typer.Argument(help="A model, as YAML; docs/semantic-model.md explains its keys.")],
    url: Annotated[str, typer.Argument(help="The database it is for.")],
) -> None:
    """Hold a model against its database: tables, expressions, joins, verified queries."""
    raise typer.Exit(0 if uvloop.run(model_commands.check_model(file, url, console)) else 1)


@model.command("import")
def import_model(
    source: Annotated[Path, typer.Argument(help="YAML of dbt, or a folder of it.", exists=True)],
    dialect: Annotated[str, typer.Option(help="sqlite, duckdb, postgres or mysql.")] = "postgres",
    out: ModelOut = None,
) -> None:
    """Make a semantic model of dbt's semantic models and metrics, and say what was left out."""
    raise typer.Exit(0 if model_commands.import_model(source, dialect, out, console) else 1)


@workflow.command("import")
def import_workflow(
    file: Annotated[Path, typer.Argument(help="A workflow exported from FastGPT, as JSON.")],
) -> None:
    """Say what is in an exported workflow, what it lacks, and whether it can run here."""
    raise typer.Exit(0 if workflow_commands.import_workflow(file, console) else 1)


Labelled = Annotated[Path, typer.Argument(help="Texts with labels: csv, jsonl or yaml.", exists=True)]


@intents.command("train")
def train_intents(
    file: Labelled,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Model file; none = as set, or home.")
    ] = None,
    extends: Annotated[bool, typer.Option("--extend", help="Add the examples that come along.")] = False,
) -> None:
    """Train a model and say how well it tells labels apart; a server with it set goes over to it."""
    settings = _settings()
    target = out or Path(settings.intents_model or settings.home / "intents.npz")
    _reported(lambda: intent_commands.train_intents(file, target, extends, console))


@intents.command("test")
def test_intents(file: Labelled) -> None:
    """Read labelled messages as the server would, and say how many come out right."""
    model = _settings().intents_model
    _reported(lambda: intent_commands.test_intents(file, Path(model) if model else None, console))


def _reported(work: Callable[[], None]) -> None:
    try:
        work()
    except AnswerError as error:
        console.print(f"[red]{error.message}[/red]")
        raise typer.Exit(1) from None


def _settings(**flags: object) -> Settings:
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        for one in error.errors():
            console.print(f"[red]setting {'.'.join(map(str, one['loc']))}: {one['msg']}[/red]")
        raise typer.Exit(2) from None
    for name, nearest in unknown_names(os.environ).items():
        hint = f", did you mean {nearest}?" if nearest else ""
        console.print(f"[yellow]unknown setting {name}{hint}[/yellow]")
    return settings


def _run(settings: Settings, work: Callable[[Parts], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_parts(settings) as parts:
            return await work(parts)

    try:
        return uvloop.run(run())
    except AnswerError as error:
        console.print(f"[red]{error.message}[/red]")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
