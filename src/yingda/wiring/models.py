"""The model endpoints behind one gateway."""

from __future__ import annotations

from functools import partial

import aiohttp

from yingda.llm.gateway import Gateway, GatewayConfig, build_gateway
from yingda.llm.limits import LimitsConfig
from yingda.llm.openai_chat import EndpointConfig
from yingda.settings import Settings


def gateway_from(settings: Settings, http: aiohttp.ClientSession) -> Gateway | None:
    """None without LLM_BASE_URL: then every answer is extractive, and nothing dials out."""
    if not settings.llm_base_url:
        return None
    endpoint = partial(
        EndpointConfig,
        first_chunk_s=settings.llm_first_chunk_s,
        idle_s=settings.llm_idle_s,
        gather_s=settings.llm_gather_s,
    )
    main_key = settings.llm_api_key.get_secret_value()
    main = endpoint(name="main", base_url=settings.llm_base_url, model=settings.llm_model, api_key=main_key)
    fallback = settings.fallback_base_url and endpoint(
        name="fallback",
        base_url=settings.fallback_base_url,
        model=settings.fallback_model,
        api_key=settings.fallback_api_key.get_secret_value(),
    )
    small = settings.small_model and endpoint(
        name="small",
        base_url=settings.small_base_url or settings.llm_base_url,
        model=settings.small_model,
        api_key=settings.small_api_key.get_secret_value() or main_key,
        gather_s=0.0,  # its few words are waited for
    )
    cap = LimitsConfig(
        max_concurrent=settings.max_concurrent_llm_calls,
        max_waiting=settings.max_concurrent_llm_calls * 4,
        wait_s=settings.llm_wait_s,
    )
    config = GatewayConfig(main=main, fallback=fallback or None, small=small or None, limits=cap)
    return build_gateway(http, config)
