"""How a draft goes from stage to stage."""

from __future__ import annotations

from yingda.flows.draft import Draft
from yingda.flows.say import filled


def enter(draft: Draft, name: str) -> None:
    """Go on to a stage; its text is said, nothing is asked yet."""
    draft.stage = draft.flow.stages[name]
    draft.path.append(name)
    draft.entered_at, draft.is_reviewed, draft.question = draft.heard.at, False, None
    draft.is_settled = False
    greet(draft)


def divert(draft: Draft, name: str) -> None:
    """Leave what is going on for another stage, without a word about it."""
    draft.spoken.clear()
    enter(draft, name)


def greet(draft: Draft) -> None:
    """Say what the stage has to say."""
    if draft.stage.say:
        draft.spoken.append(filled(draft.stage.say, draft.said_as))
