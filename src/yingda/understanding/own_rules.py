"""Rules of an operator's own, as YAML beside a model: phrases that settle an intent, unless they are denied.

rules:
  - intent: ticket
    any: [上门维修, leaking]
    unless: [怎么, how]
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from yingda.errors import InvalidRequest
from yingda.understanding.negation import asserted
from yingda.understanding.normalise import clauses, fold

_KEYS = {"intent", "any", "unless"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRule:
    """`unless` looks at the clause that holds the phrase."""

    intent: str
    phrases: re.Pattern[str]
    unless: re.Pattern[str] | None


def own_rules_from_file(file: Path) -> tuple[OwnRule, ...]:
    """None where there is no such file; raises InvalidRequest, which names what is wrong."""
    if not file.exists():
        return ()
    try:
        document = yaml.safe_load(file.read_text("utf-8")) or {}
        return tuple(_rule(each) for each in document["rules"])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise InvalidRequest(f"{file.name}: rules with intent and any are expected ({error})") from None


def settled_by(rules: Sequence[OwnRule], text: str) -> str | None:
    """The intent of the first rule that holds in some clause of the message."""
    if not rules:
        return None
    said = clauses(fold(text))
    return next((rule.intent for rule in rules if any(_holds(rule, clause) for clause in said)), None)


def _holds(rule: OwnRule, clause: str) -> bool:
    excused = rule.unless is not None and rule.unless.search(clause) is not None
    return not excused and asserted(rule.phrases, clause)


def _rule(fields: Mapping[str, Any]) -> OwnRule:
    if unknown := set(fields) - _KEYS:
        raise KeyError(f"unknown: {', '.join(sorted(unknown))}")
    unless = fields.get("unless") or ()
    return OwnRule(
        intent=str(fields["intent"]),
        phrases=_any_phrase(fields["any"]),
        unless=_any_phrase(unless) if unless else None,
    )


def _any_phrase(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(_bounded(re.escape(fold(str(phrase)))) for phrase in phrases))


def _bounded(phrase: str) -> str:
    return rf"(?<![a-z0-9]){phrase}(?![a-z0-9])" if phrase.isascii() else phrase
