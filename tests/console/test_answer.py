"""How the page sets an answer: citations at their places, Markdown intact, nothing dangerous."""

from __future__ import annotations

import pytest
from playwright.async_api import Page
from tests.browser import OpenPage
from tests.server_process import ServerProcess

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

RENDER = """async ([text, places]) => {
  const { renderAnswer } = await import("/static/chat/answer.js");
  const place = document.createElement("div");
  place.append(renderAnswer(text, places.map((at, index) => ({ n: index + 1, at }))));
  for (const raised of place.querySelectorAll("sup")) raised.replaceWith(`[${raised.textContent.slice(1)}]`);
  return place.innerHTML.trim();
}"""

LINK = '<a href="https://example.com/a" target="_blank" rel="noopener noreferrer">'

CASES = {
    "after a sentence": ("Free. Always.", [5], "<p>Free.[1] Always.</p>"),
    "code points, not units": ("😀😀 yes 😀 no", [6], "<p>😀😀 yes[1] 😀 no</p>"),
    "behind bold that ends in a full stop": ("**重点。**后面", [7], "<p><strong>重点。</strong>[1]后面</p>"),
    "bold without spaces around it": (
        "他说**“好”**了，**要点：**内容",
        [],
        "<p>他说<strong>“好”</strong>了，<strong>要点：</strong>内容</p>",
    ),
    "before bold": ("甲**乙**", [1], "<p>甲[1]<strong>乙</strong></p>"),
    "inside bold before a letter": ("**ab**cd", [4], "<p><strong>ab[1]</strong>cd</p>"),
    "two at one place": ("Yes.", [4, 4], "<p>Yes.[1][2]</p>"),
    "at the end of a list item": ("- a\n- b", [4, 7], "<ul>\n<li>a[1]</li>\n<li>b[2]</li>\n</ul>"),
    "behind an address": (
        "See https://example.com/a",
        [25],
        f"<p>See {LINK}https://example.com/a</a>[1]</p>",
    ),
    "behind a fence": ("```\nx\n```", [9], "<pre><code>x\n</code></pre>\n<p>[1]</p>"),
    "beyond the end": ("Yes.", [99], "<p>Yes.[1]</p>"),
    "marks of its own": ("a\ue0007\ue001b\u29838\u2984", [1], "<p>a[1]7b8</p>"),
    "html is text": ("a <b onclick=x>b</b>", [], "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>"),
    "pictures are links": ("![p](https://example.com/a)", [], f"<p>{LINK}p</a></p>"),
    "scripts are no addresses": ("[x](javascript:a())", [], "<p><a>x</a></p>"),
    "headings stay below the page's": ("# A", [3], "<h3>A[1]</h3>"),
    "a row of a table": (
        "| a |\n|---|\n| b |\n",
        [18],
        '<div class="table-frame" tabindex="0"><table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n'
        "<tbody><tr>\n<td>b[1]</td>\n</tr>\n</tbody></table></div>",
    ),
}


@pytest.fixture
async def page(server: ServerProcess, open_page: OpenPage) -> Page:
    return await open_page(server.url)


async def test_sets_citations_into_markdown(page: Page) -> None:
    shown = {name: await page.evaluate(RENDER, [text, places]) for name, (text, places, _) in CASES.items()}
    assert shown == {name: html for name, (_, _, html) in CASES.items()}
