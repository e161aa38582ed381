"""The door of inference: who writes, and what happens when one text cannot be written."""

import subprocess
import sys

import pytest

from inference import services
from inference.engine.fake import scripted
from inference.errors import UnknownModel
from inference.types import Channel, Language


def test_texts_come_in_the_order_of_the_requests(ask):
    requests = [ask(language=language) for language in Language] * 2
    seen: list[tuple[int, int]] = []
    writings = services.write(
        requests, model="fake", on_progress=lambda done, total: seen.append((done, total))
    )
    assert [writing.parts for writing in writings] == [
        services.write([request], model="fake")[0].parts for request in requests
    ]
    assert seen[-1] == (4, 4)


def test_a_request_that_fails_leaves_its_neighbours_alone(ask):
    def refuse_chinese(request):
        if request.language == Language.CHINESE:
            raise ValueError("no ink")
        return {"subject": "Hello"}

    requests = [ask(language=language) for language in (Language.CHINESE, Language.ENGLISH)]
    with scripted(refuse_chinese):
        failed, written = services.write(requests, model="fake")
    assert (failed.finish_reason, failed.parts) == ("error", {})
    assert "no ink" in failed.error
    assert (written.finish_reason, written.parts) == ("stop", {"subject": "Hello"})


def test_a_script_of_texts_is_used_up_in_order(ask):
    with scripted([{"subject": "One"}, {"subject": "Two"}]):
        subjects = [w.parts["subject"] for w in services.write([ask()] * 3, model="fake")]
    assert subjects == ["One", "Two", "News about {{ product.name }}"]


def test_writing_stops_between_texts_when_told(ask):
    done: list[int] = []
    writings = services.write(
        [ask()] * 3,
        model="fake",
        on_progress=lambda count, total: done.append(count),
        should_stop=lambda: len(done) >= 1,
    )
    assert [writing.finish_reason for writing in writings] == ["stop", "error", "error"]


def test_no_requests_need_no_model():
    assert services.write([], model="starter") == []


def test_an_unknown_model_is_refused_with_the_known_ones(ask):
    for call in (
        lambda: services.write([ask()], model="oracle"),
        lambda: services.describe_model("oracle"),
        lambda: services.supports("oracle", Language.ENGLISH, Channel.AD),
    ):
        with pytest.raises(UnknownModel, match="fake, starter"):
            call()


def test_the_starter_says_what_it_is_and_what_it_lacks():
    info = services.describe_model()
    assert info.name == "starter"
    assert info.parameters > 1_000_000
    assert len(info.revision) == 12
    assert services.supports("starter", "zh-hans", "email")
    assert not services.supports("starter", "de", "email")
    assert services.estimate_seconds(0) == 0
    assert services.estimate_seconds(10_000) > services.estimate_seconds(100) > 0


def test_the_door_does_not_import_torch():
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import django; django.setup()\n"
        "from inference import services\n"
        "services.describe_model(); services.supports('starter', 'en', 'ad')\n"
        "assert not {'torch', 'transformers', 'tokenizers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own words
