"""The YAML of a flow as its author writes it (callflow F.4); foreign shapes stop here."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from yingda.flows.expressions import Expression, ExpressionError, parse
from yingda.flows.flow import Action, Extractor, Priority
from yingda.turns.events import Scalar


def _code(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError("a code is a quoted string of four digits; without quotes YAML reads a number")
    return value


def _condition(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a condition is text")
    try:
        return parse(value)
    except ExpressionError as error:
        raise ValueError(str(error)) from None


def _pattern(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a pattern is text")
    try:
        return re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _texts(value: object) -> object:
    return [value] if isinstance(value, str) else value


Code = Annotated[str, BeforeValidator(_code), Field(pattern=r"^[0-9]{4}$")]
Condition = Annotated[Expression, BeforeValidator(_condition)]
Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
Texts = Annotated[list[str], BeforeValidator(_texts)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Goto(_Strict):
    goto: str


class SilenceSection(_Strict):
    after_s: Annotated[float, Field(gt=0)] = 8.0
    times: Annotated[int, Field(ge=1)] = 2
    goto: str


class ModelSection(_Strict):
    timeout_s: Annotated[float, Field(gt=0)] = 4.0
    min_quote: bool = True


class Defaults(_Strict):
    extract: list[Extractor] = ["rules", "llm"]
    llm: ModelSection = ModelSection()
    retries: Annotated[int, Field(ge=0)] = 2
    on_fail: Goto | None = None
    silence: SilenceSection | None = None
    max_turns: Annotated[int, Field(ge=1)] = 60


class IntentSection(_Strict):
    any: Texts = []
    re: Pattern | None = None
    unless: Pattern | None = Field(None, alias="not")


class GlobalRule(_Strict):
    when: Condition
    goto: str | None = None
    do: Action | None = None

    @model_validator(mode="after")
    def does_one_thing(self) -> GlobalRule:
        if (self.goto is None) == (self.do is None):
            raise ValueError("either goto or do")
        return self


class SlotSection(BaseModel):
    """What is not named here is an option of the slot's type, checked by the type."""

    model_config = ConfigDict(extra="allow", frozen=True, arbitrary_types_allowed=True)

    type: str
    ask: str = Field(min_length=1)
    retry: Texts = []
    when: Condition | None = None
    confirm: Literal["never", "always"] = "never"
    accumulate: Annotated[int, Field(ge=1)] = 1
    sticky: bool = False
    allow_unknown: bool = False
    use_caller_id: bool = False
    cues: Texts = []
    label: str = ""
    retries: Annotated[int | None, Field(ge=0)] = None
    on_fail: Goto | None = None


class BranchSection(_Strict):
    goto: str
    when: Condition | None = None


class ReviewSection(_Strict):
    ask: str = Field(min_length=1)
    on_no: Literal["reopen_slot"] = "reopen_slot"


class AwaitSection(_Strict):
    key: str
    timeout_s: Annotated[float, Field(gt=0)] = 600.0


class HandoffSection(_Strict):
    queue: str
    priority: Priority | Literal["normal"] = "medium"
    carry: list[Literal["slots", "transcript", "reason"]] = ["slots", "transcript", "reason"]


class StageSection(_Strict):
    code: Code
    say: str = ""
    collect: list[str] = []
    order: Literal["strict", "flexible"] = "flexible"
    confirm_all: ReviewSection | None = None
    awaits: AwaitSection | None = Field(None, alias="await")
    next: list[BranchSection] = []
    final: bool = False
    handoff: HandoffSection | None = None


class TestTurnSection(_Strict):
    user: str
    facts: dict[str, str] = {}
    wait_s: Annotated[float, Field(ge=0)] = 0.0
    code: Code | None = None
    stage: str | None = None
    slots: dict[str, Scalar] = {}
    says: str | None = None
    asks: str | None = None


class TestSection(_Strict):
    name: str
    ask: str | None = None
    caller_id: str | None = None
    turns: list[TestTurnSection]


class FlowDocument(_Strict):
    """The whole file."""

    dialogue: str
    version: int
    codes: dict[Code, str] = {}
    remap: dict[Code, Code] = {}
    defaults: Defaults = Defaults()
    phrases: dict[str, str] = {}
    intents: dict[str, IntentSection] = {}
    rules: list[GlobalRule] = Field([], alias="globals")
    slots: dict[str, SlotSection] = {}
    start: str
    stages: dict[str, StageSection] = Field(min_length=1)
    tests: list[TestSection] = []
