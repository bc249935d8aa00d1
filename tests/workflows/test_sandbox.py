"""JavaScript of strangers in real child processes: what it may do, and what stops it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import signal
from urllib.parse import unquote

import pytest

from yingda.workflows.run import Evaluation, NodeFailed
from yingda.workflows.sandbox import JavaScriptSandbox, SandboxConfig
from yingda.workflows.values import UNDEFINED

QUICK = SandboxConfig(time_s=0.5, grace_s=1.0, children=1)

GOOD = [
    ("function main({a, b = 5}) { return a + b }", 6),
    ("async function main({a}) { await delay(5); return [a ?? 0, a?.b] }", [1, None]),
    ("const main = async () => ({ x: undefined, y: null })", {"y": None}),
    ("function main() { return strToBase64('你好', 'data:') }", "data:5L2g5aW9"),
    ("function main() { return countToken('你好 abcd efgh') }", 5),
    ("function main() {}", UNDEFINED),
    ("function main() { return '😀'.slice(0, 1) + '😀' }", "?😀"),
    ("function main() { return this.constructor.constructor('return typeof process')() }", "undefined"),
    ("function main(a, b) { return [typeof a, typeof b] }", ["object", "object"]),
]


@pytest.mark.parametrize(("code", "value"), GOOD)
async def test_runs_code(sandbox, code, value):
    assert await sandbox.run(code, {"a": 1, "b": UNDEFINED}) == Evaluation(value=value)


async def test_null_is_no_default(sandbox):
    code = "function main({ a = 1, b = 2 }) { return [a, b] }"
    assert (await sandbox.run(code, {"a": None, "b": UNDEFINED})).value == [None, 2]


async def test_keeps_what_is_printed(sandbox):
    done = await sandbox.run("function main() { console.log('a', {b: 1}); console.error([2]) }", {})
    assert done.log == 'a {"b":1}\n[2]'


@pytest.mark.parametrize("name", ["sha256", "sha512"])
async def test_signs_as_hmac_does(sandbox, name):
    secret = "k" * 200
    done = await sandbox.run(
        "function main({name, secret}) { return createHmac(name, secret) }", locals() | {"sandbox": None}
    )
    text = f"{done.value['timestamp']}\n{secret}"
    digest = hmac.new(secret.encode(), text.encode(), getattr(hashlib, name)).digest()
    assert base64.b64decode(unquote(done.value["sign"])) == digest


BAD = [
    ("function main() { throw new TypeError('bad') }", "TypeError: bad"),
    ("async function main() { throw 'text' }", "text"),
    ("function maine() {}", "ReferenceError: main is not defined"),
    ("function (", "SyntaxError: function name expected"),
    ("function main() { return new Promise(() => {}) }", "main never settles"),
    ("function main() { const a = {}; a.a = a; return a }", "TypeError: circular reference"),
    ("async function main() { return import('fs') }", "ReferenceError: could not load module 'fs'"),
    ("function main() { return main() }", "RangeError: Maximum call stack size exceeded"),
    ("function main() { return require('fs') }", "ReferenceError: require is not defined"),
    ("function main() { return fetch('http://127.0.0.1') }", "ReferenceError: fetch is not defined"),
    ("function main() { return 'x'.repeat(2000000) }", "the result is too large"),
]


@pytest.mark.parametrize(("code", "error"), BAD)
async def test_says_what_was_wrong(sandbox, code, error):
    assert (await sandbox.run(code, {})).error == error


async def test_memory_is_bounded(sandbox):
    code = "function main() { const a = []; for (;;) a.push('x'.repeat(10000) + a.length) }"
    assert (await sandbox.run(code, {})).error == "out of memory"
    assert (await sandbox.run("function main() { return 1 }", {})).value == 1


ENDLESS = [
    "function main() { for (;;); }",
    "async function main() { for (;;) await null }",
    "async function main() { for (;;) await delay(10) }",
    "function main() { return /(a+)+$/.test('a'.repeat(50) + 'b') }",
    "function main() { return { toJSON() { for (;;); } } }",
]


@pytest.mark.parametrize("code", ENDLESS)
async def test_time_is_bounded(code):
    async with JavaScriptSandbox(QUICK) as sandbox:
        assert (await sandbox.run(code, {})).error == "time limit reached"
        assert (await sandbox.run("function main() { return 1 }", {})).value == 1


async def test_one_run_leaves_nothing_to_the_next(sandbox):
    code = (
        "globalThis.kept = 1; Object.prototype.x = 2; JSON.stringify = null; function main() { return kept }"
    )
    first = await sandbox.run(code, {})
    after = await sandbox.run("function main() { return [typeof kept, {}.x, JSON.stringify({})] }", {})
    assert (first.value, after.value) == (1, ["undefined", None, "{}"])


async def test_nothing_of_the_host_is_there(sandbox):
    code = "function main() { return Object.getOwnPropertyNames(globalThis).filter(n => /^[a-z_]/.test(n)) }"
    ours = {"console", "countToken", "createHmac", "delay", "main", "strToBase64"}
    language = {"escape", "eval", "globalThis", "isFinite", "isNaN", "performance", "queueMicrotask"}
    language |= {"atob", "btoa", "parseFloat", "parseInt", "undefined", "unescape"}
    language |= {f"{way}codeURI{part}" for way in ("de", "en") for part in ("", "Component")}
    assert set((await sandbox.run(code, {})).value) <= ours | language


async def test_an_endless_pattern_is_an_error():
    async with JavaScriptSandbox(QUICK) as sandbox:
        with pytest.raises(NodeFailed, match="time limit"):
            await sandbox.matches("(a+)+$", "a" * 50 + "b")


async def test_a_stuck_child_is_killed_and_replaced():
    async with JavaScriptSandbox(QUICK) as sandbox:
        await sandbox.run("function main() {}", {})
        (pid,) = sandbox.pids
        os.kill(pid, signal.SIGSTOP)
        assert (await sandbox.run("function main() { return 1 }", {})).error == "time limit reached"
        assert (await sandbox.run("function main() { return 1 }", {})).value == 1
        assert pid not in sandbox.pids


async def test_a_child_can_open_nothing():
    async with JavaScriptSandbox(SandboxConfig(children=1)) as sandbox:
        await sandbox.run("function main() {}", {})
        (pid,) = sandbox.pids
        limits = await asyncio.to_thread(_limits, pid)
    assert [limits[name] for name in ("open files", "processes", "file size")] == ["0", "0", "0"]


def _limits(pid: int) -> dict[str, str]:
    with open(f"/proc/{pid}/limits") as told:
        rows = [line.split("  ") for line in told]
    return {
        row[0].removeprefix("Max ").strip(): [part for part in row if part.strip()][1].strip() for row in rows
    }


async def test_children_end_with_the_sandbox():
    async with JavaScriptSandbox(SandboxConfig(children=1)) as sandbox:
        await sandbox.run("function main() {}", {})
        (pid,) = sandbox.pids
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_cancelled_run_kills_its_child():
    async with JavaScriptSandbox(SandboxConfig(children=1)) as sandbox:
        await sandbox.run("function main() {}", {})
        (pid,) = sandbox.pids
        running = asyncio.create_task(sandbox.run("function main() { for (;;); }", {}))
        await asyncio.sleep(0)
        while not running.done() and sandbox.pids == {pid}:
            await asyncio.sleep(0.02)
            running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert (await sandbox.run("function main() { return 2 }", {})).value == 2
        assert pid not in sandbox.pids
