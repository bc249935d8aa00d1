"""The chat page in a real browser, over the real server."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect
from tests.browser import OpenPage
from tests.console.conftest import with_documents
from tests.console.cutting_proxy import CuttingProxy
from tests.server_process import ServerProcess, StartServer

from yingda.testing.model_server import DONE, Hang, ModelServer, Scripted, delta, finish, refused, said

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

QUESTION = "How long do I have to return an item?"


async def ask(page: Page, text: str) -> Locator:
    """Type a question, send it with Enter, return its turn."""
    await page.get_by_role("textbox", name="question").fill(text)
    await page.keyboard.press("Enter")
    return page.locator(".turn").last


async def test_streams_an_answer_and_opens_its_source(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(server.url)
    turn = await ask(page, QUESTION)
    await expect(turn).to_have_attribute("data-state", "done")
    await expect(turn.locator(".answer")).to_contain_text("within 14 days of delivery.")
    await expect(turn.locator(".sources .name")).to_have_text(["returns.md"])
    await expect(turn.locator(".sources .place")).to_have_text(["Returns 😀"])
    async with page.expect_response("**/citations/1") as answered:
        await turn.locator("sup a").click()
    passage = await (await answered.value).json()
    quote = passage["text"][passage["start"] : passage["end"]]
    await expect(page.locator(".source mark")).to_have_text(quote)
    await expect(page.locator(".source mark")).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(page.locator(".source")).to_have_count(0)
    await expect(turn.locator("sup a")).to_be_focused()


async def test_shows_the_steps_of_an_answer(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(server.url)
    turn = await ask(page, "Is return shipping free for defective items?")
    await turn.locator(".ledger summary").click()
    await expect(turn.locator(".ledger tbody th")).to_have_text(["route", "lexical", "retrieve"])


async def test_keeps_the_conversation_and_survives_a_reload(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = await open_page(server.url)
    await expect(await ask(page, QUESTION)).to_have_attribute("data-state", "done")
    async with page.expect_request("**/chat/stream") as asked:
        await expect(await ask(page, "Hello")).to_have_attribute("data-state", "done")
    body = (await asked.value).post_data_json
    assert body == {"message": "Hello", "session_id": body["session_id"], "channel": "web", "trace": True}
    await page.reload()
    await expect(page.locator(".turn .question")).to_have_text([f"Question: {QUESTION}", "Question: Hello"])
    await page.get_by_role("button", name="New conversation").click()
    await expect(page.locator(".turn")).to_have_count(0)


async def test_stops_an_answer_in_the_middle(
    server_with_model: ServerProcess, model: ModelServer, open_page: OpenPage
) -> None:
    model.script(Scripted(steps=(delta(content="You may return"), Hang())))
    page = await open_page(server_with_model.url)
    turn = await ask(page, QUESTION)
    await expect(turn.locator(".answer")).to_contain_text("You may return")
    await page.get_by_role("button", name="Stop").click()
    await expect(turn).to_have_attribute("data-state", "stopped")
    await expect(turn.locator(".badges")).to_have_text("Stopped")
    await expect(page.get_by_role("button", name="Send")).to_be_visible()


async def test_picks_up_after_a_cut_connection(
    server_with_model: ServerProcess, model: ModelServer, open_page: OpenPage
) -> None:
    words = [f"word{number} " for number in range(40)]
    model.script(said(*words, interval_s=0.03))
    async with CuttingProxy(server_with_model.port, b"word5 ", cuts=1) as proxy:
        page = await open_page(proxy.url, expected="net::ERR_")
        turn = await ask(page, QUESTION)
        await expect(turn).to_have_attribute("data-state", "done")
        await expect(turn.locator(".answer")).to_contain_text("".join(words).strip())
        assert (proxy.cuts_left, len(model.requests)) == (0, 1)


async def test_a_reload_goes_on_with_a_running_answer(
    server_with_model: ServerProcess, model: ModelServer, open_page: OpenPage
) -> None:
    model.script(said(*(f"word{number} " for number in range(60)), interval_s=0.03))
    page = await open_page(server_with_model.url)
    await expect((await ask(page, QUESTION)).locator(".answer")).to_contain_text("word3")
    await page.reload()
    turn = page.locator(".turn").last
    await expect(turn).to_have_attribute("data-state", "done")
    await expect(turn.locator(".answer")).to_contain_text("word0 word1 word2 word3 word4")
    assert len(model.requests) == 1


async def test_asks_once_though_the_first_frame_was_lost(
    server_with_model: ServerProcess, model: ModelServer, open_page: OpenPage
) -> None:
    model.script(said("Within 14 days."))
    async with CuttingProxy(server_with_model.port, b"text/event-stream", cuts=2) as proxy:
        page = await open_page(proxy.url, expected="net::ERR_")
        turn = await ask(page, QUESTION)
        await expect(turn).to_have_attribute("data-state", "done")
        assert (proxy.cuts_left, len(model.requests)) == (0, 1)


async def test_asks_for_a_key_and_goes_on_with_it(start_server: StartServer, open_page: OpenPage) -> None:
    server = with_documents(start_server(API_KEY="right-key"), key="right-key")
    page = await open_page(server.url, expected="401")
    turn = await ask(page, QUESTION)
    await page.get_by_label("API key").fill("wrong-key")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("not accepted")
    await page.get_by_label("API key").fill("right-key")
    await page.get_by_role("button", name="Continue").click()
    await expect(turn).to_have_attribute("data-state", "done")
    await turn.locator("sup a").click()
    await expect(page.locator(".source mark")).to_be_visible()


async def test_html_in_an_answer_is_only_read(
    server_with_model: ServerProcess, model: ModelServer, open_page: OpenPage
) -> None:
    hostile = (
        '<img src=x onerror="window.harmed=1"><script>window.harmed=2</script>'
        "<b onclick=alert(1)>bold</b> [link](javascript:window.harmed=3) ![pic](/static/icon.svg)"
        " <p style=color:red>red</p>\n\n| a |\n|---|\n| one<br>two |\n"
    )
    model.script(Scripted(steps=(delta(content=hostile), finish(), DONE)))
    page = await open_page(server_with_model.url)
    turn = await ask(page, QUESTION)
    await expect(turn).to_have_attribute("data-state", "done")
    answer = turn.locator(".answer")
    await expect(answer).to_contain_text('<img src=x onerror="window.harmed=1">')
    await expect(answer.locator("img, script, b, [style], [onclick], a[href^=javascript]")).to_have_count(0)
    await expect(answer.locator("td")).to_have_text("onetwo")
    assert await page.evaluate("window.harmed") is None


async def test_marks_an_answer_given_without_the_model(
    server_with_model: ServerProcess, model: ModelServer, open_page: OpenPage
) -> None:
    model.script(refused(401))
    page = await open_page(server_with_model.url)
    turn = await ask(page, QUESTION)
    await expect(turn.locator(".badges")).to_have_text("Model unavailable, quoted instead")
    await expect(turn.locator(".answer")).to_contain_text("within 14 days of delivery.")


async def test_shows_that_a_human_was_called(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(server.url)
    await ask(page, "I want to talk to a human")
    await expect(page.locator(".banner")).to_contain_text("A human has been asked to take over")
    await expect(await ask(page, QUESTION)).to_have_attribute("data-state", "done")
    await expect(page.locator(".banner")).to_contain_text(re.compile(r"number \d+ in the queue"))


async def test_waits_as_long_as_a_full_server_says(start_server: StartServer, open_page: OpenPage) -> None:
    server = start_server(RATE_LIMIT_ENABLED="true", RATE_LIMIT_PER_MINUTE="40")
    page = await open_page(server.url, expected="429")
    await expect(page.locator(".welcome")).to_be_visible()
    with server.client() as client:
        while client.get("/openapi.json").status_code == 200:
            pass
    turn = await ask(page, QUESTION)
    await expect(turn.get_by_role("alert")).to_contain_text("Too many requests")
    await expect(turn.get_by_role("button", name=re.compile("Try again in"))).to_be_disabled()


async def test_says_which_field_was_refused(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(server.url, expected="422")
    # What no keyboard types, but a page may be handed.
    await page.evaluate(
        "() => { const field = document.querySelector('textarea'); field.value = 'a\\u0000b';"
        " field.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Message: must not contain U+0000")


async def test_speaks_chinese_and_remembers_the_choice(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(server.url, locale="zh-CN")
    await expect(page.get_by_role("textbox")).to_have_attribute("placeholder", "请输入您的问题")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("textbox")).to_have_attribute("placeholder", "Ask a question")
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_a_key_of_the_input_method_sends_nothing(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(server.url)
    field = page.get_by_role("textbox")
    await field.fill("tuihuo")
    await field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    await field.press("Shift+Enter")
    await expect(field).to_have_value("tuihuo\n")
    await expect(page.locator(".turn")).to_have_count(0)


async def test_counts_code_points_up_to_the_limit(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(server.url)
    field, send = page.get_by_role("textbox"), page.get_by_role("button", name="Send")
    await field.fill("😀" * 2000)
    await expect(send).to_be_enabled()
    await field.fill("😀" * 2001)
    await expect(send).to_be_disabled()
    await expect(page.locator(".count")).to_have_text("1 too many")


async def test_fits_a_phone(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(server.url, viewport={"width": 360, "height": 640}, color_scheme="dark")
    turn = await ask(page, QUESTION)
    await turn.locator(".sources button").click()
    await expect(page.locator(".source mark")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
