"""Settings of a project: checked, kept with their author, in memory everywhere within a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from yingda.errors import InvalidRequest, StoreUnavailable
from yingda.projects.answerer import with_project
from yingda.projects.limits import MOST_WORDS
from yingda.projects.store import ProjectChange, Projects, Settled
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock, collect, turn
from yingda.testing.builders import PRINCIPAL
from yingda.testing.clock import START
from yingda.turns.events import TextDelta, TurnEvent
from yingda.turns.options import UNSET, Project
from yingda.turns.types import Turn

STRANGER = replace(PRINCIPAL, tenant="other", key_id="k2")
POLITE = Project(
    persona="Polite.",
    fallback_mode="model",
    fallback_texts=(("zh", "没有找到。"), ("en", "Nothing found.")),
    blocked_words=("坏词", "bad"),
    passage_count=3,
    threshold=0.25,
)


@pytest.fixture
async def database(migrated_database):
    async with open_database(migrated_database) as database:
        yield database


@pytest.fixture
def projects(database):
    return Projects(database, FrozenClock())


async def test_what_is_put_is_there_at_once_for_its_tenant_alone(projects):
    put = await projects.put(PRINCIPAL, POLITE)
    assert put == Settled(project=POLITE, revision=1, changed_at=START) == await projects.read(PRINCIPAL)
    assert (projects.get(PRINCIPAL), projects.get(STRANGER)) == (POLITE, UNSET)
    assert await projects.read(STRANGER) == Settled()


async def test_another_process_sees_a_change_when_it_looks_again(database, projects):
    other = Projects(database, FrozenClock())
    await other.put(PRINCIPAL, POLITE)
    following = asyncio.create_task(projects.run())
    async with asyncio.timeout(10):
        while projects.get(PRINCIPAL) != POLITE:
            await asyncio.sleep(0.02)
    following.cancel()
    seen = projects.get(PRINCIPAL)
    await projects.refresh()
    assert projects.get(PRINCIPAL) is seen


async def test_changes_at_once_are_all_kept(projects):
    def add(word: str):
        return lambda project: replace(project, blocked_words=(*project.blocked_words, word))

    await asyncio.gather(*(projects.edit(PRINCIPAL, add(word)) for word in "abcdef"))
    assert (sorted(projects.get(PRINCIPAL).blocked_words), (await projects.read(PRINCIPAL)).revision) == (
        list("abcdef"),
        6,
    )


async def test_the_trail_says_who_changed_what(projects):
    await projects.put(PRINCIPAL, POLITE)
    await projects.put(PRINCIPAL, POLITE)
    await projects.put(replace(PRINCIPAL, key_id="k9"), replace(POLITE, persona="", threshold=None))
    assert await projects.changes(PRINCIPAL) == (
        ProjectChange(revision=2, fields=("persona", "threshold"), key_id="k9", at=START),
        ProjectChange(
            revision=1,
            fields=(
                "persona",
                "fallback_mode",
                "fallback_texts",
                "blocked_words",
                "passage_count",
                "threshold",
            ),
            key_id="test",
            at=START,
        ),
    )
    assert await projects.changes(STRANGER) == ()


async def test_texts_are_trimmed_and_repeated_words_kept_once(projects):
    put = await projects.put(PRINCIPAL, Project(blocked_words=(" 坏 ", "坏"), refusal_texts=(("th", " "),)))
    assert put.project == Project(blocked_words=("坏",))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("persona", "a" * 4001),
        ("persona", "a\x00b"),
        ("fallback_mode", "guess"),
        ("fallback_texts", (("xx", "?"),)),
        ("refusal_texts", (("zh", "字" * 2001),)),
        ("blocked_words", ("a", " ")),
        ("blocked_words", ("字" * 65,)),
        ("blocked_words", ("a\nb",)),
        ("blocked_words", tuple(map(str, range(MOST_WORDS + 1)))),
        ("model", "m" * 129),
        ("passage_count", 0),
        ("passage_count", 21),
        ("threshold", 1.01),
        ("threshold", float("nan")),
    ],
)
async def test_what_is_wrong_is_refused_by_its_field_and_changes_nothing(projects, field, value):
    with pytest.raises(InvalidRequest) as refused:
        await projects.edit(PRINCIPAL, lambda project: replace(project, **{field: value}))
    assert (refused.value.field, await projects.read(PRINCIPAL)) == (field, Settled())


async def test_a_database_that_is_away_is_told_as_that(tmp_path):
    async with open_database(str(tmp_path / "empty.db")) as empty:  # never migrated
        projects = Projects(empty, FrozenClock())
        for ask in (
            projects.refresh,
            lambda: projects.read(PRINCIPAL),
            lambda: projects.put(PRINCIPAL, POLITE),
        ):
            with pytest.raises(StoreUnavailable):
                await ask()


async def test_a_turn_is_given_its_projects_settings(projects):
    async def tell(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        yield TextDelta(text=turn.project.persona)

    answer = with_project(tell, projects)
    await projects.put(PRINCIPAL, POLITE)
    assert await collect(answer, turn("你好")) == [TextDelta(text="Polite.")]
    assert await collect(answer, turn("你好", principal=STRANGER)) == [TextDelta(text="")]
