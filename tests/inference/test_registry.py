"""A model goes live only through its gate, and one click takes it back."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import pytest
from django.db import connections

from inference import services as inference
from inference.errors import GateNotPassed, NotPromotable
from inference.gate import run_gate
from inference.models import ModelStage, RegisteredModel
from inference.types import Channel, Goal, Language, Tone, WriterRef, Writing, WritingRequest
from tenants.context import scope
from tenants.models import AuditEntry, Tenant
from tests.conftest import make_user, make_workspace


def candidate(
    name: str, *, passed: bool = True, against: str = "", **fields: str
) -> RegisteredModel:
    model = inference.register(name=name, source="starter", **fields)
    model.figures = {"gate": {"passed": passed, "against": "x", "against_key": against}}
    model.save(update_fields=["figures"])
    return model


def test_a_candidate_without_a_gate_stays_one(in_acme: Tenant) -> None:
    model = inference.register(name="Untried", source="starter")
    with pytest.raises(GateNotPassed, match="has not been run"):
        inference.promote(model)
    model.refresh_from_db()
    assert model.stage == ModelStage.CANDIDATE


def test_a_candidate_that_writes_worse_stays_one(in_acme: Tenant) -> None:
    model = candidate("Worse", passed=False)
    with pytest.raises(GateNotPassed, match="did not pass"):
        inference.promote(model)
    assert inference.live_model("") is None


def test_a_gate_against_another_model_than_the_live_one_counts_for_nothing(
    in_acme: Tenant,
) -> None:
    inference.promote(candidate("First"))
    with pytest.raises(GateNotPassed, match="Another model has gone live"):
        inference.promote(candidate("Second"))


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_that_go_live_at_once_one_is_refused_in_words(
    committed: None, is_first: bool
) -> None:
    acme = make_workspace("acme", make_user("Olga"))
    with scope(acme.pk):
        live = None if is_first else inference.promote(candidate("Old"))
        against = str(live.public_id) if live else ""
        quick, slow = (candidate(name, against=against) for name in ("Quick", "Slow"))

    with pytest.raises(GateNotPassed, match="Another model has gone live"):
        at_once(acme, lambda: inference.promote(quick), lambda: inference.promote(slow))
    with scope(acme.pk):
        assert inference.live_model("") == quick


def at_once(tenant: Tenant, first: Callable[[], object], second: Callable[[], object]) -> None:
    """Do the second on a connection of its own before the first is committed; it must wait."""

    def do_second() -> None:
        try:
            with scope(tenant.pk):
                second()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with scope(tenant.pk):
            first()
            answer = pool.submit(do_second)
            time.sleep(0.5)
            assert not answer.done()
        answer.result(60)


KINDS = [{"kind": "writer"}, {"kind": "classifier"}]


def versions(count: int, **fields: str) -> list[RegisteredModel]:
    """As many versions of one model, each of which replaced the one before."""
    made: list[RegisteredModel] = []
    for _number in range(count):
        against = str(made[-1].public_id) if made else ""
        made.append(inference.promote(candidate("Ours", against=against, **fields)))
    return made


def stages(tenant: Tenant) -> list[str]:
    with scope(tenant.pk):
        return list(RegisteredModel.objects.order_by("pk").values_list("stage", flat=True))


@pytest.mark.parametrize("fields", KINDS)
def test_two_clicks_at_once_step_back_once(committed: None, fields: dict[str, str]) -> None:
    acme = make_workspace("acme", make_user("Olga"))
    with scope(acme.pk):
        last = versions(3, **fields)[-1]
    with pytest.raises(NotPromotable, match="“Ours” was retired already. Nothing was changed."):
        at_once(acme, lambda: inference.roll_back(last), lambda: inference.roll_back(last))
    assert stages(acme) == ["retired", "live", "retired"]


@pytest.mark.parametrize("fields", KINDS)
def test_a_step_back_beside_a_promotion_is_refused_in_words(
    committed: None, fields: dict[str, str]
) -> None:
    acme = make_workspace("acme", make_user("Olga"))
    with scope(acme.pk):
        live = versions(2, **fields)[-1]
        new = candidate("Ours", against=str(live.public_id), **fields)
    with pytest.raises(NotPromotable, match="Nothing was changed"):
        at_once(acme, lambda: inference.promote(new), lambda: inference.roll_back(live))
    assert stages(acme) == ["retired", "retired", "live"]


def test_what_is_replaced_is_retired_and_comes_back_by_one_click(in_acme: Tenant) -> None:
    first = inference.promote(candidate("First"))
    second = inference.promote(candidate("Second", against=str(first.public_id)))
    first.refresh_from_db()
    assert (first.stage, second.stage) == (ModelStage.RETIRED, ModelStage.LIVE)

    assert inference.roll_back(second) == first
    second.refresh_from_db()
    assert second.stage == ModelStage.RETIRED
    with pytest.raises(NotPromotable, match="“Second” was retired already. Nothing was changed."):
        inference.roll_back(second)
    assert inference.live_model("") == first
    assert inference.roll_back(first) is None  # the starter writes again
    with pytest.raises(NotPromotable, match="is not live"):
        inference.roll_back(candidate("Third"))
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"model.registered", "model.promoted", "model.rolled_back"} <= actions


def briefs() -> list[WritingRequest]:
    return [
        WritingRequest(language=language, channel=Channel.AD, goal=goal, tone=Tone.PLAIN)
        for language in Language
        for goal in (Goal.WELCOME, Goal.LAUNCH, Goal.LOYALTY, Goal.REVIEW)
    ]


def writer(text: str) -> WriterRef:
    return WriterRef(name=text, engine="fake", key=text)


def obedient(requests: list[WritingRequest], *, model: WriterRef, **_: object) -> list[Writing]:
    """Writes the model's name as the description of every text."""
    headlines = {Language.ENGLISH: "New at {{ brand.name }}", Language.CHINESE: "新品上市"}
    words = {Language.ENGLISH: model.name, Language.CHINESE: "欢迎了解{{ product.name }}"}
    return [
        Writing(
            parts={
                "headline": headlines[request.language],
                "description": words[request.language],
            },
            engine="fake",
            model=model.name,
            prompt_version="1",
            finish_reason="stop",
            prompt_tokens=1,
            new_tokens=1,
        )
        for request in requests
    ]


GOOD = writer("Have a look at {{ product.name }}.")


def test_the_gate_finds_what_a_candidate_does_worse() -> None:
    invented = writer("Now $9 only for {{ product.name }}.")
    result = run_gate(invented, GOOD, briefs(), write=obedient)
    assert not result.passed
    assert result.faults["en"]["facts"] == (4, 0)
    assert result.faults["zh-hans"]["facts"] == (0, 0)


def test_the_gate_hears_the_brand(in_acme: Tenant) -> None:
    result = run_gate(GOOD, GOOD, briefs(), write=obedient, brand_words=("LOOK",))
    assert result.faults["en"]["brand"] == (4, 4)
    assert result.passed  # no worse than what is live


def test_a_candidate_may_write_signs_that_no_database_holds() -> None:
    result = run_gate(writer("A\x00 broken \ud83d sign"), GOOD, briefs(), write=obedient)
    kept = [row["candidate"]["description"] for row in result.rows if row["language"] == "en"]
    assert kept == ["A broken  sign"] * 4
    assert "\\u0000" not in json.dumps(asdict(result))


def test_a_gate_in_one_language_is_not_passed() -> None:
    english = [brief for brief in briefs() if brief.language == Language.ENGLISH]
    assert not run_gate(GOOD, GOOD, english, write=obedient).passed
