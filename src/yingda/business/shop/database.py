"""The sample shop's SQLite file, made once: its days count back from the day on which it is made."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from datetime import date, datetime, time
from pathlib import Path
from random import Random

from yingda.business.shop.books import Books, Row, enter, register
from yingda.business.shop.sales import buyers, everyday_sales, known_sales
from yingda.business.shop.world import world

SCHEMA = Path(__file__).parent / "schema.sql"
FILE_NAME = "shop.db"

_SEED = 20240001
_PARENTS_FIRST = (
    *("regions", "products", "customers", "orders", "order_items"),
    *("shipments", "shipment_events", "returns", "transactions"),
)


def shop_rows(today: date) -> dict[str, list[Row]]:
    """Every row of every table, the same for the same day."""
    things, chance = world(), Random(_SEED)  # noqa: S311  an invented shop needs no secrets
    books = Books(world=things, now=datetime.combine(today, time.min))
    for region in things.regions:
        books.add("regions", region.region_id, region.area, region.province)
    for goods in things.products:
        described = (goods.product_id, goods.name, goods.category)
        books.add("products", *described, goods.price, goods.cost, goods.stock, goods.sale_status)
    everybody = buyers(things, chance, today)
    sales = [*everyday_sales(things, chance, everybody, today), *known_sales(everybody, today)]
    for sale in sorted(sales, key=lambda sale: sale.ordered_at):
        enter(books, sale)
    for buyer in everybody:
        register(books, buyer)
    return books.rows


def make_shop(path: Path, today: date) -> None:
    """Make the file if it is not there; it appears complete, whoever else starts at the same time."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with closing(sqlite3.connect(draft)) as database:
        database.executescript(SCHEMA.read_text("utf-8"))
        rows = shop_rows(today)
        for table in _PARENTS_FIRST:
            marks = ", ".join("?" * len(rows[table][0]))
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[table])  # noqa: S608  our names
        database.commit()
        database.execute("PRAGMA journal_mode = WAL")
    with suppress(FileExistsError):  # another process was first, and made the same
        os.link(draft, path)
    draft.unlink()
