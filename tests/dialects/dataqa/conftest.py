"""What the tests of this dialect share."""

from __future__ import annotations

from tests.dialects.dataqa.house import clock, house

__all__ = ["clock", "house"]
