"""A model names the action that the rules did not see; its values count only where the customer said them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from yingda.agents.prompts import load
from yingda.agents.wording import as_data
from yingda.business.actions import CATALOGUE, Action
from yingda.business.errand import Errand
from yingda.business.standing import Standing
from yingda.llm.quick_reply import QuickReply, ask
from yingda.llm.types import ChatModel, Prompt, Tool, ToolCallChunk
from yingda.safety.mask import masked
from yingda.turns.types import Turn

TEMPLATE = load("business")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChoiceConfig:
    """How long the model may take, and how much of the talk it is shown."""

    model_s: float = 4.0
    message_count: int = 6
    message_chars: int = 300
    max_tokens: int = 200


DEFAULTS = ToolChoiceConfig()


def tools() -> tuple[Tool, ...]:
    """The catalogue as functions."""
    return tuple(
        Tool(name=action.name, description=action.description, parameters_json=json.dumps(_schema(action)))
        for action in CATALOGUE.values()
    )


def _schema(action: Action) -> Mapping[str, object]:
    """No value is required: what is missing is asked for."""
    described = {
        each.name: {"type": "string", "description": each.description}
        for each in (*action.inputs, *action.options)
    }
    return {"type": "object", "properties": described, "additionalProperties": False}


async def chosen_by(
    model: ChatModel, turn: Turn, standing: Standing, config: ToolChoiceConfig = DEFAULTS
) -> tuple[Errand | None, QuickReply]:
    """The errand the model sees in the turn, and its reply; never raises but for cancellation."""
    history = turn.history[-config.message_count :]
    said = [f"{each.role}: {as_data(masked(each.text[: config.message_chars]))}" for each in history]
    prompt = Prompt(
        messages=TEMPLATE.messages(conversation="\n".join(said), question=as_data(turn.text)),
        max_tokens=config.max_tokens,
        temperature=0.0,
        tools=tools(),
    )
    reply = await ask(model, prompt, config.model_s)
    errands = (_errand(call, turn, standing) for call in reply.calls)
    return next((errand for errand in errands if errand is not None), None), reply


def _errand(call: ToolCallChunk, turn: Turn, standing: Standing) -> Errand | None:
    """None where the call is none of the catalogue; a value that nobody wrote is left out."""
    action = next((action for name, action in CATALOGUE.items() if name == call.name), None)
    try:
        given = json.loads(call.arguments_json)
    except ValueError:
        return None
    if action is None or not isinstance(given, dict):
        return None
    wrote = "\n".join([turn.text, *(each.text for each in turn.history if each.role == "user")]).casefold()
    learned: dict[str, str] = {
        each.name: given[each.name]
        for each in (*action.inputs, *action.options)
        if isinstance(given.get(each.name), str) and each.pattern.fullmatch(given[each.name])
        if not each.is_literal or given[each.name].casefold() in wrote
    }
    topic: dict[str, str] = {
        each.name: standing.topic[each.name] for each in action.inputs if each.name in standing.topic
    }
    return Errand(action=action, known={**topic, **learned}, learned=learned)
