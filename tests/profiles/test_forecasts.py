"""Predictions and recommendations of a workspace: shown where they beat the simple rule."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from catalogue.models import Product
from profiles.models import (
    Customer,
    ForecastKind,
    Order,
    OrderLine,
    Prediction,
    Recommendation,
)
from profiles.predictions.refresh import refresh_predictions
from profiles.recommending.mixing import Verdict
from profiles.recommending.recommender import Lesson
from profiles.recommending.refresh import refresh_recommendations
from profiles.recommending.transformer import Transformer
from profiles.services import consent, forecasts, segments
from tenants.context import scope
from tenants.errors import BadInput
from tenants.models import Tenant

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PEOPLE = 160
DAYS = 360


@pytest.fixture
def shop(acme: Tenant) -> Tenant:
    """People who order at their own pace and then stop; whoever buys a tea buys its cup next."""
    draw = random.Random(5)
    with scope(acme.pk):
        products = [
            Product.objects.create(
                external_id=f"P{number}",
                title=f"{kind} {number // 2}",
                category=kind,
                price=Decimal(10 + number),
            )
            for number in range(24)
            for kind in [("Tea", "Cup")[number % 2]]
        ]
        people = [
            Customer.objects.create(external_id=f"C{number}", email=f"c{number}@example.com")
            for number in range(PEOPLE)
        ]
        for person in people:
            _shop(person, products, draw)
    return acme


def _shop(person: Customer, products: list[Product], draw: random.Random) -> None:
    pace, pair = draw.expovariate(1 / 25) + 8, draw.randrange(12)
    day, stop = draw.uniform(0, 150), draw.uniform(60, 700)
    count = 0
    while day < min(DAYS, stop) and count < 14:
        product = products[(2 * pair + count) % 24]
        order = Order.objects.create(
            customer=person,
            external_id=f"{person.pk}-{count}",
            placed_at=NOW - timedelta(days=DAYS - day),
            total=product.price,
        )
        OrderLine.objects.create(
            order=order,
            line_key=f"00000000-0000-0000-0000-{count:012}",
            product=product,
            quantity=1,
            unit_price=product.price,
        )
        day, count = day + draw.expovariate(1 / pace) + 1, count + 1


def test_a_workspace_sees_what_beats_the_simple_rule(shop: Tenant) -> None:
    written = refresh_predictions(shop.pk, at=NOW)
    with scope(shop.pk):
        assert written == Prediction.objects.count() > 100
        report = forecasts.read_report(ForecastKind.PREDICTIONS)
        assert report
        for name, column in (("orders", "orders"), ("again", "chance"), ("value", "value")):
            known = Prediction.objects.exclude(**{column: None}).exists()
            assert known <= report.figures["shown"][name]
        assert report.figures["shown"]["again"]
        found = Prediction.objects.exclude(chance=None).order_by("-chance").first()
        assert found
        assert 0 <= found.chance <= 1
        assert found.orders is None or found.orders_low <= found.orders_high
        lines = forecasts.explain_prediction(found)
        assert [line.name for line in lines][0] == "chance"
        reasons = forecasts.explain_reasons(found)
        assert 1 <= len(reasons) <= 3
        assert all(reason.endswith("usual.") for reason in reasons)


def test_products_are_recommended_with_their_reasons(shop: Tenant) -> None:
    refresh_recommendations(shop.pk, at=NOW)
    with scope(shop.pk):
        report = forecasts.read_report(ForecastKind.RECOMMENDATIONS)
        assert report
        assert report.figures["used"] == "blend"
        assert report.figures["blend"]["ndcg@10"] > report.figures["popularity"]["ndcg@10"]
        person = Customer.objects.filter(orders__isnull=False).first()
        assert person
        bought = set(
            OrderLine.objects.filter(order__customer=person).values_list("product_id", flat=True)
        )
        found = forecasts.recommend(person)
        assert found
        assert not bought & {one.product.pk for one in found}
        assert all({product.pk for product in one.because} <= bought for one in found)
        assert any(one.reason.startswith("Because of") for one in found)


def test_what_cannot_be_sold_is_not_recommended(shop: Tenant) -> None:
    with scope(shop.pk):
        Product.objects.filter(category="Cup").update(stock=0)
        Product.objects.filter(external_id="P0").update(is_active=False)
    refresh_recommendations(shop.pk, at=NOW)
    with scope(shop.pk):
        names = set(Recommendation.objects.values_list("product__category", flat=True))
        assert names == {"Tea"}
        assert not Recommendation.objects.filter(product__external_id="P0").exists()


def test_a_product_makes_room_after_it_was_shown_long_enough(shop: Tenant) -> None:
    refresh_recommendations(shop.pk, at=NOW)
    with scope(shop.pk):
        person = Customer.objects.filter(orders__isnull=False).first()
        assert person
        first = forecasts.recommend(person)[0].product
        Recommendation.objects.update(since=(NOW - timedelta(days=61)).date())
    refresh_recommendations(shop.pk, at=NOW + timedelta(hours=1))
    with scope(shop.pk):
        assert first not in [one.product for one in forecasts.recommend(person)]
        resting = Recommendation.objects.filter(customer=person, product=first)
        assert resting.get().rank >= forecasts.RESTING


def test_who_refuses_a_profile_has_nothing_foretold(shop: Tenant) -> None:
    with scope(shop.pk):
        early = Customer.objects.filter(orders__isnull=False).first()
        assert early
        consent.set_consent(customer=early, purpose="profiling", granted=False, source="by phone")
    refresh_predictions(shop.pk, at=NOW)
    refresh_recommendations(shop.pk, at=NOW)
    with scope(shop.pk):
        assert not Prediction.objects.filter(customer=early).exists()
        assert not Recommendation.objects.filter(customer=early).exists()
        late = Prediction.objects.first().customer
        consent.set_consent(customer=late, purpose="profiling", granted=False, source="by phone")
        assert not Prediction.objects.filter(customer=late).exists()
        assert not Recommendation.objects.filter(customer=late).exists()
        assert forecasts.find_prediction(late) is None
        assert forecasts.recommend(late) == []


def test_a_workspace_with_a_short_past_is_told_nothing(acme: Tenant) -> None:
    assert refresh_predictions(acme.pk, at=NOW) == 0
    assert refresh_recommendations(acme.pk, at=NOW) == 0
    with scope(acme.pk):
        report = forecasts.read_report(ForecastKind.PREDICTIONS)
        assert report
        assert report.figures == {}


def test_pages_segments_and_partners_are_told(shop: Tenant, as_olga: Client, api_key: str) -> None:
    refresh_predictions(shop.pk, at=NOW)
    refresh_recommendations(shop.pk, at=NOW)
    with scope(shop.pk):
        person = Prediction.objects.exclude(chance=None).order_by("-chance")[0].customer
        likely = {"field": "prediction.chance", "op": "at_least", "value": 40}
        count = segments.count(likely)
        assert count == Prediction.objects.filter(chance__gte=0.4).count()
    page = as_olga.get(f"/w/acme/customers/{person.public_id}/").content.decode()
    assert "Orders within 13 weeks" in page
    assert "Because of" in page
    report = as_olga.get("/w/acme/forecasts/").content.decode()
    assert "Found among ten" in report
    assert "Who orders again" in report
    headers = {"Authorization": f"Bearer {api_key}"}
    base = f"/api/v1/customers/{person.public_id}"
    products = Client().get(f"{base}/recommendations/", headers=headers).json()
    assert [one["rank"] for one in products] == list(range(1, len(products) + 1))
    assert Client().get(f"{base}/prediction/", headers=headers).json()["weeks"] == 13


def test_the_rules_of_recommending_are_set_on_a_page(acme: Tenant, as_olga: Client) -> None:
    url = "/w/acme/forecasts/"
    right = {"repeats": "on", "most_per_category": "2", "rest_days": "30"}
    assert as_olga.post(url, right).status_code == 302
    wrong = as_olga.post(url, {**right, "rest_days": "9999"})
    assert wrong.status_code == 200
    with scope(acme.pk):
        policy = forecasts.read_recommendation_policy()
        assert (policy.repeats, policy.only_in_stock, policy.rest_days) == (True, False, 30)
        with pytest.raises(BadInput, match="from 1 to 5"):
            forecasts.save_recommendation_policy(
                repeats=False, only_in_stock=True, most_per_category=0, rest_days=60
            )


def test_a_new_product_is_said_to_be_like_what_was_bought(shop: Tenant) -> None:
    refresh_recommendations(shop.pk, at=NOW)
    with scope(shop.pk):
        row = Recommendation.objects.exclude(because=[]).filter(rank=1).first()
        assert row
        title = Product.objects.get(pk=row.because[0]["product"]).title
        for by, reason in (
            ("new", f"New, and similar to {title}, which was bought."),
            ("likeness", f"Similar to {title}, which was bought."),
        ):
            row.because = [{**one, "by": by} for one in row.because]
            row.save()
            assert forecasts.recommend(row.customer)[0].reason == reason


def test_the_first_forecasts_do_not_wait_for_the_night(shop: Tenant, globex: Tenant) -> None:
    with scope(globex.pk):
        assert not forecasts.are_due()  # no orders
    with scope(shop.pk):
        assert forecasts.are_due()
    refresh_predictions(shop.pk, at=NOW)
    with scope(shop.pk):
        assert not forecasts.are_due()


def half_of_each(lesson: Lesson, order: Transformer) -> Verdict:
    return Verdict(0.5, links=0, transformer=0, mixed=0)


def test_a_shop_with_enough_orders_hears_how_good_the_order_of_purchases_is(
    shop: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("profiles.recommending.mixing.ENOUGH", 100)
    monkeypatch.setattr("profiles.recommending.mixing.judge_by_halves", half_of_each)
    refresh_recommendations(shop.pk, at=NOW)
    with scope(shop.pk):
        report = forecasts.read_report(ForecastKind.RECOMMENDATIONS)
    assert report is not None
    assert 0 <= report.figures["mixture"]["hr@10"] <= 1
    best = max(("blend", "mixture"), key=lambda name: report.figures[name]["ndcg@10"])
    assert report.figures["used"] == best


@pytest.fixture
def outfitter(acme: Tenant) -> Tenant:
    """Jackets, teapots and tents, bought for a year by people who each keep to a kind."""
    draw = random.Random(8)
    kinds = ("Rain jacket", "Iron teapot", "Family tent")
    with scope(acme.pk):
        products = [
            Product.objects.create(
                external_id=f"{kind}-{number}", title=f"{kind} {name}", category=kind, price=50
            )
            for kind in kinds
            for number, name in enumerate(("Alta", "Borg", "Cima", "Dale", "Eide", "Fjell", "Gora"))
        ]
        Product.objects.update(created_at=NOW - timedelta(days=400))
        for number in range(90):
            person = Customer.objects.create(external_id=f"{kinds[number % 3]} {number}")
            own = [one for one in products if one.category == kinds[number % 3]]
            for step, product in enumerate(draw.sample(own, 3)):
                order = Order.objects.create(
                    customer=person,
                    external_id=f"{number}-{step}",
                    placed_at=NOW - timedelta(days=300 - 20 * step - number),
                    total=50,
                )
                OrderLine.objects.create(
                    order=order,
                    line_key=f"00000000-0000-0000-0000-{step:012}",
                    product=product,
                    quantity=1,
                    unit_price=50,
                )
    return acme


def test_a_jacket_that_came_yesterday_is_shown_to_who_bought_like_jackets_and_says_so(
    outfitter: Tenant, as_olga: Client
) -> None:
    with scope(outfitter.pk):
        jacket = Product.objects.create(
            external_id="new", title="Rain jacket Hauk", category="Rain jacket", price=60
        )
        Product.objects.filter(pk=jacket.pk).update(created_at=NOW - timedelta(days=1))
    refresh_recommendations(outfitter.pk, at=NOW)
    with scope(outfitter.pk):
        shown = Recommendation.objects.filter(product=jacket, rank__lt=forecasts.RESTING)
        buyers = Customer.objects.filter(external_id__startswith="Rain jacket")
        assert set(shown.values_list("customer_id", flat=True)) == set(
            buyers.values_list("pk", flat=True)
        )
        for person in buyers[:5]:
            found = forecasts.recommend(person)
            assert found[-1].product == jacket  # the last place, after what people buy
            assert found[-1].reason.startswith("New, and similar to Rain jacket")
            assert [one.rank for one in found] == list(range(1, len(found) + 1))
        report = forecasts.read_report(ForecastKind.RECOMMENDATIONS)
        assert report
        assert report.figures["new"] == {"products": 1, "shown": 1, "people": 30}
    page = as_olga.get("/w/acme/forecasts/").content.decode()
    assert "Of 1 new products, 1 are shown, to 30 customers." in page


def test_a_new_product_that_nobody_takes_makes_room_after_two_weeks(outfitter: Tenant) -> None:
    with scope(outfitter.pk):
        for name in ("Hauk", "Isbre"):
            Product.objects.create(
                external_id=name, title=f"Rain jacket {name}", category="Rain jacket", price=60
            )
        Product.objects.filter(price=60).update(created_at=NOW - timedelta(days=1))
        person = Customer.objects.filter(external_id__startswith="Rain jacket").first()
        assert person
    seen = []
    for days in (0, 10, 14):
        refresh_recommendations(outfitter.pk, at=NOW + timedelta(days=days))
        with scope(outfitter.pk):
            seen.append(forecasts.recommend(person)[-1].product.title)
    assert seen[0] == seen[1] != seen[2]


def test_a_workspace_that_keeps_no_place_for_new_products_shows_none(outfitter: Tenant) -> None:
    with scope(outfitter.pk):
        forecasts.save_recommendation_policy(
            repeats=False, only_in_stock=True, most_per_category=3, rest_days=60, show_new=False
        )
        jacket = Product.objects.create(
            external_id="new", title="Rain jacket Hauk", category="Rain jacket", price=60
        )
        Product.objects.filter(pk=jacket.pk).update(created_at=NOW - timedelta(days=1))
    refresh_recommendations(outfitter.pk, at=NOW)
    with scope(outfitter.pk):
        assert Recommendation.objects.exists()
        assert not Recommendation.objects.filter(product=jacket).exists()
