"""From a YAML file to a `Flow`, or to a list of all that is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from yingda.flows.checks import problems
from yingda.flows.document import FlowDocument, HandoffSection, SlotSection, StageSection, TestSection
from yingda.flows.flow import (
    Await,
    Branch,
    Flow,
    FlowTest,
    Handoff,
    Intent,
    ModelUse,
    Review,
    Rule,
    Silence,
    Slot,
    Stage,
    TestTurn,
)

SLOT_FIELDS = frozenset(SlotSection.model_fields)


class FlowInvalid(ValueError):
    """The file is no flow that could run; `problems` are sentences, each with its place in the file."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def load(path: Path) -> Flow:
    """Read a flow; raises `FlowInvalid` with every problem found, and OSError."""
    return flow_from_yaml(path.read_text("utf-8"))


def flow_from_yaml(text: str) -> Flow:
    """Read a flow; raises `FlowInvalid`."""
    try:
        document = FlowDocument.model_validate(yaml.load(text, _Loader))  # noqa: S506  (a SafeLoader)
    except yaml.YAMLError as error:
        raise FlowInvalid([f"not YAML: {error}"]) from None
    except ValidationError as error:
        raise FlowInvalid(_invalid(error)) from None
    flow = _flow(document)
    if found := list(problems(flow)):
        raise FlowInvalid(found)
    return flow


def shipped(name: str) -> Path:
    """A flow that comes along: in the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    places = (package / "samples/flows", package.parents[1] / "samples/flows")
    return next((place / name for place in places if (place / name).is_file()), places[0] / name)


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: the first one would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if not isinstance(key, Hashable):
                raise yaml.YAMLError(f"line {line}: a list or a mapping is no key")
            if key in seen:
                raise yaml.YAMLError(f"line {line}: {key!r} stands here a second time")
            seen.add(key)
        return super().construct_mapping(node, deep)


def _invalid(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        place = ".".join(str(part) for part in one["loc"] if part != "[key]") or "the file"
        message = one["msg"].removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            message = f"no such key here{_meant(str(one['loc'][-1]))}"
        yield f"{place}: {message}"


def _meant(name: str) -> str:
    known = {field for model in FlowDocument.__subclasses__() for field in model.model_fields}
    known |= set(FlowDocument.model_fields) | SLOT_FIELDS | set(StageSection.model_fields)
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _flow(document: FlowDocument) -> Flow:
    defaults = document.defaults
    silence = defaults.silence
    return Flow(
        name=document.dialogue,
        version=document.version,
        start=document.start,
        stages={name: _stage(name, stage) for name, stage in document.stages.items()},
        slots={name: _slot(name, slot) for name, slot in document.slots.items()},
        intents={
            name: Intent(name=name, words=tuple(one.any), pattern=one.re, unless=one.unless)
            for name, one in document.intents.items()
        },
        rules=tuple(Rule(when=rule.when, goto=rule.goto, do=rule.do) for rule in document.rules),
        codes=document.codes,
        remap=document.remap,
        extract=tuple(defaults.extract),
        model=ModelUse(timeout_s=defaults.llm.timeout_s, needs_quote=defaults.llm.min_quote),
        retries=defaults.retries,
        on_fail=defaults.on_fail.goto if defaults.on_fail else None,
        silence=Silence(after_s=silence.after_s, times=silence.times, goto=silence.goto)
        if silence
        else Silence(),
        max_turns=defaults.max_turns,
        phrases=document.phrases,
        tests=tuple(_test(test) for test in document.tests),
    )


def _slot(name: str, slot: SlotSection) -> Slot:
    return Slot(
        name=name,
        kind=slot.type,
        ask=slot.ask,
        retry=tuple(slot.retry),
        when=slot.when,
        confirm=slot.confirm,
        accumulate=slot.accumulate,
        is_sticky=slot.sticky,
        allows_unknown=slot.allow_unknown,
        uses_caller_id=slot.use_caller_id,
        cues=tuple(slot.cues),
        label=slot.label or name,
        retries=slot.retries,
        on_fail=slot.on_fail.goto if slot.on_fail else None,
        options=_options(slot.model_extra),
    )


def _options(extra: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return dict(extra or {})


def _stage(name: str, stage: StageSection) -> Stage:
    return Stage(
        name=name,
        code=stage.code,
        say=stage.say,
        collect=tuple(stage.collect),
        is_flexible=stage.order == "flexible",
        review=Review(ask=stage.confirm_all.ask) if stage.confirm_all else None,
        awaits=Await(key=stage.awaits.key, timeout_s=stage.awaits.timeout_s) if stage.awaits else None,
        branches=tuple(Branch(goto=branch.goto, when=branch.when) for branch in stage.next),
        is_final=stage.final,
        handoff=_handoff(stage.handoff),
    )


def _handoff(section: HandoffSection | None) -> Handoff | None:
    if section is None:
        return None
    priority = "medium" if section.priority == "normal" else section.priority
    return Handoff(queue=section.queue, priority=priority, carry=frozenset(section.carry))


def _test(test: TestSection) -> FlowTest:
    turns = tuple(TestTurn(**dict(turn)) for turn in test.turns)
    return FlowTest(name=test.name, ask=test.ask, caller_id=test.caller_id, turns=turns)
