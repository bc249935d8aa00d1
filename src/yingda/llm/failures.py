"""How a chat model fails: one class a cause, so that retry, breaker and operators can tell them apart.

ModelUnavailable
├── ModelUnreachable      refused, no such host, TLS
├── ModelTimedOut         no connection, no first token, or no next token in time
├── ModelRateLimited      429; `retry_after_s` as the provider said
├── ModelFailed           5xx, or an error object inside the stream
├── ModelBroke            the reply ended or died before it was complete
├── ModelGarbled          something came that is no reply
├── ModelRejected         400 and the like: this prompt will never do
│   └── ModelMisconfigured    401, 402, 403, 404: no prompt will do until somebody changes a setting
└── BreakerOpen           not even asked

Messages name the endpoint and the status. They never hold the key, the prompt, or what the provider wrote.
"""

from __future__ import annotations

from yingda.errors import ModelUnavailable


class ModelUnreachable(ModelUnavailable):
    """No connection was made."""

    code = "model_unreachable"


class ModelTimedOut(ModelUnavailable):
    """The endpoint is there but too slow."""

    code = "model_timed_out"


class ModelRateLimited(ModelUnavailable):
    """The provider asks us to come back later."""

    code = "model_rate_limited"


class ModelFailed(ModelUnavailable):
    """The provider says that it failed."""

    code = "model_failed"


class ModelBroke(ModelUnavailable):
    """The reply stopped in the middle; what had arrived was passed on."""

    code = "model_broke"


class ModelGarbled(ModelUnavailable):
    """The reply does not speak the protocol."""

    code = "model_garbled"


class ModelRejected(ModelUnavailable):
    """The provider answered, and will not take this prompt; says nothing about its health."""

    code, retryable = "model_rejected", False


class ModelMisconfigured(ModelRejected):
    """Key, account, address or model name are wrong."""

    code = "model_misconfigured"


class BreakerOpen(ModelUnavailable):
    """The endpoint failed too often lately; `retry_after_s` is when it will be tried again."""

    code = "model_breaker_open"
