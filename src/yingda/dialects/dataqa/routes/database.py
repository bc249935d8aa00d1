"""`/api/v0/database`: what can be asked about, SQL run as it is, the state of it all (dataqa 2.20, 2.23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from yingda.dialects.dataqa.answer import distinct
from yingda.dialects.dataqa.callers import DataCaller
from yingda.dialects.dataqa.tables import ddl, fields, markdown, table_names
from yingda.dialects.dataqa.wire import Body, JsonBody, Name, Needed, described, envelope, failure, stamped
from yingda.errors import InvalidRequest, NotFound
from yingda.text_to_sql.model import Table
from yingda.text_to_sql.types import DataSource, Rows
from yingda.turns.clock import Clock
from yingda.web.respond import json_response

MAX_SQL_CHARS = 20_000


class TablesRequest(Body):
    """Which tables to name."""

    db_connection: Any = None
    table_name_pattern: Name = None


class TableRequest(Body):
    """Which table to describe, and how."""

    table: Annotated[Needed, Field(max_length=256)]
    db_connection: Any = None
    business_context: Name = None
    type: Literal["ddl", "md", "both"] = "ddl"


class SqlRequest(Body):
    """A statement."""

    sql: Annotated[Needed, Field(max_length=MAX_SQL_CHARS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseDesk:
    """What these routes work with; `checks` reads the state of each part in a word."""

    source: DataSource
    checks: Callable[[], Awaitable[dict[str, str]]]
    clock: Clock
    zone: ZoneInfo


def database_routes(desk: DatabaseDesk) -> APIRouter:
    """The routes, over the configured source."""
    router = APIRouter(tags=["dataqa"])
    now, zone = desk.clock.now, desk.zone

    @router.post("/api/v0/database/tables", openapi_extra=described(TablesRequest))
    async def database_tables(
        caller: DataCaller, wanted: Annotated[TablesRequest, Depends(JsonBody(TablesRequest))]
    ) -> Response:
        """The tables that can be asked about."""
        _refuse_connection(wanted.db_connection)
        model = desk.source.model
        tables = table_names(model, wanted.table_name_pattern)
        data = {
            "tables": tables,
            "total": len(tables),
            "schemas": [],
            "db_connection_info": {"database": model.name},
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "获取表列表成功"))

    @router.post("/api/v0/database/table/ddl", openapi_extra=described(TableRequest))
    async def database_table_ddl(
        caller: DataCaller, wanted: Annotated[TableRequest, Depends(JsonBody(TableRequest))]
    ) -> Response:
        """A table as a definition, as a page, or both."""
        _refuse_connection(wanted.db_connection)
        data = _described_table(desk.source, wanted)
        return json_response(envelope({**data, **stamped(now(), zone)}, "获取表结构成功"))

    @router.post("/api/v0/citu_run_sql", openapi_extra=described(SqlRequest))
    async def run_sql(
        caller: DataCaller, sent: Annotated[SqlRequest, Depends(JsonBody(SqlRequest))]
    ) -> Response:
        """Run one reading statement through the same guard as every other."""
        rows = await desk.source.run(caller, sent.sql)
        data = {"sql": rows.sql, "query_result": _result(rows), **stamped(now(), zone)}
        return json_response(envelope(data, "查询执行完成"))

    @router.get("/api/v0/agent_health")
    async def agent_health(caller: DataCaller) -> Response:
        """Whether questions can be answered; asks no model anything."""
        checks = await desk.checks()
        away = [name for name, state in checks.items() if state.startswith("unavailable")]
        lesser = [name for name, state in checks.items() if state.startswith("degraded")]
        status = "unhealthy" if "database" in away else "degraded" if away or lesser else "healthy"
        data = {
            "status": status,
            "test_result": not away,
            "workflow_compiled": True,
            "tools_count": len(desk.source.model.tables),
            "checks": checks,
            **stamped(now(), zone),
        }
        if status == "unhealthy":
            return json_response(failure(503, "服务暂时不可用", {**data, "can_retry": True}), 503)
        return json_response(envelope(data, "服务可用"))

    return router


def _refuse_connection(connection: Any) -> None:
    if connection is not None:
        raise InvalidRequest(
            "不接受客户端提供的数据库连接，只能查看服务器已配置的数据源", field="db_connection"
        )


def _described_table(source: DataSource, wanted: TableRequest) -> dict[str, Any]:
    model = source.model
    table = _table(source, wanted.table)
    shown = fields(model, table)
    data: dict[str, Any] = {}
    if wanted.type in ("ddl", "both"):
        data["ddl"] = ddl(model, table)
    if wanted.type in ("md", "both"):
        data["md"] = markdown(model, table)
    info = {
        "table_name": table.name,
        "schema_name": None,
        "full_name": table.name,
        "comment": table.label or table.description,
        "field_count": len(shown),
        "row_count": table.row_count,
        "table_size": None,
    }
    made = {"business_context": wanted.business_context, "output_type": wanted.type}
    generation = {**made, "has_llm_comments": False, "database": model.name}
    return {**data, "table_info": info, "fields": shown, "generation_info": generation}


def _table(source: DataSource, name: str) -> Table:
    try:
        return source.model.table(name.rpartition(".")[2])
    except KeyError:
        raise NotFound("没有这张表", field="table") from None


def _result(rows: Rows) -> dict[str, Any]:
    columns = distinct(rows.columns)
    return {
        "rows": [dict(zip(columns, row, strict=True)) for row in rows.rows],
        "columns": columns,
        "row_count": len(rows.rows),
        "total_row_count": rows.row_count,
        "is_limited": rows.is_limited,
        "is_counted": rows.is_counted,
    }
