"""The engines that stores are tested on; assertions of the shipped suite are explained like a test's own."""

import pytest
from tests.servers import postgres_process, postgres_server, redis_process, redis_server

__all__ = ["postgres_process", "postgres_server", "redis_process", "redis_server"]

pytest.register_assert_rewrite("yingda.testing.conversations_suite")
