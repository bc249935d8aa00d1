"""Which columns are amounts to be summed, and which only look like numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from yingda.text_to_sql.databases.catalogue import PhysicalColumn, PhysicalTable
from yingda.text_to_sql.model import Measure
from yingda.text_to_sql.profile import Profile
from yingda.text_to_sql.words import label_in, parts_of, readable

_KEYS = frozenset({"id", "ids", "uuid", "guid", "key", "pk", "fk", "rowid"})
_CODES = frozenset(
    {"code", "number", "no", "num", "zip", "postcode", "postal", "phone", "line", "version", "编号"}
)
_SUMMED = frozenset(
    {
        "amount",
        "total",
        "subtotal",
        "quantity",
        "qty",
        "revenue",
        "sales",
        "cost",
        "costs",
        "profit",
        "income",
        "expense",
        "fee",
        "freight",
        "tax",
        "payment",
        "paid",
        "discount",
        "count",
        "units",
        "bytes",
        "duration",
        "milliseconds",
        "seconds",
        "minutes",
        "hours",
        "weight",
        "volume",
        "budget",
        "balance",
        "attendance",
        "visits",
        "views",
        "clicks",
        "votes",
        "points",
        "wins",
        "losses",
        "goals",
        "stock",
        "salary",
        "wage",
        "spend",
    }
)
_NOT_SUMMED = frozenset(
    {
        "price",
        "rate",
        "ratio",
        "percent",
        "percentage",
        "pct",
        "average",
        "avg",
        "mean",
        "age",
        "year",
        "month",
        "day",
        "rank",
        "rating",
        "score",
        "level",
        "latitude",
        "longitude",
        "lat",
        "lng",
        "lon",
        "temperature",
        "height",
        "width",
        "length",
        "highest",
        "lowest",
        "max",
        "min",
        "per",
        "capacity",
    }
)
_SUMMED_ZH = ("金额", "数量", "销量", "销售额", "总额", "收入", "成本", "费用", "运费", "利润", "库存")
_PRICES = frozenset({"price"})
_COUNTS = frozenset({"quantity", "qty"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """The columns of a line of an order: a price, a quantity, and what is taken off."""

    price: str
    quantity: str
    discount: str | None


def is_identifier(column: PhysicalColumn, table: PhysicalTable, profile: Profile) -> bool:
    """Whether a column names something: a key, or an integer that is called a code or number of it."""
    parts = set(parts_of(column.name))
    if table.primary_key == (column.name,) or parts & _KEYS or column.name.lower().endswith("_id"):
        return True
    is_listed = any(column.name in {here for here, _there in key.columns} for key in table.foreign_keys)
    is_code = profile.kind == "integer" and bool(parts & _CODES) and not parts & {"of", "units"}
    return is_listed or is_code


def measures_of(
    table: PhysicalTable, profiles: dict[str, Profile], keys: set[str], written: Callable[[str], str]
) -> tuple[Measure, ...]:
    """Sums of what adds up, and of price times quantity where a table has one of each."""
    numbers = [one for one in table.columns if profiles[one.name].kind in ("integer", "number")]
    numbers = [one for one in numbers if one.name not in keys]
    found = [_sum(one, written) for one in numbers if _adds_up(one, profiles[one.name])]
    if any({"amount", "subtotal", "total", "revenue"} & set(parts_of(one.name)) for one in found):
        return tuple(found)  # the line's amount is already there
    return (*found, *_lines(table, numbers, profiles, written))


def _adds_up(column: PhysicalColumn, profile: Profile) -> bool:
    parts = set(parts_of(column.name))
    is_share = profile.kind == "number" and _is_share(profile) and profile.most != 0
    if parts & _NOT_SUMMED or is_share:
        return False
    return bool(parts & _SUMMED) or any(word in column.comment for word in _SUMMED_ZH)


def _sum(column: PhysicalColumn, written: Callable[[str], str]) -> Measure:
    words = readable(column.name)
    total = words if words.startswith("total") else f"total {words}"
    label = label_in(column.comment)
    return Measure(
        name="_".join(["sum", *parts_of(column.name)]),
        expr=written(column.name),
        aggregation="sum",
        label=label or total,
        synonyms=tuple(
            one for one in dict.fromkeys((total, words, f"sum of {words}")) if one != (label or total)
        ),
    )


def _lines(
    table: PhysicalTable,
    numbers: list[PhysicalColumn],
    profiles: dict[str, Profile],
    written: Callable[[str], str],
) -> Iterator[Measure]:
    line = _line(numbers, profiles)
    if line is None or len(table.foreign_keys) < 2:
        return
    expr = f"{written(line.price)} * {written(line.quantity)}"
    if line.discount:
        expr += f" * (1 - {written(line.discount)})"
    yield Measure(
        name="line_amount",
        expr=expr,
        aggregation="sum",
        label="sales amount",
        description="price times quantity" + (", less discount" if line.discount else ""),
        synonyms=("revenue", "sales", "total sales", "turnover", "销售额", "营业额", "收入"),
    )


def _line(numbers: list[PhysicalColumn], profiles: dict[str, Profile]) -> _Line | None:
    prices = [one.name for one in numbers if set(parts_of(one.name)) & _PRICES]
    counts = [one.name for one in numbers if set(parts_of(one.name)) & _COUNTS]
    if len(prices) != 1 or len(counts) != 1:
        return None
    shares = [
        one.name for one in numbers if "discount" in parts_of(one.name) and _is_share(profiles[one.name])
    ]
    return _Line(price=prices[0], quantity=counts[0], discount=shares[0] if len(shares) == 1 else None)


def _is_share(profile: Profile) -> bool:
    return profile.least is not None and float(profile.least) >= 0 and float(profile.most) <= 1
