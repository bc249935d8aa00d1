"""What the sample shop is made of: its goods, places, names and habits, read from `world.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A province, the part of the country it lies in, and how much of the trade comes from it."""

    region_id: int
    area: str
    province: str
    weight: int
    cities: tuple[str, ...]
    is_remote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One article; amounts in yuan, `weight` is how often it is bought."""

    product_id: str
    name: str
    category: str
    price: int
    cost: int
    stock: int
    sale_status: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that is drawn from; pairs are a value and how often it comes up."""

    regions: tuple[Region, ...]
    products: tuple[Product, ...]
    surnames: str
    given: dict[str, list[str]]
    streets: tuple[str, ...]
    channels: dict[str, int]
    payment_methods: dict[str, int]
    carriers: tuple[str, ...]
    reasons: tuple[str, ...]

    def product(self, product_id: str) -> Product:
        """The article of that model."""
        return next(product for product in self.products if product.product_id == product_id)


@cache
def world() -> World:
    """The one world; read once."""
    drawn = json.loads((Path(__file__).parent / "world.json").read_text("utf-8"))
    names = ("product_id", "name", "category", "price", "cost", "stock", "sale_status", "weight")
    regions = (
        Region(
            region_id=number,
            area=area,
            province=province,
            weight=weight,
            cities=tuple(cities),
            is_remote=province in drawn["remote_provinces"],
        )
        for number, (area, province, weight, cities) in enumerate(drawn["regions"], 1)
    )
    return World(
        regions=tuple(regions),
        products=tuple(Product(**dict(zip(names, row, strict=True))) for row in drawn["products"]),
        surnames=drawn["surnames"],
        given=drawn["given"],
        streets=tuple(drawn["streets"]),
        channels=dict(drawn["channels"]),
        payment_methods=dict(drawn["payment_methods"]),
        carriers=tuple(drawn["carriers"]),
        reasons=tuple(drawn["reasons"]),
    )
