"""A voice learnt from approved texts: prepared, trained, refused for another base."""

import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from inference import services as inference
from inference import training, training_data
from inference.errors import ModelMissing, ModelRefused
from inference.models import EditPair, RunState, TrainingRun
from inference.training_data import ApprovedText, edit_distance, prepare
from inference.types import Channel, Goal, Language, Slot, Writing, WritingRequest
from tenants.context import scope
from tenants.errors import Conflict
from tenants.models import Tenant

Ask = Callable[..., WritingRequest]


def approved(ask: Ask, body: str, **fields: object) -> ApprovedText:
    request = ask(channel=Channel.AD, slots=frozenset(), **fields)
    return ApprovedText(request, {"headline": "Good morning", "description": body})


def test_preparation_says_what_it_removed(ask: Ask) -> None:
    texts = [
        approved(ask, "Have a look at {{ product.name }}."),
        approved(ask, "have a LOOK at {{ product.name }}"),
        approved(ask, "Write to anna@example.com about {{ product.name }}."),
        approved(ask, "请看看我们的新产品，欢迎您来。"),
        approved(ask, "a word " * 30),
        approved(ask, "It costs $9."),
        approved(ask, "Come and see {{ product.name }}."),
    ]
    prepared = prepare(texts)
    assert prepared.removed == {
        "blocked": 1,
        "personal_data": 1,
        "other_language": 1,
        "too_long": 1,
        "duplicate": 1,
    }
    assert len(prepared.learn) + len(prepared.held_out) == 2
    assert prepare(list(reversed(texts))).data_hash == prepared.data_hash


def test_edit_distance_is_a_share_of_the_words() -> None:
    assert edit_distance({"body": "one two three four"}, {"body": "one two three five"}) == 0.25
    assert edit_distance({"body": "您好"}, {"body": "您好"}) == 0


@pytest.fixture
def tuned(tiny_folder: Path, tmp_path: Path) -> Path:
    """An adapter for the tiny model."""
    from tokenizers import Tokenizer

    from inference.engine.lora import Plan, fine_tune
    from inference.starter.train import corpus, encode

    tokenizer = Tokenizer.from_file(str(tiny_folder / "tokenizer.json"))
    examples = encode(list(corpus(24, 5)), tokenizer)
    plan = Plan(minutes=0.2, epochs=6, rate=0.02)
    result = fine_tune(
        tiny_folder, tmp_path / "adapter", examples[:20], examples[:20], plan, card={}
    )
    assert result.perplexity_after < result.perplexity_before
    return tmp_path / "adapter"


def test_the_engine_writes_with_the_adapter_as_peft_does(tuned: Path, tiny_folder: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import LlamaForCausalLM

    from inference.engine.lora_files import deltas

    warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for an old name
    base = LlamaForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    added = deltas(tuned, tiny_folder)
    ours = {name: value + added.get(name, 0) for name, value in base.state_dict().items()}
    theirs = PeftModel.from_pretrained(base, str(tuned)).merge_and_unload().state_dict()
    changed = [name for name in added if added[name].abs().max() > 0]
    assert changed
    for name in changed:
        torch.testing.assert_close(ours[name], theirs[name], atol=1e-6, rtol=1e-5)


def test_an_adapter_for_another_base_is_refused(tuned: Path, tmp_path: Path) -> None:
    from inference.engine.loader import load
    from inference.engine.starter import FOLDER

    with pytest.raises(ModelRefused, match="trained for another base model"):
        load(FOLDER, adapter=tuned)


def test_an_adapter_of_other_bytes_is_refused(tuned: Path, tiny_folder: Path) -> None:
    from inference.engine.lora_files import deltas

    weights = tuned / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelRefused, match="not the file that its card describes"):
        deltas(tuned, tiny_folder)
    (tuned / "card.json").unlink()
    with pytest.raises(ModelMissing, match="is no adapter"):
        deltas(tuned, tiny_folder)


def test_a_run_that_was_cut_off_goes_on_from_its_checkpoint(
    tiny_folder: Path, tmp_path: Path
) -> None:
    from tokenizers import Tokenizer

    from inference.engine.lora import Plan, fine_tune
    from inference.starter.train import corpus, encode

    tokenizer = Tokenizer.from_file(str(tiny_folder / "tokenizer.json"))
    examples = encode(list(corpus(24, 5)), tokenizer)
    plan = Plan(minutes=1, epochs=40, batch_tokens=512)
    checkpoint = tmp_path / "run.safetensors"
    steps: list[int] = []

    def run(stop_at: int) -> int:
        return fine_tune(
            tiny_folder,
            tmp_path / "adapter",
            examples,
            examples,
            plan,
            card={},
            checkpoint=checkpoint,
            report=lambda progress, share: steps.append(progress.step),
            should_stop=lambda: steps[-1] >= stop_at,
        ).progress.step

    assert run(20) == 20
    assert checkpoint.exists()
    steps.clear()
    assert run(30) == 30
    assert steps[0] == 25  # the first twenty steps were not done again


WORDS = (
    ["today", "again", "now", "then", "there", "here"]
    + ["soon", "well", "indeed", "always", "once", "twice"]
)  # fmt: skip


def written(requests: list[WritingRequest], **_: object) -> list[Writing]:
    return inference.write(requests, model="fake")


def test_a_run_ends_as_a_candidate_with_its_card_and_gate(
    committed: None, globex: Tenant, ask: Ask, tiny_folder: Path, tmp_path: Path, settings
) -> None:
    settings.MODELS_DIR = tmp_path
    shutil.copytree(tiny_folder, tmp_path / "tiny")
    texts = [approved(ask, f"Have a look at {{{{ product.name }}}}, {word}.") for word in WORDS]
    texts += [replace(t, parts=t.parts | {"headline": "See this"}) for t in texts]
    briefs = [
        replace(t.request, goal=goal) for t in texts[:1] for goal in (Goal.LAUNCH, Goal.WELCOME)
    ]
    material = inference.Material(texts=texts, briefs=briefs)
    with scope(globex.pk):
        base = inference.register(name="Tiny", source="tiny")
        run = inference.start_run(name="Voice", base=base, minutes=1)
        with pytest.raises(Conflict, match="under way"):
            inference.start_run(name="Another", base=base)
    inference.work_on(globex.pk, run.pk, lambda run: material, write=written)
    with scope(globex.pk):
        run = TrainingRun.objects.get(pk=run.pk)
        assert (run.state, run.message) == (RunState.DONE, "")
        assert run.result
        assert run.result.adapter == training.adapter_folder(run)
        assert "Held-out perplexity" in run.result.card
        assert run.result.figures["gate"]["passed"] is False  # one language was not tried
        card = json.loads((tmp_path / run.result.adapter / "card.json").read_text())
        assert card["data_hash"] == run.data_hash


def test_too_few_texts_end_a_run_with_a_sentence(committed: None, globex: Tenant, ask: Ask) -> None:
    material = inference.Material(texts=[approved(ask, "Have a look at {{ product.name }}.")])
    with scope(globex.pk):
        run = inference.start_run(name="Voice", base=None)
    inference.work_on(globex.pk, run.pk, lambda run: material, write=written)
    with scope(globex.pk):
        run.refresh_from_db()
        assert run.state == RunState.FAILED
        assert "at least 20 are needed" in run.message
        assert run.result is None


def pair(in_acme: Tenant, ask: Ask, source: str, after: str) -> bool:
    return inference.keep_pair(
        source=source,
        request=ask(slots=frozenset({Slot.FIRST_NAME})),
        model="starter@1",
        prompt_version="starter-1",
        before={"body": "one two three four"},
        after={"body": after},
    )


def test_edits_are_kept_with_consent_alone_and_go_with_it(in_acme: Tenant, ask: Ask) -> None:
    source = "00000000-0000-0000-0000-00000000000%d"
    assert not pair(in_acme, ask, source % 1, "one two three five")
    assert not EditPair.objects.exists()
    inference.give_consent()
    assert pair(in_acme, ask, source % 1, "one two three five")
    assert pair(in_acme, ask, source % 1, "one two six five")  # edited again: one pair
    assert pair(in_acme, ask, source % 2, "one two three five")
    assert inference.distances_by_version() == [{"model": "starter@1", "edits": 2, "median": 0.375}]
    first = json.loads(next(inference.preference_lines()))
    assert first["chosen"] == {"body": "one two six five"}
    assert first["rejected"] == {"body": "one two three four"}
    assert first["prompt"]["goal"] == "winback"
    assert inference.withdraw_consent() == 2
    assert not EditPair.objects.exists()
    assert not inference.has_consent()


LINE = {
    "id", "prompt", "chosen", "rejected", "model", "prompt_version", "reason", "edit_distance"
}  # fmt: skip


def exported() -> list[dict[str, Any]]:
    """The export as whoever trains from it reads it: a JSON object on each line."""
    lines = list(inference.preference_lines())
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    return [json.loads(line) for line in "".join(lines).split("\n") if line]


def keep(ask: Ask, after: str, *, source: UUID | None = None, **fields: object) -> UUID:
    source = source or uuid4()
    kept = inference.keep_pair(
        source=source,
        request=ask(**fields),
        model="starter@1",
        prompt_version="starter-1",
        before={"subject": "Before", "body": "as the model wrote it"},
        after={"subject": "After", "body": after},
        reason="tone",
    )
    assert kept
    return source


def test_the_export_holds_both_languages_a_pair_a_line(in_acme: Tenant, ask: Ask) -> None:
    inference.give_consent()
    words = {
        Language.ENGLISH: 'Two lines:\n\n"quoted", \u2028 and {{ product.price }}.',
        Language.CHINESE: "您好：\n\n来看看{{ product.name }}，“值得一看”。",
    }
    for language, body in words.items():
        keep(ask, body, language=language)
    rows = exported()
    assert [row["prompt"]["language"] for row in rows] == ["en", "zh-hans"]
    assert [row["chosen"]["body"] for row in rows] == list(words.values())
    for row in rows:
        assert set(row) == LINE
        assert row["rejected"] == {"subject": "Before", "body": "as the model wrote it"}
        assert row["chosen"].keys() == row["rejected"].keys()
        assert 0 < row["edit_distance"] <= 1
    assert "来看看" in "".join(inference.preference_lines()), "readable, not escaped"


def test_a_text_that_is_edited_twice_is_one_pair_with_the_last_words(
    in_acme: Tenant, ask: Ask
) -> None:
    inference.give_consent()
    source = keep(ask, "the first edit")
    other = keep(ask, "another text")
    keep(ask, "the second edit", source=source)
    assert [row["chosen"]["body"] for row in exported()] == ["the second edit", "another text"]
    inference.forget_pair(other)  # it reads as the model wrote it again
    assert [row["chosen"]["body"] for row in exported()] == ["the second edit"]


@pytest.mark.parametrize("count", [499, 500, 501, 1_001])
def test_no_pair_is_lost_or_doubled_where_a_page_ends(
    in_acme: Tenant, ask: Ask, count: int
) -> None:
    inference.give_consent()
    keep(ask, "the first")
    form = EditPair.objects.get()
    fields = {"request": form.request, "language": form.language, "channel": form.channel}
    EditPair.objects.bulk_create(
        EditPair(source=uuid4(), before={"body": "a"}, after={"body": f"b{number}"}, **fields)
        for number in range(1, count)
    )
    bodies = [row["chosen"]["body"] for row in exported()]
    assert bodies == ["the first", *(f"b{number}" for number in range(1, count))]


def test_consent_withdrawn_during_an_export_ends_it(in_acme: Tenant, ask: Ask) -> None:
    inference.give_consent()
    for number in range(5):
        keep(ask, f"edit {number}")
    lines = inference.preference_lines(size=2)
    next(lines)
    assert inference.withdraw_consent() == 5
    assert len(list(lines)) == 1, "the page in hand, and no other"
    assert exported() == []
    inference.give_consent()
    assert exported() == [], "what was deleted does not come back"


def test_the_export_holds_no_pair_of_another_workspace(
    acme: Tenant, globex: Tenant, ask: Ask
) -> None:
    source = uuid4()
    for tenant in (acme, globex):
        with scope(tenant.pk):
            inference.give_consent()
            keep(ask, f"words of {tenant.slug}", source=source)
    for tenant in (acme, globex):
        with scope(tenant.pk):
            assert [row["chosen"]["body"] for row in exported()] == [f"words of {tenant.slug}"]
    with scope(globex.pk):
        inference.withdraw_consent()
    with scope(acme.pk):
        assert len(exported()) == 1


def test_only_a_person_s_addresses_are_personal() -> None:
    assert not training_data.PERSONAL.search("Yours for {{ product.price }}, until 2027.")
    assert training_data.PERSONAL.search("call +44 20 7946 0958")
