"""What the shop brought back, in the customer's words; personal data comes out masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from yingda.business import wording
from yingda.business.actions import Action, ActionName
from yingda.business.failures import NothingThere, NotSignedIn, NotTheirs, Refused, ShopFailure, TimedOut
from yingda.business.records import Account, Found, Member, Order, Parcel, Return, Transaction
from yingda.business.wording import CONFIRM, DONE, Words, pick
from yingda.safety.mask import masked
from yingda.turns.options import Language

_TIME = "%Y-%m-%d %H:%M"
_LATEST_STEPS = 3
_LATEST_TRANSACTIONS = 5
_MOST_TRANSACTIONS = 10


def money(amount: Decimal) -> str:
    """Yuan with two decimals."""
    return f"{'-' if amount < 0 else ''}¥{abs(amount):.2f}"


def goods(order: Order) -> str:
    """What was ordered, in one line."""
    return "、".join(f"{line.name} ×{line.quantity}" for line in order.lines)


def reply(action: Action, found: Found, known: Mapping[str, str], language: Language) -> str:
    """The whole answer to a question of the catalogue."""
    is_zh = language == "zh"
    if period := known.get("period"):
        statement = [one for one in _each(found) if isinstance(one, Transaction)]
        return _statement(statement, period, is_zh)
    match found:
        case Order() if action.name == "query_logistics":
            return _whereabouts(found, is_zh)
        case Order():
            return _order(found, is_zh)
        case Member():
            return _points(found, is_zh) if action.name == "query_points" else _member(found, is_zh)
        case Account():
            amount = money(found.balance)
            return f"您的礼品卡余额为 {amount}。" if is_zh else f"Your balance is {amount}."
        case Return():
            return _return(found, is_zh)
    return _list(action, found, is_zh)


def done(action: ActionName, changed: Return, language: Language) -> str:
    """What a confirmed change came to."""
    return pick(DONE[action], language).format(
        return_id=changed.return_id,
        order_id=changed.order_id,
        status=changed.status if language == "zh" else _state(changed.status),
        refund=money(changed.refund),
    )


def confirmation(
    action: Action, found: Found, known: Mapping[str, str], confirm_s: float, language: Language
) -> str:
    """Exactly what would happen, and how to say yes or no to it."""
    values = {**known, "minutes": str(max(1, round(confirm_s / 60)))}
    if isinstance(found, Order):
        values |= {"order_id": found.order_id, "lines": goods(found), "paid": money(found.paid)}
    elif isinstance(found, Return):
        values |= {"return_id": found.return_id, "order_id": found.order_id, "refund": money(found.refund)}
    return pick(CONFIRM[action.name], language).format(**values)


def sorry(action: Action, known: Mapping[str, str], failure: ShopFailure, language: Language) -> str:
    """What went wrong, as what it is."""
    asked = next((each.name for each in action.inputs if each.name in known), "")
    asked = asked or ("return_id" if "return_id" in known else "")
    match failure:
        case NotSignedIn():
            words: Words = wording.SIGN_IN
        case NothingThere():
            words = wording.NOT_FOUND[asked]
        case NotTheirs():
            words = wording.NOT_YOURS[asked]
        case TimedOut():
            words = wording.TIMED_OUT
        case Refused():
            words = wording.REFUSED if failure.detail else wording.REFUSED_PLAINLY
        case _:
            words = wording.BROKEN
    return pick(words, language).format(number=known.get(asked, ""), detail=failure.detail)


def undone(failure: ShopFailure, action: Action, known: Mapping[str, str], language: Language) -> str:
    """Why a confirmed change is not known to be made."""
    outage = {"shop_timeout": wording.MAYBE_DONE, "shop_unavailable": wording.NOT_DONE}.get(failure.code)
    return pick(outage, language) if outage else sorry(action, known, failure, language)


def summary(found: Found) -> dict[str, object]:
    """Numbers and states, without particulars of a person."""
    match found:
        case Order():
            return {"order_id": found.order_id, "status": found.status, "parcels": len(found.parcels)}
        case Return():
            return {"return_id": found.return_id, "order_id": found.order_id, "status": found.status}
        case Member():
            return {"level": found.level}
        case tuple():
            return {"count": len(found)}
    return {}


def _each(found: Found) -> Sequence[object]:
    return found if isinstance(found, tuple) else (found,)


def _state(word: str) -> str:
    return wording.STATES.get(word, word)


def _hidden(phone: str) -> str:
    """The first three and last four of a telephone number, or nothing of a short one."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 7 else "****"


def _order(order: Order, is_zh: bool) -> str:
    lines = goods(order)
    if not is_zh:
        sent = f", shipped {order.shipped_at:{_TIME}}" if order.shipped_at else ""
        came = f", delivered {order.delivered_at:{_TIME}}" if order.delivered_at else ""
        return (
            f"Order {order.order_id}: {_state(order.status)}{sent}{came}.\nItems: {lines}\n"
            f"Paid: {money(order.paid)}, ordered {order.ordered_at:{_TIME}}"
        )
    times = [f"下单时间：{order.ordered_at:{_TIME}}"]
    if order.shipped_at:
        times.append(f"发货时间：{order.shipped_at:{_TIME}}")
    if order.delivered_at:
        times.append(f"签收时间：{order.delivered_at:{_TIME}}")
    said = [
        f"订单 {order.order_id} 当前状态：{order.status}。",
        f"商品：{lines}",
        f"实付：{money(order.paid)}",
    ]
    if order.receiver_name:
        said.append(f"收货人：{order.receiver_name[:1]}** {_hidden(order.receiver_phone)}")
    return "\n".join([*said, *times])


def _whereabouts(order: Order, is_zh: bool) -> str:
    if not order.parcels:
        if is_zh:
            return f"订单 {order.order_id} 当前状态：{order.status}，还没有物流信息。"
        return f"Order {order.order_id} is {_state(order.status)}; there is no parcel yet."
    return "\n".join(_parcel(order.order_id, parcel, is_zh) for parcel in order.parcels)


def _parcel(order_id: str, parcel: Parcel, is_zh: bool) -> str:
    due = parcel.expected_on if parcel.expected_on and parcel.status != "已签收" else None
    if is_zh:
        head = f"订单 {order_id} 的物流：{parcel.carrier}（运单号 {parcel.number}），{parcel.status}"
        head += f"，预计 {due} 送达。" if due else "。"
    else:
        head = f"Order {order_id} travels with {parcel.carrier} ({parcel.number}): {_state(parcel.status)}"
        head += f", expected {due}." if due else "."
    latest = parcel.steps[: -_LATEST_STEPS - 1 : -1]
    return "\n".join([head, *(f"{step.at:{_TIME}} [{step.place}] {masked(step.what)}" for step in latest)])


def _member(member: Member, is_zh: bool) -> str:
    if not is_zh:
        return f"You are a {member.level} with {member.points} points, phone {_hidden(member.phone)}."
    return f"您的会员等级：{member.level}，积分：{member.points}，绑定手机：{_hidden(member.phone)}。"


def _points(member: Member, is_zh: bool) -> str:
    if not is_zh:
        return f"You have {member.points} points ({member.level})."
    return f"您当前有 {member.points} 积分（{member.level}）。"


def _return(found: Return, is_zh: bool) -> str:
    if not is_zh:
        return (
            f"Return {found.return_id} of order {found.order_id}: {_state(found.status)}, "
            f"refund {money(found.refund)}, requested {found.requested_at:{_TIME}}."
        )
    return (
        f"退货单 {found.return_id}（订单 {found.order_id}）当前状态：{found.status}，"
        f"退款 {money(found.refund)}，申请时间 {found.requested_at:{_TIME}}，原因：{masked(found.reason)}。"
    )


def _list(action: Action, found: Sequence[Transaction | Return], is_zh: bool) -> str:
    if action.name == "query_return":
        empty = "您没有退货记录。" if is_zh else "You have no returns."
        head = "您的退货记录：" if is_zh else "Your returns:"
    else:
        empty = "您没有交易记录。" if is_zh else "You have no transactions."
        head = "您最近的交易：" if is_zh else "Your latest transactions:"
    shown = [one for one in found if isinstance(one, Return)] or found[:_LATEST_TRANSACTIONS]
    rows = [_return(one, is_zh) if isinstance(one, Return) else _transaction(one, is_zh) for one in shown]
    return "\n".join([head, *(f"- {row}" for row in rows)]) if rows else empty


def _statement(found: Sequence[Transaction], period: str, is_zh: bool) -> str:
    """The transactions of a period, with what was paid and what came back."""
    since, _, until = period.partition("/")
    last = date.fromisoformat(until) - timedelta(days=1)
    paid = -sum((one.amount for one in found if one.kind == "消费"), Decimal(0))
    back = sum((one.amount for one in found if one.kind == "退款"), Decimal(0))
    if is_zh:
        head = f"{since} 至 {last} 共 {len(found)} 笔交易，消费 {money(paid)}，退款 {money(back)}。"
    else:
        head = f"{since} to {last}: {len(found)} transactions, paid {money(paid)}, refunded {money(back)}."
    rows = [f"- {_transaction(one, is_zh)}" for one in found[:_MOST_TRANSACTIONS]]
    more = [f"- … {len(found) - len(rows)}"] if len(found) > len(rows) else []
    return "\n".join([head, *rows, *more])


def _transaction(one: Transaction, is_zh: bool) -> str:
    kind = one.kind if is_zh else _state(one.kind)
    about = f"（订单 {one.order_id}）" if is_zh else f" (order {one.order_id})"
    return f"{one.at:{_TIME}} {kind} {money(one.amount)}{about if one.order_id else ''}"
