"""The report, the list of reports and the home page as people see them."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as CacheAway

from campaigns.models import Campaign, CampaignState, Creative
from delivery.models import Message, MessageState, Sender
from insights import metrics
from insights.front_page import add_up
from insights.services import home
from insights.statistics import Interval
from insights.views import percent, points, safe_cell
from profiles.models import Customer, Import, TraitSet
from profiles.services import texts, words
from profiles.services.word_counts import count_opinions
from tenants.context import scope
from tenants.models import Tenant

HOME = "/w/acme/"


def sign_in(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def report_url(stage, name="campaign-report", workspace="acme"):
    return reverse(f"insights:{name}", args=[workspace, stage.campaign.public_id])


@pytest.fixture
def winter(sent):
    stage = sent()
    stage.people(200, variant="product", ordered=36)
    stage.people(200, variant="reason", ordered=12)
    stage.people(200, variant="base", ordered=10)
    stage.people(100, place="holdout", ordered=2)
    return stage


def test_the_report_begins_with_its_verdict(as_olga, winter):
    page = as_olga.get(report_url(winter)).content.decode()

    assert page.index("Write the product first") < page.index("From sent to ordered")
    assert "against 100 held out" in page
    assert "Better" in page
    assert "Not told apart" in page
    assert "Clicks after sending, by hour" in page


def test_a_campaign_that_was_not_sent_has_a_page_too(as_olga, in_acme):
    campaign = Campaign.objects.create(name="Soon", goal="winback", languages=["en"])

    page = as_olga.get(reverse("insights:campaign-report", args=["acme", campaign.public_id]))

    assert "Nothing has been sent yet." in page.content.decode()


def test_people_and_all_hits_are_one_click_apart(as_olga, sent):
    stage = sent()
    person = stage.people(10)[0]
    stage.click(person)
    stage.click(person)

    people = as_olga.get(report_url(stage)).content.decode()
    hits = as_olga.get(report_url(stage), {"count": "hits"}).content.decode()

    assert "Clicked by people" in people
    assert "All clicks" in hits


def test_the_export_holds_the_figures_and_no_formula(as_olga, winter):
    Campaign.objects.filter(pk=winter.campaign.pk).update(name="=1+2")

    answer = as_olga.get(report_url(winter, "campaign-report-export"))

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["campaign", "'=1+2"]
    product = next(row for row in rows if row[:1] == ["Product first"])
    assert (product[1], product[9]) == ("200", "36")
    assert "@example.com" not in answer.content.decode()
    assert [safe_cell(value) for value in ("-x", "@x", "x", -1)] == ["'-x", "'@x", "x", -1]


def test_the_list_has_every_sent_campaign_with_its_verdict(as_olga, winter):
    page = as_olga.get(reverse("insights:report-list", args=["acme"])).content.decode()

    assert winter.campaign.name in page
    assert "Write the product first" in page
    Campaign.objects.all().delete()
    empty = as_olga.get(reverse("insights:report-list", args=["acme"])).content.decode()
    assert "No reports yet" in empty


def test_eve_finds_no_report(eve, winter):
    client = sign_in(eve)

    assert client.get(report_url(winter)).status_code == 404
    assert client.get(report_url(winter, workspace="globex")).status_code == 404
    assert client.get(report_url(winter, "campaign-report-export")).status_code == 404


def test_numbers_are_said_as_people_say_them():
    assert [percent(rate) for rate in (0.0143, 0.064, 0.989, 1.0, 0.0)] == [
        "1.43%",
        "6.4%",
        "98.9%",
        "100%",
        "0.00%",
    ]
    assert points(-0.0014) == "−0.14"


def test_an_empty_workspace_is_led_by_five_steps(as_olga, in_acme, vic):
    page = as_olga.get(HOME).content.decode()

    assert "Five steps lead to the first campaign" in page
    assert "Import a file" in page
    assert "Set up a sender" in page
    Sender.objects.create(name="Acme", email="hello@acme.example", host="mail.acme.example")
    steps = {step.icon: step for step in home(in_acme, vic, role="marketer").steps}
    assert steps["mail-check"].is_done
    assert not steps["quote"].is_done
    assert not steps["mail-check"].url  # a marketer may not set up a sender


def test_home_says_what_waits_and_only_to_those_who_can_do_it(in_acme, olga, vic, sent):
    stage = sent()
    people = stage.people(3)
    Message.objects.filter(customer=people[0]).update(state=MessageState.IN_DOUBT, sent_at=None)
    Sender.objects.update(state="paused", paused_reason="The server refused the sign-in.")
    review = Campaign.objects.create(
        name="Read me", goal="winback", state=CampaignState.IN_REVIEW, languages=["en"]
    )
    Creative.objects.create(
        campaign=review, variant="base", channel="email", language="en", state="written"
    )
    Import.objects.create(
        kind="orders",
        state="done",
        file_name="november.csv",
        rows_read=1842,
        rejected=214,
        finished_at=timezone.now(),
    )

    seen = home(in_acme, olga, role="owner")

    assert [need.kind for need in seen.needs] == ["review", "doubt", "sender", "import"]
    titles = [need.title for need in seen.needs]
    assert titles[0] == "1 creative to read"
    assert titles[1] == "1 message may have arrived"
    assert titles[3] == "214 of 1,842 rows were rejected"
    assert seen.conclusion == "4 things wait for you."
    assert not home(in_acme, vic, role="analyst").needs


def test_home_shows_what_runs_with_its_progress(in_acme, olga, sent):
    stage = sent()
    people = stage.people(4)
    Message.objects.filter(customer__in=people[:3]).update(state="queued", sent_at=None)
    Campaign.objects.filter(pk=stage.campaign.pk).update(state=CampaignState.SENDING)

    running = home(in_acme, olga, role="owner").running

    assert [(line.done, line.total, line.label) for line in running] == [(1, 4, "1 of 4 done")]


def test_what_worked_adds_up_what_holdouts_have_measured(in_acme, olga, sent):
    assert home(in_acme, olga, role="owner").worked is None

    for days in (30, 20):
        stage = sent(days)
        Campaign.objects.filter(pk=stage.campaign.pk).update(holdout_percent=10)
        stage.people(400, variant="base", ordered=60, compared=False)
        stage.people(100, place="holdout", ordered=5)
    still_open = sent(2)
    still_open.people(10)
    still_open.people(10, place="holdout")

    worked = home(in_acme, olga, role="owner").worked

    assert worked.campaigns == 2
    assert round(worked.caused.value) == 80
    assert 0 < worked.caused.low < 80 < worked.caused.high
    assert len(worked.weeks) in (2, 3)  # a week without a campaign may lie between
    assert sum(week.caused.value for week in worked.weeks) == pytest.approx(worked.caused.value)


def test_home_works_while_the_cache_is_away(in_acme, olga, sent, monkeypatch):
    stage = sent(30)
    stage.people(50, variant="base", ordered=10, compared=False)
    stage.people(50, place="holdout", ordered=5)

    def away(*args, **kwargs):
        raise CacheAway("The cache does not answer.")

    monkeypatch.setattr(metrics.cache, "get", away)
    monkeypatch.setattr(metrics.cache, "set", away)

    assert home(in_acme, olga, role="owner").worked.campaigns == 1


def test_independent_estimates_add_up_in_squares():
    one = Interval(value=10, low=7, high=14)

    assert add_up([one, one]).low == pytest.approx(20 - (2 * 9) ** 0.5)
    assert add_up([one, one]).high == pytest.approx(20 + (2 * 16) ** 0.5)


def test_a_suggestion_is_a_count_and_nothing_else(in_acme, olga, rita):
    people = Customer.objects.bulk_create(
        Customer(email=f"p{number}@example.com", may_email=number < 25) for number in range(30)
    )
    TraitSet.objects.bulk_create(
        TraitSet(
            customer=person,
            stage="lapsed",
            order_count=2,
            last_order_at=timezone.now() - timedelta(days=120),
            computed_at=timezone.now(),
        )
        for person in people
    )

    ideas = home(in_acme, olga, role="owner").suggestions

    assert [idea.title for idea in ideas] == ["Write to 25 people who have gone quiet"]
    assert "goal=winback" in ideas[0].url
    assert not home(in_acme, rita, role="reviewer").suggestions


def test_the_greeting_follows_the_clock(in_acme, olga):
    def greeting(hour):
        at = timezone.now().replace(hour=hour)
        return home(in_acme, olga, role="owner", at=at).greeting

    assert [greeting(hour) for hour in (8, 14, 21)] == [
        "Good morning, Olga",
        "Good afternoon, Olga",
        "Good evening, Olga",
    ]


def test_home_and_report_ask_a_fixed_number_of_times(
    as_olga, winter, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40):
        assert as_olga.get(HOME).status_code == 200
    with django_assert_max_num_queries(26):
        assert as_olga.get(report_url(winter)).status_code == 200


def test_reports_say_what_customers_say(as_olga: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        rows = [
            {"kind": "review", "at": timezone.now(), "text": said, "external_id": f"c{number}"}
            for number, said in enumerate(
                ["The size runs small, it is too tight.", "A perfect fit.", "Uncomfortable."]
            )
        ]
        assert texts.record_texts(rows).created == 3
        words.refresh_words()
        fit = next(one for one in count_opinions() if one.label == "Fit and size")
    assert (fit.good, fit.bad, fit.people) == (1, 1, 2)
    page = as_olga.get("/w/acme/reports/").content.decode()
    assert "What customers say" in page
    assert "Comfort" in page


def test_reports_of_a_silent_workspace_say_nothing_of_it(as_olga: Client, acme: Tenant) -> None:
    assert "What customers say" not in as_olga.get("/w/acme/reports/").content.decode()
