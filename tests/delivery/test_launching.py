"""Launching makes one message for each recipient, once."""

import uuid

import pytest

from delivery import services as delivery
from delivery.models import Message
from tenants.errors import Conflict
from tests.delivery.conftest import launch, make_customers


def test_two_clicks_on_launch_make_one_mailing(sender, content):
    make_customers(3)
    source = uuid.uuid4()

    first = launch(sender, content, source)
    make_customers(1, external_id="late", email="late@example.org")
    second = launch(sender, content, source)

    assert second.pk == first.pk
    assert Message.objects.count() == first.audience == 3
    assert delivery.find_mailing(source) == first


def test_the_audience_is_every_recipient_and_the_states_add_up_to_it(sender, content):
    make_customers(3)
    make_customers(1, external_id="nomail", email="")

    mailing = launch(sender, content)

    counts = delivery.progress(mailing)
    assert mailing.audience == sum(counts.values()) == 4
    assert counts["queued"] == 3
    assert counts["suppressed"] == 1
    assert Message.objects.get(state="suppressed").reason == "no_address"


def test_launching_to_nobody_is_refused_and_leaves_nothing(sender, content):
    source = uuid.uuid4()

    with pytest.raises(Conflict, match="Nobody"):
        launch(sender, content, source)

    assert delivery.find_mailing(source) is None


def test_cancelling_counts_who_will_not_get_it(sender, content):
    make_customers(3)
    mailing = launch(sender, content)

    assert delivery.cancel(mailing) == 3

    assert delivery.progress(mailing)["cancelled"] == 3
    with pytest.raises(Conflict):
        delivery.resume(mailing)
