"""What the shop knows, looked up for an operator: the customer's own affairs, without their particulars."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from yingda.business import replies
from yingda.business.actions import Action, look
from yingda.business.errand import errand_of
from yingda.business.failures import ShopFailure
from yingda.business.records import Found
from yingda.business.standing import NOTHING_OPEN
from yingda.business.system import ShopSystem
from yingda.safety.mask import masked
from yingda.turns.clock import Clock

Scene = str
_SCENES: Mapping[str, Scene] = {
    "query_order": "order",
    "query_logistics": "order",
    "query_member": "member",
    "query_points": "member",
    "query_balance": "account",
    "query_transactions": "account",
    "create_return": "return",
    "query_return": "return",
    "cancel_return": "return",
}
_PRIVATE = ("phone", "name", "address")
_MISSING = {"order_id": "请提供订单号。", "return_id": "请提供退货单号。"}
UNKNOWN = "没有看出要查询什么，可以写明订单号、退货单号，或会员、积分、余额、交易记录。"
CUSTOMER_DECIDES = "申请或取消退货须由客户本人在对话中提出并确认，这里只能查询。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assisted:
    """What was found, or in `error` why not; `masked_fields` are those of `data` that are not shown whole."""

    reply: str
    scene: Scene | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    error: str | None = None
    masked_fields: tuple[str, ...] = ()


class BusinessAssist:
    """Only looks: nothing is changed by an operator's words."""

    def __init__(self, shop: ShopSystem, clock: Clock, zone: ZoneInfo) -> None:
        self._shop = shop
        self._clock = clock
        self._zone = zone

    async def ask(self, query: str, customer_id: str | None) -> Assisted:
        """The answer to a question about that customer's affairs; nobody else's are told."""
        now = self._clock.now().astimezone(self._zone).replace(tzinfo=None)
        errand = errand_of(query, query, NOTHING_OPEN, now)
        if errand is None:
            return Assisted(reply=UNKNOWN, error="unknown_scene")
        action, scene = errand.action, _SCENES[errand.action.name]
        if action.write is not None:
            return Assisted(reply=CUSTOMER_DECIDES, scene=scene, error="customer_must_confirm")
        if (missing := errand.missing) is not None:
            return Assisted(reply=_MISSING[missing.name], scene=scene, error=f"missing_{missing.name}")
        return await self._looked(action, errand.known, customer_id, scene)

    async def _looked(
        self, action: Action, known: Mapping[str, str], customer_id: str | None, scene: Scene
    ) -> Assisted:
        try:
            found = await look(self._shop, action, known, customer_id)
        except ShopFailure as failure:
            said = replies.sorry(action, known, failure, "zh")
            return Assisted(reply=said, scene=scene, error=failure.code)
        data, hidden = shown(found)
        reply = masked(replies.reply(action, found, known, "zh"))
        return Assisted(reply=reply, scene=scene, data=data, masked_fields=hidden)


def shown(found: Found) -> tuple[dict[str, object], tuple[str, ...]]:
    """Its fields, and which of them are hidden in part."""
    if isinstance(found, tuple):
        return {"items": [_plain(dataclasses.asdict(one)) for one in found]}, ()
    fields = dataclasses.asdict(found)
    private = tuple(name for name, value in fields.items() if value and name.rpartition("_")[2] in _PRIVATE)
    hidden = {name: _hidden(name, str(fields[name])) for name in private}
    return {name: _plain(value) for name, value in (fields | hidden).items()}, private


def _hidden(name: str, text: str) -> str:
    if name.endswith("phone") and len(text) > 7:
        return f"{text[:3]}****{text[-4:]}"
    return text[: 6 if name.endswith("address") else 1] + "****"


def _plain(value: object) -> object:
    """As JSON has it; money as text, so that nothing is rounded."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
