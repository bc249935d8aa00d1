"""Calls a web service, and reads the author's outputs off its answer."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import urlencode

from yingda.workflows.history import value_of_lines
from yingda.workflows.json_body import UNKNOWN, Unknown, filled_json
from yingda.workflows.json_path import at_path
from yingda.workflows.references import ADDED_INPUTS, fill_text, reach
from yingda.workflows.run import NodeFailed, NodeRun, Result, WebRequest
from yingda.workflows.values import (
    Value,
    compact_json,
    dicts_of,
    string_of,
    template_text,
    whole_number_of,
)

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_S = 60
_BOUNDARY = "yingda-7d1f0c2b9a6e4"
_FIXED_OUTPUTS = frozenset({"httpRawResponse", "error"})
_TYPES = {
    "json": "application/json",
    "form-data": f"multipart/form-data; boundary={_BOUNDARY}",
    "x-www-form-urlencoded": "application/x-www-form-urlencoded",
    "xml": "application/xml",
    "raw-text": "text/plain; charset=utf-8",
}


async def call(run: NodeRun) -> Result:
    """The whole answer, and each output by the path that is its name."""
    if run.services.web is None:
        raise NodeFailed("calls of web services are switched off")
    filler = _Filler(run)
    request = _request(run, filler)
    told: dict[str, Value] = {
        "params": dict(request.params),
        "body": (request.body or b"").decode("utf-8", "replace"),
    }
    try:
        answer = await run.services.web(request)
    except NodeFailed as error:
        return Result(error=str(error), response=told)
    found = {one.key: at_path(answer, one.key) for one in run.node.outputs if one.key not in _FIXED_OUTPUTS}
    return Result(data={**found, "httpRawResponse": answer}, response={**told, "httpResult": answer})


class _Filler:
    """Texts of this node with its own inputs, the chat's variables and other nodes' outputs filled in."""

    def __init__(self, run: NodeRun) -> None:
        app = run.app
        added = run.inputs.get(ADDED_INPUTS)
        own = added if isinstance(added, dict) else {}
        histories = value_of_lines(app.history[-10:])
        self._names: dict[str, Value] = {"histories": histories, **own, **app.variables}
        self._scope = app.scope

    def text(self, value: Value) -> str:
        """Any value as a text with its placeholders filled."""
        return fill_text(template_text(value), self._names, self._scope)

    def pairs(self, listed: Value) -> list[tuple[str, str]]:
        """Names and values of a list as the editor makes it; lines without a name are left out."""
        rows = [(string_of(one.get("key")), self.text(one.get("value", ""))) for one in dicts_of(listed)]
        return [(self.text(name), value) for name, value in rows if name.strip()]

    def named(self, name: str) -> Value | Unknown:
        """What a placeholder of a JSON body stands for."""
        if name.startswith("$") and name.endswith("$") and "." in name:
            node_id, _, output = name[1:-1].partition(".")
            return reach(node_id, output, self._scope)
        return self._names.get(name, UNKNOWN) if name in self._names else UNKNOWN


def _request(run: NodeRun, filler: _Filler) -> WebRequest:
    method = string_of(run.inputs.get("system_httpMethod"), "POST").upper()
    if method not in _METHODS:
        raise NodeFailed(f"the method {method[:20]} is not known")
    body, media_type = (None, "") if method in _BODILESS else _body(run, filler)
    headers = {"Content-Type": media_type} if media_type else {}
    own = filler.pairs(run.inputs.get("system_httpHeader"))
    if any(name.lower() == "content-type" for name, _ in own) and not media_type.startswith("multipart"):
        headers = {}
    return WebRequest(
        method=method,
        url=filler.text(run.template("system_httpReqUrl")).strip(),
        headers={**headers, **dict(own), **_secrets(run)},
        params=filler.pairs(run.inputs.get("system_httpParams")),
        body=body,
        timeout_s=_timeout_s(run),
    )


def _timeout_s(run: NodeRun) -> float:
    """What the author allows, as far as the turn has time left for it."""
    left_s = run.app.session.turn.answer_by_s - run.services.clock.monotonic()
    return min(max(1, whole_number_of(run.inputs.get("system_httpTimeout"), _DEFAULT_S)), max(0.0, left_s))


def _secrets(run: NodeRun) -> dict[str, str]:
    """Headers whose values an export leaves out, from the configuration where the export has none."""
    held = run.inputs.get("system_header_secret")
    found: dict[str, str] = {}
    for name, secret in held.items() if isinstance(held, dict) else ():
        own = string_of(secret.get("value")) if isinstance(secret, dict) else string_of(secret)
        value = own or run.services.secrets.get(f"{run.node.id}.{name}", "")
        if value and name == "Bearer":
            found["Authorization"] = f"Bearer {value}"
        elif value and name == "Basic":
            found["Authorization"] = f"Basic {base64.b64encode(value.encode()).decode()}"
        elif value:
            found[name] = value
    return found


def _body(run: NodeRun, filler: _Filler) -> tuple[bytes | None, str]:
    kind = string_of(run.inputs.get("system_httpContentType"), "json")
    raw = run.inputs.get("system_httpJsonBody", "")
    if kind == "json":
        value = filled_json(raw if isinstance(raw, str) else compact_json(raw), filler.named)
        return compact_json(value).encode(), _TYPES[kind]
    if kind in ("form-data", "x-www-form-urlencoded"):
        pairs = filler.pairs(run.inputs.get("system_httpFormBody"))
        data = urlencode(pairs).encode() if kind != "form-data" else _multipart(dict(pairs))
        return data, _TYPES[kind]
    if kind in _TYPES:
        return filler.text(raw).encode(), _TYPES[kind]
    return None, ""


def _multipart(fields: Mapping[str, str]) -> bytes:
    lines: list[str] = []
    for name, value in fields.items():
        quoted = name.replace('"', "%22").replace("\r", "").replace("\n", "")
        safe = value.replace(_BOUNDARY, _BOUNDARY[:-1])
        lines += [f"--{_BOUNDARY}", f'Content-Disposition: form-data; name="{quoted}"', "", safe]
    return "\r\n".join([*lines, f"--{_BOUNDARY}--", ""]).encode()
