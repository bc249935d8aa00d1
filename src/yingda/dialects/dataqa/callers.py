"""Who may use the dataqa paths: the role `data` asks and reads, the role `admin` manages."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from yingda.turns.types import Principal
from yingda.web.auth import Needs

DataCaller = Annotated[Principal, Depends(Needs("data"))]
