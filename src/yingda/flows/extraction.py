"""A model as a second ear: it proposes values with the caller's words, and decides nothing (callflow F.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from pydantic import BaseModel, TypeAdapter, ValidationError

from yingda.flows.flow import Flow
from yingda.flows.hearing import Heard, Proposal
from yingda.flows.state import State
from yingda.llm.quick_reply import ask
from yingda.llm.types import ChatModel, Prompt, PromptMessage
from yingda.turns.events import Scalar
from yingda.turns.types import Usage

TEMPLATE = files("yingda.flows").joinpath("prompts/extract.md").read_text("utf-8")
MAX_TOKENS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What the model proposed; `note` says how it went, for the ledger."""

    proposals: Sequence[Proposal]
    note: str
    usages: tuple[Usage, ...] = ()


class _Proposed(BaseModel):
    slot: str
    value: Scalar
    quote: str


_REPLY = TypeAdapter(list[_Proposed])


async def extract(model: ChatModel, flow: Flow, state: State, heard: Heard) -> Extraction:
    """Ask once, within the flow's time limit; a late, broken or silent model proposes nothing."""
    reply = await ask(model, _prompt(flow, state, heard), flow.model.timeout_s)
    if reply.text is None:
        return Extraction(proposals=(), note=reply.note, usages=reply.usages)
    start, end = reply.text.find("["), reply.text.rfind("]") + 1
    try:
        found = _REPLY.validate_json(reply.text[start:end])
    except ValidationError:
        return Extraction(proposals=(), note="unreadable", usages=reply.usages)
    proposals = [Proposal(slot=one.slot, value=one.value, quote=one.quote) for one in found]
    return Extraction(proposals=proposals, note=reply.note, usages=reply.usages)


def _prompt(flow: Flow, state: State, heard: Heard) -> Prompt:
    open_slots = [slot for slot in flow.slots.values() if slot.name not in state.slots]
    asked = flow.slots.get(state.question.slot) if state.question else None
    instruction = (
        TEMPLATE.replace("{question}", asked.ask if asked else "none")
        .replace("{now}", heard.at.isoformat(timespec="minutes"))
        .replace("{slots}", "\n".join(f"- {slot.name} ({slot.kind}): {slot.ask}" for slot in open_slots))
    )
    messages = (PromptMessage(role="system", text=instruction), PromptMessage(role="user", text=heard.text))
    return Prompt(messages=messages, max_tokens=MAX_TOKENS, temperature=0.0)
