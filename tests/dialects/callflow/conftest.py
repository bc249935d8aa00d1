"""What the tests of this dialect share."""

from __future__ import annotations

from tests.dialects.callflow.house import house

__all__ = ["house"]
