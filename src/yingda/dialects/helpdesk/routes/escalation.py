"""`/api/v1/escalation`: what operators found out becomes curated answers, once somebody says so (1.4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from yingda.dialects.helpdesk import desk as shapes
from yingda.handoff.solutions import Edit, Found, Solutions
from yingda.web.auth import AdminCaller, DeskCaller
from yingda.web.respond import json_response

SolutionName = Annotated[str, Path(min_length=1, max_length=32)]
AS_IT_IS = shapes.ApprovalRequest()


def escalation_routes(solutions: Solutions) -> APIRouter:
    """Handing in is the desk's, deciding is the administrator's."""
    router = APIRouter(prefix="/api/v1/escalation", tags=["desk"])

    @router.post("/solution")
    async def add(caller: DeskCaller, body: shapes.SolutionRequest) -> Response:
        """Keep what was found out; nobody is answered with it until it is approved."""
        found = Found(
            question=body.question,
            solution=body.solution,
            intent=body.intent,
            conversation_id=body.session_id,
        )
        return json_response(shapes.solution_body(await solutions.add(caller, found)))

    @router.get("/solutions/pending")
    async def pending(caller: AdminCaller, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> Response:
        """What waits for a decision, oldest first."""
        return json_response([shapes.solution_body(one) for one in await solutions.pending(caller, limit)])

    @router.post("/solutions/{solution_id}/approve")
    async def approve(
        caller: AdminCaller, solution_id: SolutionName, body: shapes.ApprovalRequest = AS_IT_IS
    ) -> Response:
        """Make a curated answer of it, in other words if any are sent; customers get it from now on."""
        edit = Edit(
            question=body.question,
            solution=body.solution,
            similar=tuple(body.similar_questions),
            negative=tuple(body.negative_questions),
        )
        return json_response(shapes.solution_body(await solutions.approve(caller, solution_id, edit)))

    @router.post("/solutions/{solution_id}/reject")
    async def reject(caller: AdminCaller, solution_id: SolutionName) -> Response:
        """Turn it down; it stays as a record."""
        return json_response(shapes.solution_body(await solutions.reject(caller, solution_id)))

    return router
