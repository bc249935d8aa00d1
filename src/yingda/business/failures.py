"""Why a shop gave no answer; each is said to the customer as what it is, never as another."""

from __future__ import annotations


class ShopFailure(Exception):
    """`code` is a stable slug for ledgers and wires; `detail` is the shop's own words, if it gave any.

    `is_outage`: nothing was learned about what was asked for.
    """

    code = "shop_failed"
    is_outage = False

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class NothingThere(ShopFailure):
    """The shop answered: there is no such order, return or customer."""

    code = "not_found"


class NotTheirs(ShopFailure):
    """It is there, and belongs to somebody else, or to nobody the shop would name."""

    code = "not_yours"


class Refused(ShopFailure):
    """The shop's rules forbid it, such as a second return of one order."""

    code = "refused"


class TimedOut(ShopFailure):
    """The shop did not answer in time: what was asked for may or may not have been done."""

    code = "shop_timeout"
    is_outage = True


class Broken(ShopFailure):
    """The shop failed, cannot be reached, or answered what nobody can read."""

    code = "shop_unavailable"
    is_outage = True


class NotSignedIn(ShopFailure):
    """Nobody knows whose affairs are meant."""

    code = "not_logged_in"
