"""A queue on each engine."""

import pytest
from tests.knowledge.uploads.receiving import receiving


@pytest.fixture
def door(knowledge, database):
    """An empty queue before an empty knowledge base."""
    return receiving(knowledge, database)
