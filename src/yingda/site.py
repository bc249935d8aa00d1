"""The web application over the parts: routes inside, wrappers outside; the outermost stands last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from yingda import __version__
from yingda.app import Parts
from yingda.console.pages import PageFiles, page_routes
from yingda.curated.editing import CuratedEditor
from yingda.dialects.callflow import respond as callflow
from yingda.dialects.callflow.calls import Calls, CallStores
from yingda.dialects.callflow.routes.chat import chat_routes as callflow_chat_routes
from yingda.dialects.callflow.routes.info import info_routes
from yingda.dialects.dataqa import respond as dataqa
from yingda.dialects.docqa import respond as docqa
from yingda.dialects.docqa.routes.chat import chat_routes as docqa_chat_routes
from yingda.dialects.docqa.routes.curated import CuratedDesk, curated_routes
from yingda.dialects.docqa.routes.documents import BATCH_PATH, DocumentDesk, document_routes
from yingda.dialects.docqa.routes.retrieve import retrieve_routes
from yingda.dialects.docqa.routes.settings import settings_routes
from yingda.dialects.fastgpt import respond as fastgpt
from yingda.dialects.fastgpt.encode import FaceConfig, FastGPTDialect
from yingda.dialects.fastgpt.face import Face, FaceParts
from yingda.dialects.fastgpt.respond import AppKeys
from yingda.dialects.fastgpt.routes.chats import chat_routes as fastgpt_chat_routes
from yingda.dialects.fastgpt.routes.completions import completion_routes as fastgpt_completion_routes
from yingda.dialects.fastgpt.routes.records import record_routes
from yingda.dialects.helpdesk.encode import HelpdeskDialect
from yingda.dialects.helpdesk.errors import error_body
from yingda.dialects.helpdesk.routes.chat import chat_routes
from yingda.dialects.helpdesk.routes.dictionary import dictionary_routes
from yingda.dialects.helpdesk.routes.health import Health, health_routes
from yingda.dialects.helpdesk.routes.knowledge import knowledge_routes
from yingda.dialects.helpdesk.routes.performance import performance_routes
from yingda.dialects.openai import errors as openai
from yingda.dialects.openai.routes.completions import PREFIXES as OPENAI_PREFIXES
from yingda.dialects.openai.routes.completions import completion_routes
from yingda.health import health_parts
from yingda.knowledge.library import Library
from yingda.knowledge.parse.limits import MIB
from yingda.llm.limits import SlotsSnapshot
from yingda.turns.types import Citation, Principal
from yingda.web.auth import AuthGate
from yingda.web.counting import ResponseCounter
from yingda.web.direct import DirectRoutes
from yingda.web.limits import BodyLimiter, BodyLimits, RateLimiter
from yingda.web.respond import DialectResponder, ErrorResponses
from yingda.web.security import OpenServerGuard, SecurityHeaders
from yingda.wiring.data_paths import DataPaths
from yingda.wiring.desk import desk_routes

HEALTH = "/api/v1/health"
PUBLIC = frozenset({"/", HEALTH, "/docs", "/openapi.json", docqa.STREAM_PATH})
PUBLIC_PREFIXES = ("/static/",)


def is_public(path: str) -> bool:
    """What needs no key: the page itself, health, and the interface's description."""
    return path in PUBLIC or path.startswith(PUBLIC_PREFIXES)


def is_unlimited(path: str) -> bool:
    """What no rate limit counts: probes, and the files of the pages."""
    return path == HEALTH or path.startswith(PUBLIC_PREFIXES)


def build_site(parts: Parts) -> ASGIApp:
    """The whole ASGI application."""
    own: dict[str, DialectResponder] = {
        docqa.PREFIX: docqa.refuse,
        dataqa.PREFIX: dataqa.Refusals(parts.clock, parts.data.config.zone),
        **dict.fromkeys(OPENAI_PREFIXES, openai.refuse),
        **dict.fromkeys(callflow.PREFIXES, callflow.refuse),
        **dict.fromkeys(fastgpt.PREFIXES, fastgpt.refuse),
    }
    errors = ErrorResponses(default=error_body, by_prefix=own)
    return _wrapped(DirectRoutes(build_routes(parts, errors), errors), parts, errors)


def build_routes(parts: Parts, errors: ErrorResponses) -> FastAPI:
    """All routes, without what stands in front of them; a caller must have set `scope["principal"]`."""
    app = FastAPI(title=parts.settings.app_name, version=__version__, docs_url=None, redoc_url=None)
    errors.install(app)
    app.include_router(
        chat_routes(
            parts.engine, HelpdeskDialect(), parts.watch, SourceTexts(parts.knowledge.library), errors
        )
    )
    app.include_router(knowledge_routes(parts.knowledge.library, parts.knowledge.ingestor))
    app.include_router(dictionary_routes(parts.knowledge.library))
    app.include_router(performance_routes(parts.cache, lambda: _slots(parts), parts.metrics))
    health = Health(
        app_name=parts.settings.app_name,
        clock=parts.clock,
        is_open=lambda: parts.authenticator.is_open,
        is_draining=lambda: parts.engine.is_draining,
        parts=health_parts(parts),
    )
    app.include_router(health_routes(health, parts.metrics))
    for router in (
        *_docqa_routes(parts),
        completion_routes(parts.engine, parts.watch),
        *_callflow_routes(parts),
        *_fastgpt_routes(parts),
        *_data_paths(parts).routers(),
        *desk_routes(parts.desks, parts.stores.archive, parts.knowledge.retriever, parts.clock),
        page_routes(),
    ):
        app.include_router(router)
    app.mount("/static", PageFiles(), name="static")
    _describe_keys(app)
    return app


def _docqa_routes(parts: Parts) -> Iterator[APIRouter]:
    clock, knowledge, curated = parts.clock, parts.knowledge, parts.curated
    yield docqa_chat_routes(parts.engine, parts.watch, parts.stores.archive, clock)
    yield document_routes(
        DocumentDesk(
            library=knowledge.library,
            uploads=knowledge.uploads,
            catalogue=knowledge.catalogue,
            outbound=knowledge.outbound,
            clock=clock,
            max_bytes=parts.settings.max_document_mb * MIB,
        )
    )
    yield retrieve_routes(knowledge.retriever, knowledge.catalogue, clock)
    yield curated_routes(
        CuratedDesk(
            book=curated.book,
            editor=CuratedEditor(curated.book, clock),
            hits=curated.hits,
            clock=clock,
            zone=ZoneInfo(parts.settings.timezone),
        )
    )
    yield settings_routes(parts.projects, clock)


def _callflow_routes(parts: Parts) -> Iterator[APIRouter]:
    stores = parts.stores
    kept = CallStores(archive=stores.archive, undo=stores.undo, handovers=stores.handovers)
    calls = Calls(parts.engine, kept, parts.calls.callflow.backend, parts.clock)
    yield callflow_chat_routes(calls, parts.watch)
    yield info_routes(calls, parts.calls.callflow.backend)


def _fastgpt_routes(parts: Parts) -> Iterator[APIRouter]:
    face = Face(
        FaceParts(
            engine=parts.engine,
            watch=parts.watch,
            archive=parts.stores.archive,
            undo=parts.stores.undo,
            backend=parts.calls.fastgpt.backend,
            dialect=FastGPTDialect(FaceConfig(app_name=parts.settings.app_name), parts.calls.insides),
        )
    )
    yield from (fastgpt_completion_routes(face), fastgpt_chat_routes(face), record_routes(face))


def _data_paths(parts: Parts) -> DataPaths:
    return DataPaths(
        data=parts.data,
        engine=parts.engine,
        archive=parts.stores.archive,
        conversations=parts.stores.conversations,
        embedder=parts.knowledge.embedder,
        has_model=parts.gateway is not None,
        is_cached=parts.settings.data_cache_enabled,
        clock=parts.clock,
        watch=parts.watch,
    )


def _describe_keys(app: FastAPI) -> None:
    """Say in the description how to send a key; the check itself stands before the routes (`AuthGate`)."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        described = describe()
        schemes = described.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes["ApiKey"] = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
        described["security"] = [{"ApiKey": []}]
        return described

    app.openapi = openapi  # type: ignore[method-assign]


class SourceTexts:
    """Reads the text that a citation's span counts in."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def __call__(self, principal: Principal, citation: Citation) -> str:
        stored = await self._library.shelf.text(principal, citation.document_id, citation.version)
        return stored.text


def _slots(parts: Parts) -> SlotsSnapshot | None:
    return parts.gateway.slots.snapshot() if parts.gateway else None


def _wrapped(app: ASGIApp, parts: Parts, errors: ErrorResponses) -> ASGIApp:
    settings = parts.settings
    limits = BodyLimits(upload_bytes=settings.max_document_mb * MIB, text_paths=frozenset({BATCH_PATH}))
    app = BodyLimiter(app, limits, errors)
    app = AppKeys(AuthGate(app, parts.authenticator, is_public, errors))
    if settings.rate_limit_enabled:
        app = RateLimiter(app, settings.rate_limit_per_minute, errors, is_unlimited)
    hosts, origins = frozenset(settings.allowed_hosts), frozenset(settings.allowed_origins)
    app = OpenServerGuard(app, hosts, origins, lambda: parts.authenticator.is_open)
    if settings.allowed_origins:
        app = CORSMiddleware(
            app,
            allow_origins=settings.allowed_origins,
            allow_credentials=True,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Retry-After", "X-Request-Id"],
        )
    return ResponseCounter(SecurityHeaders(app), parts.metrics.responded)
