"""A model answers, from the author's prompt, what was found, and what was said before."""

from __future__ import annotations

from collections.abc import Callable

from yingda.errors import ModelUnavailable
from yingda.llm.types import Prompt, PromptMessage
from yingda.turns.events import ReasoningDelta
from yingda.workflows.asking import Hearers, ask, messages_of, model_of
from yingda.workflows.history import value_of_lines, window
from yingda.workflows.prompts import filled
from yingda.workflows.references import fill_names
from yingda.workflows.run import Line, NodeFailed, NodeRun, Result
from yingda.workflows.values import (
    UNDEFINED,
    Value,
    dicts_of,
    number_of,
    string_of,
    strings_of,
    text_of,
    whole_number_of,
)

_BETWEEN = "\n\n===---===---===\n\n"
_QUOTE = "[{{index}}] {{source}}\n{{q}}\n{{a}}"
_PREVIEW_CHARS = 500


async def answer(run: NodeRun) -> Result:
    """Its text is said as it comes, unless the node only hands it on."""
    question = text_of(run.inputs.get("userChatInput") or "")
    if not question.strip():
        raise NodeFailed("the question is empty")
    model = model_of(run)
    if model is None:
        raise ModelUnavailable("no model is configured for this node")
    prompt = _prompt(run, question)
    speaks = run.inputs.get("isResponseAnswerText", True) is not False
    thinks = run.inputs.get("aiChatReasoning", True) is not False
    hearers = Hearers(
        text=run.say if speaks else _keep_quiet, reasoning=_thinker(run) if thinks else _keep_quiet
    )
    reply = await ask(run, model, prompt, hearers)
    if not reply.text.strip():
        raise ModelUnavailable("the model said nothing")
    said = [*run.app.history, Line("user", question), Line("assistant", reply.text)]
    data: dict[str, Value] = {
        "answerText": reply.text,
        "reasoningText": reply.reasoning,
        "history": value_of_lines(said),
    }
    told: dict[str, Value] = {
        **reply.told(model),
        "query": question,
        "textOutput": reply.text,
        "historyPreview": _preview(prompt.messages),
        "contextTotalLen": len(prompt.messages) + 1,
    }
    return Result(data=data, response=told)


def _thinker(run: NodeRun) -> Callable[[str], None]:
    return lambda text: run.app.session.emit(ReasoningDelta(text=text))


def _keep_quiet(text: str) -> None:
    """What only other nodes hear."""


def _prompt(run: NodeRun, question: str) -> Prompt:
    inputs = run.inputs
    quotes = _quotes(run)
    role = string_of(inputs.get("aiChatQuoteRole"), "system")
    own_words = string_of(inputs.get("quotePrompt"))
    system = [string_of(inputs.get("systemPrompt"))]
    if quotes and role == "user":
        template = own_words or "{{quote}}\n\n{{question}}"
        question = fill_names(template, {"quote": _passages(quotes, own_words), "question": question})
    elif quotes:
        system.append(
            fill_names(own_words, {"quote": quotes, "question": ""}) if own_words else _passages(quotes, "")
        )
    joined = _BETWEEN.join(part for part in system if part.strip())
    temperature = number_of(inputs.get("temperature", UNDEFINED))
    return Prompt(
        messages=messages_of(joined, window(inputs.get("history"), run.app.history), question),
        max_tokens=max(1, whole_number_of(inputs.get("maxToken"), 1024)),
        temperature=min(1.0, max(0.0, temperature / 10)) if temperature == temperature else 0.2,
    )


def _passages(quotes: str, own_words: str) -> str:
    """The author's words around the quotes, or ours."""
    return quotes if own_words else filled("quotes", quotes=quotes)


def _quotes(run: NodeRun) -> str:
    """What was found, each in the author's form, and the text of documents that old exports hand over."""
    template = string_of(run.inputs.get("quoteTemplate")) or _QUOTE
    shown = []
    for number, quote in enumerate(dicts_of(run.inputs.get("quoteQA")), 1):
        known: dict[str, Value] = {name: quote.get(name, "") for name in ("q", "a", "id", "sourceId")}
        known |= {"index": number, "source": quote.get("sourceName", "")}
        shown.append(fill_names(template, known).strip())
    return "\n\n".join([*shown, *strings_of(run.inputs.get("stringQuoteText"))])


def _preview(messages: tuple[PromptMessage, ...]) -> Value:
    names = {"user": "Human", "assistant": "AI", "system": "System"}
    return [{"obj": names[one.role], "value": one.text[:_PREVIEW_CHARS]} for one in messages]
