"""The second model takes over before the first chunk, and only there."""

from dataclasses import replace

import pytest

from yingda.errors import ModelUnavailable, Overloaded
from yingda.llm.failures import ModelBroke, ModelFailed, ModelRejected
from yingda.llm.fallback import with_fallback_model
from yingda.llm.types import TextChunk
from yingda.testing import ScriptedModel


@pytest.mark.parametrize(
    ("first", "second", "answer", "failure"),
    [
        (["a"], ["b"], [TextChunk("a")], None),
        ([ModelFailed()], ["b"], [TextChunk("b")], None),
        ([ModelRejected()], ["b"], [TextChunk("b")], None),
        (["a", ModelBroke()], ["b"], [TextChunk("a")], ModelBroke),
        ([Overloaded()], ["b"], [], Overloaded),
        ([ModelFailed()], [ModelRejected()], [], ModelRejected),
    ],
)
async def test_takes_over(first, second, answer, failure, prompt):
    model, chunks, raised = with_fallback_model(ScriptedModel(first), ScriptedModel(second)), [], None
    try:
        async for chunk in model.stream(prompt):
            chunks.append(chunk)
    except (ModelUnavailable, Overloaded) as error:
        raised = type(error)
    assert (chunks, raised) == (answer, failure)


async def test_only_the_first_provider_is_asked_for_another_of_its_models(prompt):
    first, second = ScriptedModel([ModelFailed()]), ScriptedModel(["b"])
    async for _chunk in with_fallback_model(first, second).stream(replace(prompt, model="larger")):
        pass
    assert [one.model for model in (first, second) for one in model.prompts] == ["larger", ""]
