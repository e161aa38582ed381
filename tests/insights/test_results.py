"""What is counted, for whom, and what is concluded from it."""

from datetime import timedelta
from decimal import Decimal

from campaigns.models import CampaignState
from delivery.models import Mailing, MailingState, MessageState
from insights.services import campaign_results


def variant(results, name):
    return next(result for result in results.variants if result.variant == name)


def test_before_a_launch_there_is_nothing_to_say(sent):
    stage = sent()
    Mailing.objects.all().delete()

    results = campaign_results(stage.campaign)

    assert results.verdict.kind == "none"
    assert results.recipients.people == 0


def test_people_are_counted_once_and_machines_apart(sent):
    stage = sent()
    people = stage.people(10)
    for kind, after in (("machine", 2), ("human", 60), ("human", 90), ("unknown", 200)):
        stage.click(people[0], kind, timedelta(minutes=after))
    stage.click(people[1], "machine", timedelta(seconds=1))
    stage.click(people[2], "unknown", timedelta(hours=30))
    stage.leave(people[0])

    results = campaign_results(stage.campaign)

    count = results.recipients
    assert (count.people, count.sent, count.delivered) == (10, 10, 10)
    assert (count.clicked, count.machine_only) == (2, 1)
    assert (count.hits, count.machine_hits) == (4, 2)
    assert count.unsubscribed == 1
    bands = [(band.start, band.people, band.machines) for band in results.clicks]
    assert bands == [(0, 0, 2), (1, 1, 0), (2, 0, 0), (4, 0, 0), (8, 0, 0), (24, 1, 0)]
    assert sum(hour.people for hour in results.hours) == 1


def test_bounces_complaints_and_what_never_left_are_told_apart(sent):
    stage = sent()
    stage.people(4)
    stage.people(2, bounced_at=stage.start)
    stage.people(1, complained_at=stage.start)
    stage.people(3, state=MessageState.SUPPRESSED, sent_at=None)

    count = campaign_results(stage.campaign).recipients

    assert (count.people, count.sent, count.delivered) == (10, 7, 5)
    assert (count.bounced, count.complained) == (2, 1)


def test_only_orders_inside_the_window_count_and_a_person_orders_once(sent):
    stage = sent(days=7)
    people = stage.people(6)
    for hours in (1, 100):
        stage.order(people[0], after=timedelta(hours=hours), total="30.00")
    stage.order(people[1], after=timedelta(days=8))
    stage.order(people[2], after=timedelta(hours=-1))
    stage.order(people[3], after=timedelta(hours=1), status="cancelled")
    stage.order(people[4], after=timedelta(hours=1), total="99.00", currency="EUR")

    count = campaign_results(stage.campaign).recipients

    assert (count.ordered, count.orders, count.revenue) == (2, 3, Decimal("60.00"))


def test_while_the_window_is_open_nothing_is_compared(sent):
    stage = sent(days_ago=3)
    stage.people(300, variant="reason", ordered=60)
    stage.people(300, variant="base", ordered=3)

    results = campaign_results(stage.campaign)

    assert not results.is_final
    assert results.verdict.kind == "early"
    assert variant(results, "reason").verdict == "early"
    assert campaign_results(stage.campaign, at=stage.start + timedelta(days=8)).is_final


def test_while_messages_still_leave_nothing_is_compared(sent):
    stage = sent()
    stage.people(300, variant="reason", ordered=60)
    stage.people(300, variant="base", ordered=3)
    Mailing.objects.update(state=MailingState.RUNNING, finished_at=None)

    assert campaign_results(stage.campaign).verdict.kind == "early"


def test_a_clear_winner_is_named_with_its_interval(sent):
    stage = sent()
    stage.people(400, variant="product", ordered=60)
    stage.people(400, variant="reason", ordered=24)
    stage.people(400, variant="base", ordered=20)

    results = campaign_results(stage.campaign)

    assert results.verdict.kind == "clear"
    assert results.verdict.headline == (
        "Write the product first. It brought 1,000 more orders for every 10,000 people than "
        "your base text."
    )
    assert "We are 95% sure the true gain is between" in results.verdict.detail
    assert "Reason first did not differ clearly" in results.verdict.detail
    verdicts = {result.variant: result.verdict for result in results.variants}
    assert verdicts == {"product": "better", "reason": "open", "base": "control"}


def test_noise_makes_no_winner(sent):
    stage = sent()
    stage.people(200, variant="product", ordered=14)
    stage.people(200, variant="reason", ordered=9)
    stage.people(100, variant="base", ordered=4)

    results = campaign_results(stage.campaign)

    assert results.verdict.kind == "open"
    assert "cannot be told apart" in results.verdict.headline
    assert {result.verdict for result in results.variants} == {"open", "control"}


def test_a_base_text_that_did_better_is_kept(sent):
    stage = sent()
    stage.people(400, variant="reason", ordered=10)
    stage.people(400, variant="base", ordered=60)

    verdict = campaign_results(stage.campaign).verdict

    assert verdict.headline.startswith("Keep your base text.")
    assert "1,250 fewer orders" in verdict.detail


def test_who_was_not_drawn_by_chance_is_not_compared(sent):
    stage = sent()
    stage.people(200, variant="reason", ordered=20)
    stage.people(200, variant="base", ordered=20)
    stage.people(500, variant="base", ordered=0, compared=False)

    results = campaign_results(stage.campaign)

    assert variant(results, "base").count.people == 200
    assert results.not_compared.people == 500
    assert results.recipients.people == 900


def test_groups_of_strange_sizes_are_not_compared(sent):
    stage = sent()
    stage.people(300, variant="reason", ordered=60)
    stage.people(100, variant="product", ordered=4)
    stage.people(100, variant="base", ordered=4)

    assert campaign_results(stage.campaign).verdict.kind == "doubt"


def test_the_effect_is_the_difference_to_the_holdout(sent):
    stage = sent()
    stage.people(1000, variant="base", ordered=100, compared=False)
    stage.people(500, place="holdout", ordered=20)

    results = campaign_results(stage.campaign)

    effect = results.effect
    assert effect.reached.value == 0.1
    assert effect.held_out.value == 0.04
    assert round(effect.caused.value) == 60
    assert 0 < effect.caused.low < 60 < effect.caused.high
    assert effect.is_clear
    assert round(effect.revenue_caused.value) == 3000
    assert results.verdict.headline.startswith("100 people ordered afterwards. About 60 of them")


def test_an_effect_that_may_be_chance_is_called_that(sent):
    stage = sent()
    stage.people(200, variant="base", ordered=10, compared=False)
    stage.people(100, place="holdout", ordered=5)

    verdict = campaign_results(stage.campaign).verdict

    assert verdict.kind == "open"
    assert "cannot be told" in verdict.headline


def test_without_a_holdout_the_effect_is_not_known(sent):
    stage = sent()
    stage.people(200, variant="base", ordered=10, compared=False)

    results = campaign_results(stage.campaign)

    assert results.effect is None
    assert "Nobody was held out" in results.verdict.detail


def test_the_report_takes_a_fixed_number_of_questions(sent, django_assert_max_num_queries):
    stage = sent()
    stage.people(50, ordered=5)
    stage.campaign.state = CampaignState.SENT

    with django_assert_max_num_queries(14):
        campaign_results(stage.campaign)
