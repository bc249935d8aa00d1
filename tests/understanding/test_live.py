"""A server's reader: the operator's own model and rules, followed as they change."""

from __future__ import annotations

import asyncio

import pytest

from yingda.errors import InvalidRequest
from yingda.testing import FrozenClock
from yingda.understanding.artefact import save
from yingda.understanding.intents import read
from yingda.understanding.live import LiveReader, rules_beside
from yingda.understanding.own_rules import own_rules_from_file, settled_by
from yingda.understanding.training import trained

RULES = "rules:\n  - intent: ticket\n    any: [漏水, leaking]\n    unless: [怎么, how]\n"
LABELS = ("stars", "plants")


def own_model(label, other):
    return trained(
        "own",
        tuple(
            (f"{start} {word} {end}", name)
            for name, words in {label: ("telescope", "comet"), other: ("fern", "moss")}.items()
            for word in words
            for start in ("the big", "a", "this")
            for end in ("shines", "here")
        ),
    )[0]


def test_without_a_file_it_reads_as_shipped():
    live = LiveReader(None, FrozenClock())
    assert (live("退货政策是什么"), live.said().split()[0]) == (read("退货政策是什么"), "intents")


def test_a_file_that_cannot_be_used_leaves_the_shipped_model(tmp_path):
    live = LiveReader(tmp_path / "none.npz", FrozenClock())
    assert live("你好") == read("你好")
    assert "none.npz cannot be read" in live.said()


async def test_follows_its_files(tmp_path):
    file, clock = tmp_path / "own.npz", FrozenClock()
    save(own_model("stars", "plants"), file)
    live = LiveReader(file, clock)
    assert live("a telescope here").intent == "stars"
    save(own_model("sky", "plants"), file)
    rules_beside(file).write_text("rules:\n  - intent: ticket\n    any: [leaking]\n", "utf-8")
    for _ in range(200):
        clock.advance(2.0)
        if live("a telescope here").intent == "sky":
            break
        await asyncio.sleep(0.02)
    assert (live("a telescope here").intent, live("the pipe is leaking").intent) == ("sky", "ticket")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("厨房漏水了", "ticket"),
        ("my tap is leaking", "ticket"),
        ("没有漏水", None),
        ("漏水怎么处理", None),
        ("it is not leaking", None),
        ("uncleaking", None),
    ],
)
def test_own_rules_know_denials(tmp_path, text, intent):
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    assert settled_by(own_rules_from_file(tmp_path / "rules.yaml"), text) == intent


@pytest.mark.parametrize(
    "content", ["rules: 3", "rules:\n  - any: [a]", "rules:\n  - {intent: a, when: b}", ":"]
)
def test_says_what_is_wrong_with_rules(tmp_path, content):
    (tmp_path / "rules.yaml").write_text(content, "utf-8")
    with pytest.raises(InvalidRequest, match=r"rules\.yaml"):
        own_rules_from_file(tmp_path / "rules.yaml")
