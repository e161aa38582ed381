"""The keys of messages, which triggers check for a whole launch at once."""

import threading
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from delivery import crash
from delivery.models import Content, Link, Mailing, Message
from profiles.models import Customer
from tenants.context import scope
from tenants.models import Tenant

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def shop() -> Tenant:
    return crash.make_workspace(3)


@pytest.fixture
def mailing(shop: Tenant) -> Mailing:
    return crash.launch_mailing(shop, 1, ring=False)


def copy_with(mailing: Mailing, **changed: int) -> None:
    """Insert a message like one of the mailing, in another channel, with these keys changed."""
    with scope(mailing.tenant_id), transaction.atomic():
        one = mailing.messages.order_by("pk")[0]
        keys = {
            "mailing_id": one.mailing_id,
            "customer_id": one.customer_id,
            "content_id": one.content_id,
        }
        Message.objects.create(
            **keys | changed, public_id=uuid4(), channel="sms", address="x", due_at=Now()
        )


@pytest.mark.parametrize("key", ["mailing_id", "customer_id", "content_id"])
def test_a_message_names_what_its_workspace_has(mailing: Mailing, key: str) -> None:
    strange = crash.launch_mailing(crash.make_workspace(1), 1, ring=False)
    with scope(strange.tenant_id):
        foreign = getattr(strange.messages.get(), key)
    for number in (foreign, 999_999):
        with pytest.raises(IntegrityError, match="its workspace does not have"):
            copy_with(mailing, **{key: number})
    copy_with(mailing)
    with scope(mailing.tenant_id):
        assert Message.objects.count() == 4


@pytest.mark.parametrize("key", ["mailing_id", "customer_id", "content_id"])
def test_a_message_cannot_be_moved_to_what_is_not_there(mailing: Mailing, key: str) -> None:
    with (
        pytest.raises(IntegrityError, match="its workspace does not have"),
        scope(mailing.tenant_id),
    ):
        mailing.messages.filter(pk=mailing.messages.order_by("pk")[0].pk).update(**{key: 999_999})


@pytest.mark.parametrize("model", [Mailing, Customer, Content])
def test_what_a_message_names_stays(mailing: Mailing, model: type) -> None:
    with scope(mailing.tenant_id):
        Link.objects.all()._raw_delete(using="default")  # it has a key of its own to the content
    with pytest.raises(IntegrityError, match="Messages still name"), scope(mailing.tenant_id):
        model.objects.all()._raw_delete(using="default")
    with scope(mailing.tenant_id):
        assert model.objects.exists()
        for some in (Message, model):
            some.objects.all()._raw_delete(using="default")


def test_who_is_erased_during_a_launch_gets_no_message(shop: Tenant, mailing: Mailing) -> None:
    """The launch comes first; the erasure waits for it, sees its messages and is refused."""
    with scope(shop.pk):
        Message.objects.all()._raw_delete(using="default")
    outcome: list[str] = []

    def erase() -> None:
        try:
            with scope(shop.pk):
                Customer.objects.all()._raw_delete(using="default")
            outcome.append("erased")
        except IntegrityError:
            outcome.append("refused")
        finally:
            connection.close()

    with scope(shop.pk):
        person = Customer.objects.order_by("pk")[0]
        content = Content.objects.get()
        Message.objects.create(
            mailing=mailing, customer=person, content=content, address="x", due_at=Now()
        )
        thread = threading.Thread(target=erase)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # it waits for this transaction
    thread.join(60)
    assert outcome == ["refused"]
    with scope(shop.pk):
        assert Message.objects.get().customer == person
