"""The smaller nodes: texts, services, search, files, child apps, plugins (callflow D.7)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.workflows.drawing import ASKED, chain, drawn, edge, given, gives, node, says
from tests.workflows.running import Call, exported, without_engine

from yingda.errors import NotFound
from yingda.knowledge.types import Retrieval
from yingda.testing.scripted_model import ScriptedModel
from yingda.turns.types import CollectionId, DocumentId, Passage
from yingda.workflows.web import WebCaller

ADDED = given("system_addInputParam")


async def test_a_text_takes_the_nodes_inputs_and_the_chats_variables():
    text = node(
        "t1",
        "textEditor",
        ADDED,
        given("system_textareaInput", "{{a}} {{b}} {{c}}"),
        given("a", ASKED, canEdit=True),
        given("b", "own", canEdit=True),
        outputs=gives("system_text"),
    )
    call = Call(
        chain(text, says("s1", ["t1", "system_text"]), variables=[{"key": "b", "defaultValue": "chat's"}])
    )
    assert await call.say("hi") == "hi chat's {{c}}"


async def test_what_is_no_text_is_said_as_json():
    program = chain(
        says("s1", ["VARIABLE_NODE_ID", "o"]),
        variables=[{"key": "o", "valueType": "object", "defaultValue": {"a": [1]}}],
    )
    assert await Call(program).say("hi") == json.dumps({"a": [1]}, indent=2)


async def test_nothing_to_say_is_silence():
    call = Call(chain(says("s1", ["VARIABLE_NODE_ID", "gone"])))
    assert (await call.say("hi"), call.codes) == ("", [])


@pytest.fixture
async def echo() -> AsyncIterator[TestServer]:
    async def told(request: web.Request) -> web.Response:
        shown: dict = {
            "type": request.content_type,
            "query": dict(request.query),
            "headers": dict(request.headers),
        }
        if request.content_type == "multipart/form-data":
            shown["fields"] = dict(await request.post())
        else:
            shown["text"] = await request.text()
        return web.json_response(shown)

    app = web.Application()
    app.router.add_route("*", "/echo", told)
    async with TestServer(app) as server:
        yield server


CALLS = [
    (
        "json",
        {"system_httpJsonBody": '{"a": "{{word}}", "b": {{$start0.userChatInput$}}}'},
        "application/json",
        '{"a":"say \\"x\\"","b":"hi"}',
    ),
    (
        "x-www-form-urlencoded",
        {"system_httpFormBody": [{"key": "a", "value": "{{word}}"}]},
        "application/x-www-form-urlencoded",
        "a=say+%22x%22",
    ),
    ("xml", {"system_httpJsonBody": "<a>{{$start0.userChatInput$}}</a>"}, "application/xml", "<a>hi</a>"),
    ("raw-text", {"system_httpJsonBody": "{{word}}"}, "text/plain", 'say "x"'),
    ("none", {}, "application/octet-stream", ""),
]


@pytest.mark.parametrize(("kind", "inputs", "media_type", "body"), CALLS)
async def test_calls_a_service(echo, kind, inputs, media_type, body):
    outputs = gives("type", "text", "$.query.*", "headers['X-A']", "missing", "httpRawResponse")
    call_node = node(
        "h1", "httpRequest468", ADDED,
        given("word", 'say "x"', canEdit=True),
        given("system_httpMethod", "POST"),
        given("system_httpReqUrl", str(echo.make_url("/echo"))),
        given("system_httpHeader", [{"key": "X-A", "value": "{{chatId}}"}]),
        given("system_httpParams", [{"key": "q", "value": "{{word}}"}, {"key": "", "value": "x"}]),
        given("system_httpContentType", kind),
        *(given(key, value) for key, value in inputs.items()),
        outputs=outputs,
    )  # fmt: skip
    call = Call(chain(call_node), without_engine(web=WebCaller(allowed_hosts=["127.0.0.1"])))
    await call.say("hi")
    told = call.outcomes[-1].responses[-1]["httpResult"]
    assert (told["type"], told["text"], told["query"], told["headers"]["X-A"]) == (
        media_type,
        body,
        {"q": 'say "x"'},
        "c1",
    )


async def test_sends_a_form_with_parts(echo):
    form = [{"key": "a", "value": "{{userId}}1"}, {"key": "b", "value": "二"}]
    call_node = node(
        "h1",
        "httpRequest468",
        given("system_httpReqUrl", str(echo.make_url("/echo"))),
        given("system_httpFormBody", form),
        given("system_httpContentType", "form-data"),
        outputs=gives("fields"),
    )
    call = Call(
        chain(call_node, says("s1", "{{$h1.fields$}}")),
        without_engine(web=WebCaller(allowed_hosts=["127.0.0.1"])),
    )
    assert json.loads(await call.say("hi")) == {"a": "1", "b": "二"}


async def test_an_old_export_goes_on_after_a_failed_call():
    call_node = node(
        "h1",
        "httpRequest468",
        given("system_httpReqUrl", "http://127.0.0.1:1/"),
        outputs=gives("error", "httpRawResponse"),
    )
    call = Call(chain(call_node, says("s1", "{{$h1.error$}}")), without_engine(web=WebCaller()))
    assert await call.say("hi") == "127.0.0.1 is not a public address"


class Shelf:
    """A retriever over two collections."""

    async def retrieve(self, principal, collection, question, *, by_s, limit=5, scope=None) -> Retrieval:
        scores = {"a": (0.9, 0.4), "b": (0.7,)}[collection]
        return Retrieval(passages=tuple(passage(collection, n, score) for n, score in enumerate(scores)))

    def at(self, threshold: float) -> Shelf:
        return self

    def revision(self, principal, collection) -> int:
        return 1


def passage(collection: str, number: int, score: float) -> Passage:
    name = f"{collection}{number}"
    return Passage(
        id=name,
        document_id=DocumentId(name),
        version=1,
        source=f"{name}.md",
        text=f"text {name}",
        start=0,
        end=7,
        score=score,
    )


def searching(node_id: str, *names: str, limit: int = 5000) -> dict:
    datasets = [{"datasetId": name} for name in names]
    return node(
        node_id,
        "datasetSearchNode",
        given("datasets", datasets),
        given("userChatInput", ASKED),
        given("limit", limit),
        outputs=gives("quoteQA"),
    )


@pytest.mark.parametrize(
    ("names", "limit", "found"),
    [(("x", "y"), 5000, "a0 b0 a1"), (("x", "y"), 20, "a0 b0"), (("y",), 1, "b0")],
)
async def test_searches_the_collections_that_stand_for_datasets(names, limit, found):
    services = without_engine(retriever=Shelf(), collections={"x": CollectionId("a"), "y": CollectionId("b")})
    call = Call(chain(searching("d1", *names, limit=limit)), services)
    await call.say("hi")
    assert " ".join(one["id"] for one in call.outcomes[-1].responses[-1]["quoteList"]) == found


async def test_joined_quotes_are_ordered_by_their_ranks():
    join = node(
        "j1",
        "datasetConcatNode",
        given("limit", 5000),
        given("one", ["d1", "quoteQA"], "datasetQuote", canEdit=True),
        given("two", ["d2", "quoteQA"], "datasetQuote", canEdit=True),
        outputs=gives("quoteQA"),
    )
    services = without_engine(retriever=Shelf(), collections={"x": CollectionId("a"), "y": CollectionId("b")})
    call = Call(chain(searching("d1", "x"), searching("d2", "y", "x"), join), services)
    await call.say("hi")
    assert [one["id"] for one in call.outcomes[-1].responses[-1]["quoteList"]] == ["a0", "a1", "b0"]


@pytest.mark.parametrize(
    ("model", "asked"), [(None, '["hi"]'), (ScriptedModel(['Sure: ["hi", "hello"]']), '["hi","hello"]')]
)
async def test_widens_a_question(model, asked):
    widen = node(
        "w1", "cfr", given("model", "m"), given("userChatInput", ASKED), outputs=gives("system_text")
    )
    assert (
        await Call(
            chain(widen, says("s1", "{{$w1.system_text$}}")), without_engine(models=lambda _: model)
        ).say("hi")
        == asked
    )


async def test_reads_files():
    async def read(url: str) -> tuple[str, str]:
        if "gone" in url:
            raise NotFound("no such file")
        return "a.txt", "words"

    files = node(
        "f1",
        "readFiles",
        given("fileUrlList", ["http://x/a.txt", "http://x/gone"]),
        outputs=gives("system_text"),
    )
    said = await Call(chain(files, says("s1", "{{$f1.system_text$}}")), without_engine(read_file=read)).say(
        "hi"
    )
    assert [part in said for part in ("a.txt", "words", "(no such file)")] == [True] * 3


def parent(**inputs: object) -> object:
    shown = {"userChatInput": ASKED, "n": 7, "history": 0} | inputs
    child = node(
        "a1",
        "appModule",
        *(given(key, value) for key, value in shown.items()),
        pluginId="child",
        outputs=gives("answerText"),
    )
    return chain(child, says("s1", "<{{$a1.answerText$}}>"))


@pytest.mark.parametrize(("quiet", "said"), [(False, "7 hi\n<\n7 hi>"), (True, "<\n7 hi>")])
async def test_runs_a_child_app_with_variables_of_its_own(quiet, said):
    child = chain(
        says("x1", "{{n}} {{$start0.userChatInput$}}"), variables=[{"key": "n", "valueType": "number"}]
    )
    call = Call(parent(system_forbid_stream=quiet), without_engine(apps={"child": child}))
    assert await call.say("hi") == said
    assert "n" not in call.outcomes[-1].variables


async def test_a_child_app_may_ask_the_caller():
    call = Call(parent(), without_engine(apps={"child": exported("many_options")}))
    said = [await call.say(text) for text in ("hi", "?", "green")]
    asked = "Which one?\nred、green、blue"
    assert said == [asked, f"抱歉，没有听清您的选择。\n{asked}", "g\nend\n<\ng\nend>"]


async def test_apps_do_not_nest_without_end():
    itself = parent()
    call = Call(itself, without_engine(apps={"child": itself}))
    with pytest.raises(Exception, match="a step of the workflow failed"):
        await call.say("hi")


async def test_a_plugin_gives_its_inputs_back_as_outputs():
    begin = node("p1", "pluginInput", outputs=gives("n"))
    done = node("p2", "pluginOutput", given("twice", "{{$p1.n$}}{{$p1.n$}}"))
    plugin = drawn([begin, done], [edge("p1", "p2")])
    call = Call(plugin)
    call.memory.facts = {"n": "4"}
    await call.say("")
    assert call.outcomes[-1].responses[-1]["pluginOutput"] == {"twice": "44"}


async def test_feedback_and_notes_leave_no_words():
    program = chain(
        node("g1", "comment"),
        node("k1", "customFeedback", given("system_textareaInput", "good")),
        says("s1", "end"),
    )
    call = Call(program)
    assert (await call.say("hi"), call.outcomes[-1].responses[2]["customFeedback"]) == ("end", "good")


async def test_a_reply_without_a_marker_repeats_the_last_stage():
    program = drawn(
        [
            node(
                "i1",
                "ifElseNode",
                given(
                    "ifElseList",
                    [
                        {
                            "condition": "AND",
                            "list": [{"variable": ASKED, "condition": "equalTo", "value": "a"}],
                        }
                    ],
                ),
            ),
            says("a1", "<state>2000</state>photo"),
            says("b1", "plain"),
        ],
        [edge("start0", "i1"), edge("i1", "a1", "IF"), edge("i1", "b1", "ELSE")],
    )
    call = Call(program)
    codes = []
    for text in ("b", "a", "b"):
        await call.say(text)
        codes.append(call.codes)
    assert codes == [[], ["2000"], ["2000"]]
