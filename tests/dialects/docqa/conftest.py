"""What the tests of this dialect share."""

from __future__ import annotations

from tests.dialects.docqa.house import house, per_minute

__all__ = ["house", "per_minute"]
