"""Settings → Models → Classifiers: what stands there, who makes one live, and the way back."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inference import registry
from inference.models import ModelKind, ModelStage, RegisteredModel
from profiles import tasks
from profiles.models import WordTrait
from profiles.services import words
from tenants.context import scope
from tenants.models import AuditEntry, Tenant, User
from tests.queries import at_most_queries

pytestmark = pytest.mark.django_db

BASE = "/w/acme/settings/models/classifiers/"
FIGURES = {
    "accuracy": 0.926,
    "macro_f1": 0.9181,
    "ece": 0.0131,
    "abstained": 0.123,
    "accuracy_where_sure": 0.974,
    "majority": 0.0131,
    "learnt": 8065,
    "held_out": 1938,
    "labels": ["Late", "Money back", "Too big", "Too small", "Torn", "Wrong colour"],
    "languages": ["zh-hans", "en"],
    "sure_from": 0.8,
}


def made(name: str = "Questions", *, passed: bool = True, **figures: Any) -> RegisteredModel:
    """A candidate as training leaves it, measured beside what is live now. In a scope."""
    live = registry.live_classifier(name)
    model = registry.register(
        name=name,
        kind=ModelKind.CLASSIFIER,
        source="classifiers/one",
        data_hash="ab" * 32,
        figures=FIGURES | figures,
    )
    gate: dict[str, Any] = {
        "passed": passed,
        "against": live.name if live else "majority",
        "against_key": str(live.public_id) if live else "",
        "texts": 1938,
        "figures": {"candidate": {"accuracy": 0.926}},
    }
    if live:
        gate["figures"]["live"] = {"accuracy": 0.9}
    registry.save_gate(model, gate)
    return model


def page(client: Client, path: str = "") -> str:
    response = client.get(BASE + path)
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, model: RegisteredModel, verb: str) -> str:
    return client.post(f"{BASE}{model.public_id}/{verb}/", follow=True).content.decode()


def stages() -> list[str]:
    return list(RegisteredModel.objects.order_by("pk").values_list("stage", flat=True))


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The workspaces whose texts are to be read anew."""
    bells: list[int] = []
    monkeypatch.setattr(tasks.refresh_topics, "delay_on_commit", bells.append)
    return bells


def test_an_empty_page_says_what_it_is_for_and_how_to_get_one(as_olga: Client, acme: Tenant):
    body = page(as_olga)
    assert "No classifier of your own yet" in body
    assert f"{BASE}train/" in body
    assert "You need 100 labelled texts or more" in body
    assert BASE in as_olga.get("/w/acme/settings/models/").content.decode()


def test_a_candidate_goes_live_and_the_one_before_comes_back(
    as_olga: Client, acme: Tenant, rung: list[int]
):
    with scope(acme.pk):
        first = made()
    assert "“Questions v1” is live" in post(as_olga, first, "promote")
    with scope(acme.pk):
        second = made()
        assert stages() == ["live", "candidate"]
    body = page(as_olga)
    assert "92.6% right of 1,938 texts held out · macro-F1 91.8% · 12.3% get no label" in body
    assert "Late · Money back · Too big · Too small · 2 more labels" in body
    assert "Chinese · English" in body

    post(as_olga, second, "promote")
    with scope(acme.pk):
        assert stages() == ["retired", "live"]
        assert AuditEntry.objects.filter(action="model.promoted").count() == 2
    assert "Roll back to “Questions v1”" in page(as_olga)
    assert "“Questions v2” is retired; what was live before" in post(as_olga, second, "back")
    with scope(acme.pk):
        assert stages() == ["live", "retired"]
    assert "Roll back" not in page(as_olga)  # nothing was before the first
    post(as_olga, first, "retire")
    with scope(acme.pk):
        assert stages() == ["retired", "retired"]
    assert rung == [acme.pk] * 4


def test_one_that_did_not_pass_or_was_measured_beside_another_is_refused(
    as_olga: Client, acme: Tenant, rung: list[int]
):
    with scope(acme.pk):
        failed, old, new = made(passed=False), made(), made()
        registry.promote(new)
    assert "Not passed." in page(as_olga, f"{failed.public_id}/")
    assert page(as_olga).count("/promote/") == 1  # the old one; it learns that it is too late
    assert "Another classifier has gone live" in post(as_olga, old, "promote")
    assert "Another classifier has gone live" in post(as_olga, failed, "promote")
    assert "“Questions” is not live." in post(as_olga, old, "back")
    with scope(acme.pk):
        assert stages() == ["candidate", "candidate", "live"]
    assert rung == []


def test_the_page_of_a_version_says_how_it_fared(as_olga: Client, acme: Tenant):
    with scope(acme.pk):
        registry.promote(made())
        model = made()
    body = page(as_olga, f"{model.public_id}/")
    assert "about 88 get a label; of 100 labels that it gives, about 97 are right" in body
    for figure in ("Questions v2", "92.6%", "91.8%", "90%", "12.3%", "97.4%", "1.3%", "80%"):
        assert figure in body
    assert "Wrong colour" in body


def test_a_marketer_looks_and_changes_nothing(acme: Tenant, mark: User, rung: list[int]):
    as_mark = Client()
    as_mark.force_login(mark, backend="allauth.account.auth_backends.AuthenticationBackend")
    with scope(acme.pk):
        model = made()
    body = page(as_mark)
    assert "Questions v1" in body
    assert "/promote/" not in body
    assert "/promote/" not in page(as_mark, f"{model.public_id}/")
    for verb in ("promote", "back", "retire"):
        assert as_mark.post(f"{BASE}{model.public_id}/{verb}/").status_code == 403
    with scope(acme.pk):
        assert stages() == ["candidate"]
    assert rung == []


def test_a_writer_has_no_page_here(as_olga: Client, acme: Tenant):
    with scope(acme.pk):
        writer = registry.register(name="Big", source="starter")
    assert as_olga.get(f"{BASE}{writer.public_id}/").status_code == 404
    assert as_olga.post(f"{BASE}{writer.public_id}/promote/").status_code == 404
    with scope(acme.pk):
        assert stages() == ["candidate"]


def test_many_classifiers_cost_no_more_queries(as_olga: Client, acme: Tenant):
    with scope(acme.pk):
        for at in range(12):
            registry.promote(made(f"Name {at}"))
            registry.promote(made(f"Name {at}"))
            made(f"Name {at}")
    page(as_olga)
    with at_most_queries(8):
        body = page(as_olga)
    assert body.count("Roll back to") == 12


def test_partners_read_the_classifiers(client: Client, api_key: str, in_acme: Tenant):
    registry.register(name="Big", source="starter")
    made()
    model = made()
    headers = {"Authorization": f"Bearer {api_key}"}
    rows = client.get("/api/v1/classifiers/", headers=headers).json()["results"]
    assert [(row["name"], row["version"]) for row in rows] == [("Questions", 2), ("Questions", 1)]
    one = client.get(f"/api/v1/classifiers/{model.public_id}/", headers=headers).json()
    assert one["figures"]["labels"] == FIGURES["labels"]
    assert one["figures"]["gate"]["passed"] is True
    refused = client.delete(f"/api/v1/classifiers/{model.public_id}/", headers=headers)
    assert refused.status_code == 405
    assert RegisteredModel.objects.filter(pk=model.pk, stage=ModelStage.CANDIDATE).exists()


def test_a_sentence_says_which_classifier_found_it_and_how_sure_it_was(in_acme: Tenant):
    cited = {"event": "1", "at": "2026-10-02", "source": "chat", "text": "My parcel is late."}
    told = {"by": "Topics", "version": "3", "chance": "0.874"}
    trait = WordTrait(
        kind="topic",
        name="Late",
        confidence=0.4,
        mentions=3,
        computed_at=timezone.now(),
        evidence=[
            cited | told,
            cited | {"by": "Topics", "chance": "1.000"},  # from before versions were kept
            cited,
        ],
    )
    [line] = words.explain_words([trait])
    assert [one.found for one in line.evidence] == [
        "found by your classifier Topics v3, 87% sure",
        "found by your classifier Topics, >99% sure",
        "",
    ]
