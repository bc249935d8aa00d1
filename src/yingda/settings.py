"""Every setting, read once: flag > environment > `.env` > default; `NAME_FILE` names a file that holds NAME.

Names are promised by the contracts, defaults are ours: nothing dials out unless it is set. `docs/settings.md`
and `.env.example` are generated from this module (`make docs`), and a test compares them.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict


def setting(default: Any, section: str, names: str, description: str, **bounds: Any) -> Any:
    """A field that is read from the first of the given environment names that is set."""
    return Field(
        default,
        validation_alias=AliasChoices(*names.split()),
        description=description,
        json_schema_extra={"section": section},
        **bounds,
    )


def _split(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


Ports = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_split)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """One frozen tree; constructors get the part they need (see `app.py`)."""

    model_config = SettingsConfigDict(
        frozen=True, populate_by_name=True, extra="ignore", env_file=".env", env_ignore_empty=True
    )

    # Server
    host: str = setting("127.0.0.1", "Server", "HOST APP_HOST", "Address to listen on.")
    ports: Ports = setting(
        (8000, 8080, 8084),
        "Server",
        "PORT APP_PORT",
        "Ports to listen on; of a list, taken ones are left out.",
    )
    app_name: str = setting("Yingda", "Server", "APP_NAME", "Name shown by health and documentation.")
    home: Path = setting(Path("var"), "Server", "YINGDA_HOME", "Folder of database and index.")
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "Server", "LOG_LEVEL", "Least level that is logged."
    )
    drain_s: float = setting(
        20.0, "Server", "DRAIN_S", "Longest wait for open turns at shutdown, in s.", ge=0
    )
    timezone: str = setting(
        "Asia/Shanghai", "Server", "TIMEZONE", "Zone of times that come or go without one (IANA name)."
    )

    # Security
    api_key: SecretStr = setting(
        SecretStr(""), "Security", "API_KEY", "Shared key with all roles; empty and no named key = open."
    )
    allow_open: bool = setting(
        False, "Security", "ALLOW_OPEN", "Listen beyond loopback although the server is open."
    )
    allowed_origins: Names = setting(
        (), "Security", "ALLOWED_ORIGINS", "Origins that browsers may call from."
    )
    allowed_hosts: Names = setting(
        ("localhost", "127.0.0.1", "[::1]"),
        "Security",
        "ALLOWED_HOSTS",
        "Host names answered in open mode.",
    )
    trusted_proxies: Names = setting(
        (), "Security", "TRUSTED_PROXIES", "Proxies whose forwarded headers are believed."
    )
    outbound_allowed_hosts: Names = setting(
        (), "Security", "OUTBOUND_ALLOWED_HOSTS", "Hosts that documents may be fetched from although private."
    )
    outbound_robots: Literal["respect", "ignore"] = setting(
        "respect", "Security", "OUTBOUND_ROBOTS", "Whether robots.txt is obeyed when pages are fetched."
    )
    rate_limit_enabled: bool = setting(True, "Security", "RATE_LIMIT_ENABLED", "Limit requests per client.")
    rate_limit_per_minute: int = setting(
        60, "Security", "RATE_LIMIT_PER_MINUTE", "Requests of one client address in 60 s.", ge=1
    )

    # Storage
    database_url: SecretStr = setting(
        SecretStr(""), "Storage", "DATABASE_URL", "postgresql://...; empty = SQLite in the home folder."
    )
    redis_url: SecretStr = setting(
        SecretStr(""), "Storage", "REDIS_URL", "redis://...; conversations and answer cache live there."
    )
    session_ttl_s: float = setting(
        1800.0, "Storage", "SESSION_TTL", "Idle time after which a conversation has ended, in s.", gt=0
    )
    session_cleanup_interval_s: float = setting(
        300.0,
        "Storage",
        "SESSION_CLEANUP_INTERVAL",
        "Time between two sweeps of old conversations, in s.",
        gt=0,
    )
    retention_days: float = setting(
        90.0,
        "Storage",
        "CONVERSATION_RETENTION_DAYS",
        "Age at which idle conversations are deleted, in days.",
        gt=0,
    )
    history_budget_tokens: int = setting(
        2000, "Storage", "HISTORY_BUDGET_TOKENS", "History given to an answer, in tokens (estimated).", ge=0
    )

    # Model
    llm_base_url: str = setting("", "Model", "LLM_BASE_URL", "OpenAI-compatible endpoint; empty = no model.")
    llm_api_key: SecretStr = setting(SecretStr(""), "Model", "LLM_API_KEY", "Key of that endpoint.")
    llm_model: str = setting("", "Model", "LLM_MODEL", "Model name at that endpoint.")
    fallback_base_url: str = setting("", "Model", "LLM_FALLBACK_BASE_URL", "Second endpoint, for failures.")
    fallback_api_key: SecretStr = setting(SecretStr(""), "Model", "LLM_FALLBACK_API_KEY", "Its key.")
    fallback_model: str = setting("", "Model", "LLM_FALLBACK_MODEL", "Its model.")
    small_base_url: str = setting(
        "", "Model", "SMALL_LLM_BASE_URL", "Endpoint of a small model for routing; empty = LLM_BASE_URL."
    )
    small_api_key: SecretStr = setting(
        SecretStr(""), "Model", "SMALL_LLM_API_KEY", "Its key; empty = LLM_API_KEY."
    )
    small_model: str = setting("", "Model", "SMALL_LLM_MODEL", "Small model; empty = routing by rules only.")
    max_concurrent_llm_calls: int = setting(
        64, "Model", "MAX_CONCURRENT_LLM_CALLS", "Model calls at once in this process.", ge=1
    )
    llm_wait_s: float = setting(
        2.0, "Model", "LLM_WAIT_S", "Longest wait for a free model call before 429, in s.", ge=0
    )
    llm_overload: Literal["error", "extractive"] = setting(
        "error", "Model", "LLM_OVERLOAD", "What a full cap answers: 429, or the extractive answer."
    )
    llm_first_chunk_s: float = setting(
        15.0, "Model", "LLM_FIRST_CHUNK_S", "Longest wait for a model's first chunk, in s.", gt=0
    )
    llm_idle_s: float = setting(15.0, "Model", "LLM_IDLE_S", "Longest pause between two chunks, in s.", gt=0)
    llm_gather_s: float = setting(
        0.04,
        "Model",
        "LLM_GATHER_S",
        "Deltas that arrive this close together leave as one, in s.",
        ge=0,
        le=1,
    )
    llm_max_tokens: int = setting(1024, "Model", "LLM_MAX_TOKENS", "Longest answer, in tokens.", ge=1)

    # Retrieval
    embedding_base_url: str = setting(
        "", "Retrieval", "EMBEDDING_BASE_URL", "OpenAI-compatible embedding endpoint; empty = lexical only."
    )
    embedding_api_key: SecretStr = setting(SecretStr(""), "Retrieval", "EMBEDDING_API_KEY", "Its key.")
    embedding_model: str = setting("", "Retrieval", "EMBEDDING_MODEL", "Its model.")
    embedding_batch_size: int = setting(
        32, "Retrieval", "EMBEDDING_BATCH_SIZE", "Texts per embedding call.", ge=1, le=2048
    )
    rerank_base_url: str = setting("", "Retrieval", "RERANK_BASE_URL", "Rerank endpoint; empty = none.")
    rerank_api_key: SecretStr = setting(SecretStr(""), "Retrieval", "RERANK_API_KEY", "Its key.")
    rerank_model: str = setting("", "Retrieval", "RERANK_MODEL RERANKER_MODEL", "Its model.")
    similarity_threshold: float = setting(
        0.5, "Retrieval", "SIMILARITY_THRESHOLD", "Calibrated score from which a passage counts.", ge=0, le=1
    )
    rerank_top_k: int = setting(5, "Retrieval", "RERANK_TOP_K", "Passages given to an answer.", ge=1, le=50)
    chunk_size_chars: int = setting(
        512, "Retrieval", "CHUNK_SIZE", "Longest chunk, in characters.", ge=64, le=4096
    )
    max_document_mb: int = setting(
        20, "Retrieval", "MAX_DOCUMENT_MB", "Largest document that is taken, in MiB.", ge=1, le=500
    )
    parser_workers: int = setting(2, "Retrieval", "PARSER_WORKERS", "Processes that parse files.", ge=1)

    # Answers
    hot_cache_max_size: int = setting(1000, "Answers", "HOT_CACHE_MAX_SIZE", "Cached answers.", ge=1)
    hot_cache_ttl_s: float = setting(300.0, "Answers", "HOT_CACHE_TTL", "Age of a cached answer, in s.", gt=0)
    hot_cache_enabled: bool = setting(True, "Answers", "HOT_CACHE_ENABLED", "Answer repeats from the cache.")
    max_failed_attempts: int = setting(
        2, "Answers", "MAX_FAILED_ATTEMPTS", "Unresolved turns in a row before a human is called.", ge=1
    )
    intents_model: str = setting(
        "", "Answers", "INTENTS_MODEL", "Model of `yingda intents train`, as .npz; empty = the one shipped."
    )

    # Business
    business_adapter_mode: Literal["auto", "mock", "http"] = setting(
        "auto",
        "Business",
        "BUSINESS_ADAPTER_MODE",
        "Whom customers' affairs are asked of: http, mock (the sample shop), or http if there is an address.",
    )
    business_api_base_url: str = setting(
        "", "Business", "BUSINESS_API_BASE_URL", "Address of the shop's HTTP interface."
    )
    business_api_key: SecretStr = setting(
        SecretStr(""), "Business", "BUSINESS_API_KEY", "Its key, sent as X-API-Key."
    )
    business_api_timeout_s: float = setting(
        10.0, "Business", "BUSINESS_API_TIMEOUT", "Longest wait for one answer of the shop, in s.", gt=0
    )
    business_confirm_s: float = setting(
        600.0, "Business", "BUSINESS_CONFIRM_S", "How long a described change can be confirmed, in s.", gt=0
    )
    sample_shop_guests: bool = setting(
        True,
        "Business",
        "SAMPLE_SHOP_GUESTS",
        "At the sample shop, a request without user_id speaks for its customer u_10086.",
    )

    # Desk
    desk_lease_s: float = setting(
        900.0, "Desk", "DESK_LEASE_S", "Silence after which a held conversation waits again, in s.", gt=0
    )
    desk_capacity: int = setting(
        10, "Desk", "DESK_CAPACITY", "Conversations that an operator holds at once, unless said.", ge=1
    )
    working_hours_start: int = setting(
        0, "Desk", "WORKING_HOURS_START", "Hour from which people are at the desk.", ge=0, le=23
    )
    working_hours_end: int = setting(
        24,
        "Desk",
        "WORKING_HOURS_END",
        "Hour from which they are gone; 0 to 24 is all day.",
        ge=1,
        le=24,
    )
    working_days: Names = setting(
        tuple("1234567"), "Desk", "WORKING_DAYS", "Days of work, from Monday, 1, to Sunday, 7."
    )
    holidays: Names = setting(
        (), "Desk", "HOLIDAYS", "Days without work: 2026-10-01, or a stretch 2026-10-01..2026-10-07."
    )
    extra_working_days: Names = setting(
        (), "Desk", "EXTRA_WORKING_DAYS", "Days of work on what would be a weekend or a holiday."
    )
    ticket_promise_h: float = setting(
        2.0, "Desk", "TICKET_PROMISE_H", "Time from the next opening to a promised answer, in h.", gt=0
    )

    # Calls
    callflow_backend: Literal["native", "workflow", "fastgpt"] = setting(
        "native", "Calls", "CALLFLOW_BACKEND", "Who answers /chat: a flow, an exported workflow, or FastGPT."
    )
    callflow_flow: str = setting(
        "", "Calls", "CALLFLOW_FLOW", "YAML file of the flow; empty = the sample of a traffic accident."
    )
    callflow_workflow: str = setting("", "Calls", "CALLFLOW_WORKFLOW", "JSON file of the exported workflow.")
    fastgpt_base_url: str = setting("", "Calls", "FASTGPT_BASE_URL", "FastGPT server to pass calls on to.")
    fastgpt_api_key: SecretStr = setting(SecretStr(""), "Calls", "FASTGPT_API_KEY", "Key of its app.")
    fastgpt_app_id: str = setting("", "Calls", "FASTGPT_APP_ID", "Id of that app.")

    # Data questions
    data_url: SecretStr = setting(
        SecretStr(""),
        "Data questions",
        "DATA_URL",
        "Database that questions are about: sqlite, duckdb, postgresql, mysql; empty = the sample shop.",
    )
    data_model: str = setting(
        "", "Data questions", "DATA_MODEL", "YAML file of its semantic model; empty = the sample shop's."
    )
    data_policies: str = setting(
        "", "Data questions", "DATA_POLICIES", "YAML file of who may see which rows and columns."
    )
    data_max_rows: int = setting(
        1000, "Data questions", "API_MAX_RETURN_ROWS", "Rows of one answer.", ge=1, le=100_000
    )
    data_summary: bool = setting(
        True, "Data questions", "ENABLE_RESULT_SUMMARY", "Say in words what the rows say."
    )
    data_routing: Literal["hybrid", "database_direct", "chat_direct", "llm_only"] = setting(
        "hybrid", "Data questions", "QUESTION_ROUTING_MODE", "Who decides whether the database is asked."
    )
    data_cache_enabled: bool = setting(
        True, "Data questions", "ENABLE_QUESTION_ANSWER_CACHE", "Answer repeats from the cache."
    )
    data_cache_ttl_s: float = setting(
        86_400.0, "Data questions", "QUESTION_ANSWER_TTL", "Age of a cached data answer, in s.", gt=0
    )
    user_max_conversations: int = setting(
        50, "Data questions", "USER_MAX_CONVERSATIONS", "Conversations a user keeps, the newest.", ge=1
    )
    context_messages: int = setting(
        10, "Data questions", "CONVERSATION_CONTEXT_COUNT", "Messages that a context shows.", ge=1
    )
    data_conversation_ttl_s: float = setting(
        604_800.0,
        "Data questions",
        "REDIS_CONVERSATION_TTL CONVERSATION_TTL",
        "Rest after which a conversation about data is over, in s.",
        gt=0,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # Flags come by field name, the environment by promised names only: HOME is not YINGDA_HOME.
        for source in (env_settings, dotenv_settings):
            source.config = {**source.config, "populate_by_name": False, "validate_by_name": False}
        return init_settings, env_settings, _NamedFiles(settings_cls), dotenv_settings


class _NamedFiles(PydanticBaseSettingsSource):
    """NAME_FILE in the environment: the value of NAME is that file's text."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        for name in env_names(field):
            if path := os.environ.get(f"{name}_FILE"):
                return Path(path).read_text().strip(), name, False
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        found = (self.get_field_value(field, name) for name, field in self.settings_cls.model_fields.items())
        return {name: value for value, name, _ in found if value is not None}


def env_names(field: FieldInfo) -> list[str]:
    """The environment names of a field, the one to document first."""
    alias = field.validation_alias
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else []


def unknown_names(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Names that begin with YINGDA_ but are no setting, each with the nearest one that is."""
    known = {name for field in Settings.model_fields.values() for name in env_names(field)}
    known |= {f"{name}_FILE" for name in known}
    unknown = (name for name in environment if name.startswith("YINGDA_") and name not in known)
    return {name: next(iter(difflib.get_close_matches(name, sorted(known), 1)), None) for name in unknown}


def source_of(field: FieldInfo, environment: Mapping[str, str], dotenv: Mapping[str, str | None]) -> str:
    """Where a field's value comes from, for `yingda check`."""
    for name in env_names(field):
        if environment.get(name):
            return f"environment {name}"
        if environment.get(f"{name}_FILE"):
            return f"environment {name}_FILE"
    for name in env_names(field):
        if dotenv.get(name):
            return f".env {name}"
    return "default"
