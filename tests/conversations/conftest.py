"""Assertions of the shipped suite are explained like a test's own."""

import pytest

pytest.register_assert_rewrite(
    "yingda.testing.adopted_names_suite",
    "yingda.testing.archive_suite",
    "yingda.testing.conversations_suite",
    "yingda.testing.handovers_suite",
    "yingda.testing.undo_suite",
)
