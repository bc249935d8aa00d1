"""The engines that storage is tested on."""

from tests.servers import postgres_process, postgres_server

__all__ = ["postgres_process", "postgres_server"]
