"""The port to a shop's own system."""

from __future__ import annotations

from typing import Protocol

from yingda.business.records import Account, Member, Order, Return, Transaction


class ShopSystem(Protocol):
    """Looks up and changes; whose something is, is for the catalogue to check before anything is shown.

    Every method raises `failures.ShopFailure`: `NothingThere` only where the shop said so itself.
    """

    async def order(self, order_id: str) -> Order:
        """The order of that number, with its parcels."""
        ...

    async def member(self, customer_id: str) -> Member:
        """Name, level and points."""
        ...

    async def account(self, customer_id: str) -> Account:
        """What the customer has deposited."""
        ...

    async def transactions(self, customer_id: str) -> tuple[Transaction, ...]:
        """The latest movements of money, newest first."""
        ...

    async def returns(self, customer_id: str) -> tuple[Return, ...]:
        """The customer's returns, newest first."""
        ...

    async def return_of(self, return_id: str) -> Return:
        """The return of that number."""
        ...

    async def create_return(self, order_id: str, reason: str, customer_id: str, token: str) -> Return:
        """Begin one, once for one token; `Refused` where the order has an open one."""
        ...

    async def cancel_return(self, return_id: str, token: str) -> Return:
        """Take it back, once for one token; `Refused` where it is no longer open."""
        ...
