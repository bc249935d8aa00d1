"""Gives a turn the settings of its project."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

from yingda.projects.store import Projects
from yingda.turns.answerer import Answerer
from yingda.turns.events import TurnEvent
from yingda.turns.types import Turn


def with_project(answer: Answerer, projects: Projects) -> Answerer:
    """Sets `turn.project` as it is when the turn begins; costs a look into a dictionary, and no event.

    A turn whose project is unset as well is handed on as it is.
    """

    def set_and_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        project = projects.get(turn.principal)
        return answer(turn if project is turn.project else replace(turn, project=project))

    return set_and_answer
