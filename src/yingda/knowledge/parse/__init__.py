"""File → text with positions: `parse` in this process, `pool.ParserPool` for files nobody vouches for."""

from yingda.knowledge.parse.document import parse
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.refused import DocumentRefused

__all__ = ["DocumentRefused", "ParseLimits", "parse"]
