"""The bare pass-through: raw ASGI and aiohttp, one loopback model server's bytes copied unread."""

import os

import aiohttp

HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
session: aiohttp.ClientSession | None = None


async def app(scope, receive, send):
    """Send the body on as it came; every read from upstream is one write downstream."""
    global session
    if scope["type"] != "http":
        return
    if session is None:
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    async with session.post(os.environ["UPSTREAM"], data=body, headers=HEADERS) as upstream:
        kind = [(b"content-type", upstream.headers["Content-Type"].encode())]
        await send({"type": "http.response.start", "status": upstream.status, "headers": kind})
        async for data in upstream.content.iter_any():
            await send({"type": "http.response.body", "body": data, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
