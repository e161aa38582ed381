"""Customers from files: what is stored, what is rejected, and what a second time changes."""

import pytest

from profiles.importers.values import normalise_email
from profiles.models import Consent, Customer, ImportState
from tenants.context import scope
from tenants.models import Tenant
from tests.profiles.files import bring, counts, reasons

pytestmark = pytest.mark.django_db

PEOPLE = """customer_id,email,first name,last name,language,country,newsletter,Tier,Points
1,Ann@Example.com,Ann,Lee,en-GB,GB,yes,gold,12
2,bob@example.com,Bob,,ZH,CN,no,,7.5
3.0,,Cid,,,,,silver,007
"""


def test_a_row_becomes_a_customer_with_attributes(in_acme: Tenant) -> None:
    import_ = bring("customers", PEOPLE)
    assert counts(import_) == (3, 0, 0, 0)
    ann, bob, cid = Customer.objects.order_by("external_id")
    assert (ann.email, ann.first_name, ann.language) == ("ann@example.com", "Ann", "en")
    assert ann.attributes == {"tier": "gold", "points": 12}
    assert (bob.language, bob.attributes, bob.may_email) == ("zh-hans", {"points": 7.5}, False)
    assert (cid.external_id, cid.email, cid.may_email) == ("3", "", None)
    assert cid.attributes == {"tier": "silver", "points": "007"}


def test_the_same_file_twice_changes_nothing(in_acme: Tenant) -> None:
    bring("customers", PEOPLE)
    before = list(Customer.objects.order_by("pk").values())
    assert counts(bring("customers", PEOPLE)) == (0, 0, 3, 0)
    assert list(Customer.objects.order_by("pk").values()) == before
    assert Consent.objects.count() == 2


def test_a_changed_row_updates_and_an_empty_cell_leaves_what_is_stored(in_acme: Tenant) -> None:
    bring("customers", PEOPLE)
    again = bring("customers", "customer_id,first name,country,tier\n1,Anna,,bronze\n2,,CN,\n")
    assert counts(again) == (0, 1, 1, 0)
    ann = Customer.objects.get(external_id="1")
    assert (ann.first_name, ann.country) == ("Anna", "GB")
    assert ann.attributes == {"tier": "bronze", "points": 12}


def test_consent_is_appended_with_the_file_as_its_source(in_acme: Tenant) -> None:
    import_ = bring("customers", PEOPLE)
    given = Consent.objects.order_by("customer__external_id").values_list(
        "customer__external_id", "purpose", "granted", "source"
    )
    assert list(given) == [("1", "email", True, "file.csv"), ("2", "email", False, "file.csv")]
    assert import_.checkpoint["notices"]["without_consent"] == 1


@pytest.mark.parametrize("stranger", [1, 25, 30])
def test_one_stranger_among_customers_that_are_known_is_made(
    in_acme: Tenant, stranger: int
) -> None:
    """A chunk of rows that are all known takes a shorter way; one that is not must not."""
    rows = [f"{n},p{n}@example.com,yes,gold" for n in range(1, 31)]
    others = [row for n, row in enumerate(rows, 1) if n != stranger]
    head = "customer_id,email,newsletter,tier"
    assert counts(bring("customers", "\n".join([head, *others]))) == (29, 0, 0, 0)
    changed = [row.replace("gold", "blue").replace("yes", "no") for row in rows]
    assert counts(bring("customers", "\n".join([head, *changed]))) == (1, 29, 0, 0)
    assert Consent.objects.filter(granted=False).count() == 30


def test_rows_of_known_customers_change_what_differs_and_nothing_else(in_acme: Tenant) -> None:
    rows = [f"{n},p{n}@example.com,yes,gold" for n in range(1, 31)]
    head = "customer_id,email,newsletter,tier"
    bring("customers", "\n".join([head, *rows]))
    untouched = list(Customer.objects.filter(external_id__gt="2").order_by("pk").values())
    some = [row.replace("gold", "blue") if row[:1] < "2" else row for row in rows]
    assert counts(bring("customers", "\n".join([head, *some]))) == (0, 11, 19, 0)
    after = Customer.objects.filter(external_id__gt="2").order_by("pk").values()
    assert list(after) == untouched
    assert Customer.objects.filter(attributes__tier="blue").count() == 11
    assert Consent.objects.count() == 30


def test_a_file_never_turns_a_no_into_a_yes(in_acme: Tenant) -> None:
    bring("customers", PEOPLE)
    bring("customers", "customer_id,newsletter\n1,no\n2,yes\n")
    assert set(Customer.objects.filter(email__gt="").values_list("may_email", flat=True)) == {False}
    assert Consent.objects.filter(granted=True).count() == 1


def test_every_wrong_cell_is_rejected_with_its_line_and_the_rest_is_saved(in_acme: Tenant) -> None:
    import_ = bring(
        "customers",
        "email,timezone,newsletter,phone\n"
        "ann@example.com,Europe/Paris,yes,1\n"
        "not an address,,,\n"
        "bob@,,,\n"
        "cid@example.com,Mars/Base,,\n"
        "dan@example.com,,perhaps,\n"
        f"eve@example.com,,,{'9' * 41}\n"
        ",,,\n"
        "fay@exam\0ple.com,,,\n"
        "gus@example.com,,\n",
    )
    assert counts(import_) == (1, 0, 0, 8)
    assert reasons(import_) == [
        (3, "email", "not an address", "email_invalid"),
        (4, "email", "bob@", "email_no_domain"),
        (5, "timezone", "Mars/Base", "timezone_unknown"),
        (6, "newsletter", "perhaps", "not_yes_or_no"),
        (7, "phone", "9" * 41, "too_long"),
        (8, "email", "", "no_key"),
        (9, "email", "fay@exam\ufffdple.com", "nul"),
        (10, "", "", "too_few_cells"),
    ]


def test_a_duplicate_that_differs_is_rejected_and_one_that_says_the_same_is_not(
    in_acme: Tenant,
) -> None:
    import_ = bring(
        "customers",
        "email,first name\nann@example.com,Ann\nANN@example.com ,Ann\nann@example.com,Anne\n",
    )
    assert counts(import_) == (1, 0, 1, 1)
    (row,) = import_.rejected_rows.all()
    assert (row.line, row.code) == (4, "duplicate")
    assert "Line 2" in row.message
    assert Customer.objects.get().first_name == "Ann"


def test_an_email_of_another_customer_is_rejected(in_acme: Tenant) -> None:
    bring("customers", "customer_id,email\n1,ann@example.com\n2,bob@example.com\n")
    import_ = bring("customers", "customer_id,email\n2,ann@example.com\n9,bob@example.com\n")
    assert counts(import_) == (0, 0, 0, 2)
    assert [code for *_row, code in reasons(import_)] == ["email_taken", "email_taken"]
    assert Customer.objects.get(email="ann@example.com").external_id == "1"


def test_a_customer_known_by_email_gets_the_number(in_acme: Tenant) -> None:
    bring("customers", "email,first name\nann@example.com,Ann\n")
    import_ = bring("customers", "customer_id,email\n7,ann@example.com\n")
    assert counts(import_) == (0, 1, 0, 0)
    ann = Customer.objects.get()
    assert (ann.external_id, ann.first_name) == ("7", "Ann")


def test_two_rows_that_meet_in_one_customer_are_told_apart(in_acme: Tenant) -> None:
    bring("customers", "customer_id,email\n1,ann@example.com\n")
    import_ = bring("customers", "customer_id,email,city\n1,,Rome\n,ann@example.com,Oslo\n")
    assert counts(import_) == (0, 1, 0, 1)
    assert Customer.objects.get().city == "Rome"


def test_look_alike_addresses_stay_apart(in_acme: Tenant) -> None:
    kelvin = "\u212aate@example.com"
    import_ = bring("customers", f"email\nkate@example.com\n{kelvin}\nKate@example.com\n")
    assert counts(import_) == (2, 0, 1, 0)
    assert normalise_email(f" {kelvin} ") == kelvin


def test_a_number_that_a_spreadsheet_rounded_is_rejected(in_acme: Tenant) -> None:
    import_ = bring("customers", "customer_id\n2.81772E+18\n0042\n")
    assert reasons(import_) == [(2, "customer_id", "2.81772E+18", "number_rounded")]
    assert Customer.objects.get().external_id == "0042"


def test_full_names_are_split_at_the_last_blank_and_chinese_names_stay_whole(
    in_acme: Tenant,
) -> None:
    bring("customers", "id,name\n1,Mary Ann Lee\n2,王小明\n")
    names = Customer.objects.order_by("external_id").values_list("first_name", "last_name")
    assert list(names) == [("Mary Ann", "Lee"), ("王小明", "")]


def test_another_workspace_sees_nothing_of_it(acme: Tenant, globex: Tenant) -> None:
    with scope(acme.pk):
        bring("customers", PEOPLE)
    with scope(globex.pk):
        assert not Customer.objects.exists()
        assert not Customer._base_manager.exists()
        assert counts(bring("customers", PEOPLE)) == (3, 0, 0, 0)
        assert Customer.objects.count() == 3


def test_an_import_that_is_done_is_not_run_again(in_acme: Tenant) -> None:
    from profiles.services import imports

    import_ = bring("customers", PEOPLE)
    again = imports.run_import(import_.pk)
    assert (again.state, again.rows_read) == (ImportState.DONE, 3)
