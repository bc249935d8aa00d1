"""Assertions of the shipped suite speak as plainly as those of a test file."""

import pytest

pytest.register_assert_rewrite("yingda.testing.conversations_suite")
