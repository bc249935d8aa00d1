"""T3, T11 and T14 in a real browser, and the client code as it was printed, unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page
from tests.browser import OpenPage
from tests.e2e.docqa import clients
from tests.e2e.docqa.proxy import BLANK, CuttingProxy
from tests.e2e.docqa.wire import CHAT, KEY, PREFIX, Asker
from tests.e2e.played_model import PlayedModel
from tests.server_process import ServerProcess

from yingda.testing.model_server import DONE, Pause, Scripted, delta, finish, said

SAMPLE = Path(__file__).parents[2] / "seed_samples" / "fetch_event_source.ts"
PROLOGUE = """
const { url, headers, d } = window.job;
let result = '';
let doc_list = [];
window.seen = [];
const onMessage = (text, data) => window.seen.push([text, data.ref_doc_list.map(one => one.ctdoc_id)]);
const getErrorInfo = (ret, msg) => `${ret} ${msg}`;
"""
HIDING = """
import { fetchEventSource } from '@microsoft/fetch-event-source';
const { url, headers, d } = window.job;
window.heard = [];
const onmessage = ({ data }) => window.heard.push(JSON.parse(data).data);
const onerror = error => { throw error; };
const asked = { method: 'POST', headers, body: JSON.stringify(d), onmessage, onerror };
fetchEventSource(url, asked).then(() => console.log('ended'), error => console.log('ended', String(error)));
"""
NATIVE = """url => {
  const source = new EventSource(url);
  window.heard = [];
  source.onmessage = ({ data, lastEventId }) => window.heard.push([lastEventId, data]);
  source.onerror = () => source.readyState === EventSource.CLOSED && console.log('ended');
}"""
HIDE = """is => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => is });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
QUESTION = "签收后几天内可以退货？"
REPLY = said("签收后 37 天内可以退货 [1]。")
SLOW = Scripted(
    steps=(
        delta(content="签收后 37 天内可以退货 [1]。退款"),
        Pause(2.0),
        delta(content="在 3 个工作日内到账 [1]。"),
        finish(),
        DONE,
    )
)
CUT = "ERR_INCOMPLETE_CHUNKED_ENCODING"


def job(server: str, session_id: str, **fields: str) -> dict[str, Any]:
    """What the scripts ask."""
    wanted = {"query_text": QUESTION, "session_id": session_id, "stream": "1", "enable_followup": "0"}
    headers = {"content-type": "application/json", "orionstar-api-key": KEY}
    return {"url": server + CHAT, "headers": headers, "d": {**wanted, **fields}}


async def run(page: Page, script: str, wanted: dict[str, Any], until: str) -> None:
    """The script in the page, up to the line on the console that begins so."""
    await page.evaluate("wanted => { window.job = wanted; }", wanted)
    async with page.expect_console_message(lambda message: message.text.startswith(until)):
        await page.evaluate(clients.node("bundle.mjs", script.encode()).decode())


@pytest.mark.parametrize(
    ("fields", "cut_after", "times"),
    [({}, None, 2), ({"ref_mode": "stop"}, None, 1), ({}, 1, 2), ({"ref_mode": "stop"}, 2, 1)],
)
async def test_the_printed_client_shows_the_answer_once_and_each_reference_as_often_as_it_comes(
    proxy: CuttingProxy,
    model: PlayedModel,
    open_page: OpenPage,
    fields: dict[str, str],
    cut_after: int | None,
    times: int,
) -> None:
    model.always(REPLY)
    page = await open_page(proxy.url + BLANK, CUT)
    proxy.cut_after = cut_after
    session_id = f"printed-{cut_after}-{times}"
    await run(page, PROLOGUE + SAMPLE.read_text(), job(proxy.url, session_id, **fields), "最终答案")
    text, refs = (await page.evaluate("window.seen"))[-1]
    assert text == f"签收后 37 天内可以退货。[[{refs[0]}]]"
    assert len(refs) == times
    assert len(proxy.asked) == (1 if cut_after is None else 2)


async def test_t3_the_browsers_own_event_source(
    proxy: CuttingProxy,
    writing: ServerProcess,
    model: PlayedModel,
    open_page: OpenPage,
    asker: Callable[..., Asker],
) -> None:
    model.always(REPLY)
    packets = asker(writing).stream(QUESTION, "t3", enable_eventsource="1").packets
    source = packets[0].data["extend_info"]["eventsource"]
    page = await open_page(proxy.url + BLANK, CUT)
    proxy.cut_after = 2
    url = f"{proxy.url}{PREFIX}/chat_stream?{httpx.QueryParams(source)}"
    async with page.expect_console_message(lambda message: message.text == "ended"):
        await page.evaluate(NATIVE, url)
    heard = await page.evaluate("window.heard")
    assert [id for id, _ in heard] == [packet.id for packet in packets]
    assert [json.loads(data)["data"] for _, data in heard] == [packet.data for packet in packets]
    assert (proxy.asked, proxy.told) == ([None, packets[1].id, packets[-1].id], [200, 200, 204])


async def test_t11_a_tab_that_is_hidden_and_shown_again_costs_one_answer(
    proxy: CuttingProxy,
    writing: ServerProcess,
    model: PlayedModel,
    open_page: OpenPage,
    asker: Callable[..., Asker],
) -> None:
    page = await open_page(proxy.url + BLANK)
    await hide_and_show(page, model, job(proxy.url, "t11"))
    heard = await page.evaluate("window.heard")
    assert [one["msg_sn"] for one in heard] == [str(number) for number in range(len(heard))]
    assert len(proxy.asked) == 2
    assert proxy.asked[1] in [one["msg_id"] for one in heard]
    (turn,) = asker(writing).turns("t11")
    assert turn["answer_text"] == "".join(one["answer_text"] for one in heard)


async def test_t14_a_page_of_another_site_may_ask_and_resume(
    proxy: CuttingProxy, writing: ServerProcess, quoting: ServerProcess, model: PlayedModel, browser: Browser
) -> None:
    page = await browser.new_page()
    await page.goto(proxy.url + BLANK)
    await hide_and_show(page, model, job(writing.url, "t14"))
    heard = await page.evaluate("window.heard")
    assert [one["event"] for one in heard] == [*[""] * (len(heard) - 1), "stop"]
    await run(page, HIDING, job(quoting.url, "t14"), "ended TypeError")
    headers = {"origin": proxy.url, "access-control-request-method": "POST"}
    wanted = "content-type,orionstar-api-key,last-event-id,idempotency-key,accept"
    async with httpx.AsyncClient(trust_env=False) as client:
        headers["access-control-request-headers"] = wanted
        allowed = await client.options(writing.url + CHAT, headers=headers)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, proxy.url)
    assert set(wanted.split(",")) <= listed(allowed, "access-control-allow-headers")
    assert {"get", "post", "options"} <= listed(allowed, "access-control-allow-methods")
    assert int(allowed.headers["access-control-max-age"]) > 0


def listed(response: httpx.Response, header: str) -> set[str]:
    """The words of a header, in small letters."""
    return {one.strip() for one in response.headers[header].lower().split(",")}


async def hide_and_show(page: Page, model: PlayedModel, wanted: dict[str, Any]) -> None:
    """Ask, hide the tab after the first source, show it while the answer goes on; one model call in all."""
    model.always(SLOW)
    asked = len(model.requests)
    await page.evaluate("wanted => { window.job = wanted; }", wanted)
    async with page.expect_console_message(lambda message: message.text.startswith("ended")) as ended:
        await page.evaluate(clients.node("bundle.mjs", HIDING.encode()).decode())
        while not await page.evaluate("window.heard.some(one => one.answer_text.includes('[['))"):
            await page.wait_for_timeout(20)
        await page.evaluate(HIDE, True)
        await page.wait_for_timeout(200)
        await page.evaluate(HIDE, False)
    assert (await ended.value).text == "ended"
    assert len(model.requests) == asked + 1
