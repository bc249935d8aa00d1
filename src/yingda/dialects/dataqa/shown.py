"""Stored conversations as the lists show them (dataqa 2.3 to 2.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from yingda.conversations.archive import ConversationSummary
from yingda.conversations.store import StoredTurn
from yingda.dialects.dataqa.answer import Answer, answer_from, execution_path
from yingda.dialects.dataqa.wire import local, stamped, utc
from yingda.turns import codec

TITLE_CHARS = 50
_PREFIXES = {"user": "User", "assistant": "Assistant"}


def item(conversation: ConversationSummary, zone: ZoneInfo) -> dict[str, Any]:
    """A line of a list: the seed's names and the later ones."""
    began, active = conversation.created_at, conversation.last_active_at
    return {
        "conversation_id": conversation.external_id,
        "user_id": conversation.user_id,
        "conversation_title": title(conversation),
        "start_time": local(began, zone),
        "last_activity": local(active, zone),
        "created_at": local(began, zone),
        "updated_at": local(active, zone),
        "created_at_utc": utc(began),
        "updated_at_utc": utc(active),
        "message_count": conversation.message_count,
    }


def meta(conversation: ConversationSummary, zone: ZoneInfo) -> dict[str, Any]:
    """`conversation_meta`."""
    names = ("conversation_id", "user_id", "created_at", "updated_at", "message_count", "conversation_title")
    shown = item(conversation, zone)
    return {name: shown[name] for name in names}


def title(conversation: ConversationSummary) -> str:
    """What it was renamed to, else its first question, cut."""
    said = conversation.title or conversation.preview.strip()
    if len(said) > TITLE_CHARS:
        return f"{said[: TITLE_CHARS - 3]}..."
    return said or "对话"


def messages(turns: Iterable[StoredTurn], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Questions and answers, oldest first; an answer that is empty is none."""
    shown: list[dict[str, Any]] = []
    for turn in turns:
        answer = answer_from(codec.load(turn.lines))
        asked = {"message_id": f"{turn.turn_id}-q", "role": "user", "content": turn.text}
        shown.append({**asked, **stamped(turn.started_at, zone), "metadata": {}})
        if text := answer.record.text:
            ending = answer.record.ending
            said = {"message_id": f"{turn.turn_id}-a", "role": "assistant", "content": text}
            at = stamped(ending.at if ending else turn.started_at, zone)
            shown.append({**said, **at, "metadata": _metadata(turn, answer)})
    return shown


def _metadata(turn: StoredTurn, answer: Answer) -> dict[str, Any]:
    data: dict[str, Any] = {"type": answer.question_type}
    if answer.rows is not None:
        data["sql"] = answer.rows.sql
        data["row_count"] = answer.rows.row_count
    data |= {"execution_path": execution_path(answer), "turn_id": turn.turn_id, "turn_number": turn.number}
    if answer.record.cache is not None:
        data["from_cache"] = True
    return data


def context(shown: Sequence[Mapping[str, Any]]) -> str:
    """What a model would be told of the conversation: a line for each message."""
    return "\n".join(f"{_PREFIXES[one['role']]}: {one['content']}" for one in shown)


def markdown(heading: str, shown: Iterable[Mapping[str, Any]]) -> str:
    """A conversation as a text file."""
    lines = [f"# {heading}", ""]
    for one in shown:
        lines += [f"## {_PREFIXES[one['role']]} · {one['timestamp']}", "", one["content"], ""]
        if sql := one["metadata"].get("sql"):
            lines += ["```sql", sql, "```", ""]
    return "\n".join(lines)
