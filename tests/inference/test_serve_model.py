"""`manage.py serve_model` computes as the engine of a worker does."""

import queue
import threading
from contextlib import contextmanager
from io import StringIO

import pytest
import torch
from django.core.management import call_command
from transformers import LlamaConfig, LlamaForCausalLM

from inference import services as inference
from inference.engine import openai, serving
from inference.types import Channel
from tests.inference.servers import writer_at
from tests.inference.test_instruct import SHAPE, save


@pytest.fixture
def serve(monkeypatch):
    servers = queue.Queue()
    make = serving.make_server

    def noted(*args, **options):
        servers.put(server := make(*args, **options))
        return server

    monkeypatch.setattr(serving, "make_server", noted)

    @contextmanager
    def serve(*arguments):
        command = ("serve_model", *arguments, "--port=0")
        thread = threading.Thread(target=call_command, args=command, kwargs={"stdout": StringIO()})
        thread.start()
        server = servers.get(timeout=60)
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()
        thread.join()

    return serve


def ask_there(address, request, name):
    writer = writer_at(address, remote_name=name)
    [writing] = openai.write([request], writer=writer, allow_private=True, deadline=60)
    return writing


@pytest.mark.parametrize("dtype", ["auto", "int8"])
def test_the_starter_is_served_in_the_numbers_that_a_worker_computes_with(
    ask, serve, settings, dtype
):
    settings.INFERENCE_DTYPE = dtype
    request = ask(channel=Channel.AD)
    [here] = inference.write([request], model="starter")
    with serve() as address:
        there = ask_there(address, request, "starter")
    assert there.parts == here.parts
    revision = there.model.removeprefix("starter@").split("@")[0]
    assert f"starter@{revision}" == here.model
    assert revision.endswith("-int8") is (dtype == "int8")


def test_an_instruct_model_is_served_in_whole_numbers_where_that_is_set(
    ask, serve, settings, tmp_path
):
    settings.INFERENCE_DTYPE, settings.INFERENCE_THREADS = "int8", 1
    torch.manual_seed(5)
    folder = save(tmp_path / "tiny-llama", LlamaForCausalLM(LlamaConfig(**SHAPE)))
    with serve(str(folder)) as address:
        assert "-int8@" in ask_there(address, ask(channel=Channel.AD), "tiny-llama").model
