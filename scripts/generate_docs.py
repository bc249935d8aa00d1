"""Writes the pages that are made from code: endpoints, settings, events, the environment's example."""

from __future__ import annotations

import asyncio
import inspect
import sys
import tempfile
from itertools import groupby
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from yingda.app import open_parts
from yingda.dialects.helpdesk.errors import error_body
from yingda.settings import Settings, env_names
from yingda.site import build_routes
from yingda.turns import events
from yingda.web.respond import ErrorResponses

ROOT = Path(__file__).resolve().parent.parent
MADE = "Made from {source} by `make docs`; do not edit."


def pages() -> dict[Path, str]:
    """Path below the project → text."""
    return {
        Path("docs/endpoints.md"): endpoints_page(),
        Path("docs/settings.md"): settings_page(),
        Path("docs/events.md"): events_page(),
        Path(".env.example"): env_example(),
    }


def endpoints_page() -> str:
    """Every path that the server answers, by dialect."""
    lines = ["# Endpoints", "", MADE.format(source="the routes"), ""]
    found = sorted(asyncio.run(_endpoints()))
    for tag, rows in groupby(found, lambda row: row[0]):
        lines += [f"## {tag}", "", "| endpoint | what it does |", "|---|---|"]
        lines += [f"| `{method} {path}` | {what} |" for _tag, path, method, what in rows]
        lines.append("")
    return "\n".join(lines)


async def _endpoints() -> list[tuple[str, str, str, str]]:
    """Tag, path, method, and the first paragraph of what the route says of itself."""
    with tempfile.TemporaryDirectory() as home:
        async with open_parts(Settings(home=Path(home))) as parts:
            errors = ErrorResponses(default=error_body, by_prefix={})
            paths = build_routes(parts, errors).openapi()["paths"]
    return [
        (route["tags"][0], path, method.upper(), " ".join(route["description"].split("\n\n")[0].split()))
        for path, methods in paths.items()
        for method, route in methods.items()
    ]


def settings_page() -> str:
    """All settings by section."""
    lines = ["# Settings", "", MADE.format(source="`src/yingda/settings.py`"), ""]
    lines += [
        "A flag beats the environment, the environment beats `.env`, `.env` beats the default.",
        "`NAME_FILE` names a file that holds the value of `NAME`. Nothing dials out unless it is set.",
        "",
    ]
    for section, fields in _sections():
        lines += [f"## {section}", "", "| name | default | what it is |", "|---|---|---|"]
        for field in fields:
            names = " or ".join(f"`{name}`" for name in env_names(field))
            lines.append(f"| {names} | {_default(field) or 'empty'} | {field.description} |")
        lines.append("")
    return "\n".join(lines)


def env_example() -> str:
    """Every setting as a comment with its default."""
    lines = ["# Copy to .env and set what you need; every line shows the default.", ""]
    for section, fields in _sections():
        lines.append(f"# --- {section}")
        for field in fields:
            lines += [f"# {field.description}", f"# {env_names(field)[0]}={_plain(field)}"]
        lines.append("")
    return "\n".join(lines)


def events_page() -> str:
    """The grammar of a turn, and a line for each event."""
    grammar = inspect.cleandoc(events.__doc__ or "")
    lines = ["# Events of a turn", "", MADE.format(source="`src/yingda/turns/events.py`"), "", "```"]
    lines += [*grammar.splitlines(), "```", "", "| event | fields | fact |", "|---|---|---|"]
    for name, kind in events.EVENTS.items():
        fields = ", ".join(f"`{field}`" for field in kind.__dataclass_fields__)  # type: ignore[attr-defined]
        fact = " ".join((kind.__doc__ or "").split())
        lines.append(f"| {name} | {fields} | {fact} |")
    return "\n".join([*lines, ""])


def _sections() -> list[tuple[str, list[FieldInfo]]]:
    def section(field: FieldInfo) -> str:
        extra = field.json_schema_extra
        return str(extra["section"]) if isinstance(extra, dict) else ""

    return [(name, list(fields)) for name, fields in groupby(Settings.model_fields.values(), section)]


def _default(field: FieldInfo) -> str:
    plain = _plain(field)
    return f"`{plain}`" if plain else ""


def _plain(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def main() -> int:
    """Write the pages; with `--check` only say which are stale."""
    stale = [path for path, text in pages().items() if _read(ROOT / path) != text]
    if "--check" in sys.argv:
        print("\n".join(f"stale: {path}" for path in stale))
        return 1 if stale else 0
    for path, text in pages().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
