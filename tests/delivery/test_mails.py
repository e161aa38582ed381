"""What stands in a mail: facts as approved, hostile text as text, headers that cannot be broken."""

import re
import uuid
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from catalogue.models import FactSnapshot
from delivery import mime, passwords
from delivery import services as delivery
from delivery.models import Content
from delivery.types import Rendered
from tenants.errors import BadInput, Unavailable
from tests.delivery.conftest import PARTS, make_content, make_snapshot, make_voice

HOSTILE = "Cascade <script>alert(1)</script> {{ customer.email }} {% include 'x' %} \"4\""
NAMED = {"customer.first_name": "Elena"}


def build(rendered: Rendered, **fields) -> bytes:
    envelope = {
        "message_id": uuid.UUID(int=7),
        "from_header": mime.encode_sender("Tarnfield", "news@tarnfield.example"),
        "from_address": "news@tarnfield.example",
        "reply_to": "",
        "to": "elena@example.org",
        "unsubscribe_url": "https://mail.example/w/acme/u/token",
        "language": "en",
        "machine_written": True,
        "date": datetime(2026, 11, 24, 15, 4, tzinfo=UTC),
        **fields,
    }
    return mime.build(mime.Envelope(**envelope), rendered)


def test_a_preview_shows_facts_names_and_targets(content):
    seen = delivery.render(content, NAMED)

    assert seen.preheader == "The Cascade 4 is $96.00"
    assert "Hello Elena," in seen.html
    assert 'href="https://tarnfield.example/cascade-4"' in seen.html
    assert "$120.00" in seen.html
    assert "20% off until 6 December" in seen.html
    assert "Written with the help of AI" in seen.html
    assert "{{" not in seen.html + seen.text + seen.subject


def test_the_same_text_with_the_same_facts_is_one_content(in_acme):
    first, again = make_content(in_acme), make_content(in_acme)
    other = make_content(in_acme, subject="Another subject")
    assert first.pk == again.pk != other.pk
    assert Content.objects.count() == 2
    assert [link.number for link in first.links.order_by("number")] == [1, 2]


def test_what_a_catalogue_or_a_model_wrote_is_text(in_acme):
    snapshot = make_snapshot(**{"product.name": HOSTILE, "product.url": "javascript:alert(1)"})
    draft = delivery.compose(
        parts=PARTS
        | {"body": "<img src=x onerror=alert(1)> {% if %} {{{ & \x00\ue010link_1\ue011"},
        snapshot=snapshot,
        language="en",
        voice=make_voice(),
        tenant=in_acme,
        variant="reason",
    )
    seen = delivery.render(delivery.save_content(draft), NAMED)

    assert "<script" not in seen.html
    assert "onerror=alert(1)&gt;" in seen.html
    assert "javascript:" not in seen.html
    assert HOSTILE in seen.text
    assert "{{{ & link_1" in seen.text
    assert re.findall(r"\{\{ [a-z0-9_.]+ \}\}", draft.text) == ["{{ link_1 }}", "{{ unsubscribe }}"]


@pytest.mark.parametrize("slot", ["customer.email", "product.feature", "settings.SECRET_KEY"])
def test_a_text_may_cite_facts_at_hand_alone(in_acme, slot):
    with pytest.raises(BadInput, match=re.escape(slot)):
        make_content(in_acme, body=f"Look: {{{{ {slot} }}}}")
    assert not Content.objects.exists()


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..9) %}x{% endfor %}",
        "{{ customer.email }}",
        "{{ customer.first_name | upcase }}",
        "{{ link_1.host }}",
    ],
)
def test_liquid_has_no_tags_no_filters_and_no_other_variables(content, source):
    Content.objects.filter(pk=content.pk).update(text=source)
    content.refresh_from_db()
    with pytest.raises(BadInput):
        delivery.render(content, NAMED)


@pytest.mark.parametrize(
    ("text", "without_name"),
    [
        ("Hello {{ customer.first_name }},", "Hello,"),
        ("Dear {{ customer.first_name }}:", "Hello:"),
        ("{{ customer.first_name }}, your trail is back", "Your trail is back"),
        ("Are you ready, {{ customer.first_name }}?", "Are you ready?"),
        ("{{ customer.first_name }}，您好：", "您好："),
        ("亲爱的{{ customer.first_name }}，您好！", "您好！"),
        ("You bought {{ customer.last_product }}.", "You bought your last order."),
    ],
)
def test_a_name_that_was_deleted_leaves_a_whole_sentence(in_acme, text, without_name):
    content = make_content(in_acme, subject=text, body=text)
    seen = delivery.render(content, {})
    assert seen.subject == without_name
    assert seen.text.startswith(without_name)
    assert f">{without_name}<" in seen.html


def test_a_name_is_escaped_in_html_and_stays_one_line(content):
    seen = delivery.render(content, {"customer.first_name": "<b>El\r\nBcc: x@y.z</b> {{ 1 }}"})
    assert "&lt;b&gt;El Bcc: x@y.z&lt;/b&gt; {{ 1 }}" in seen.html
    assert "<b>El" not in seen.html


def test_a_chinese_mail_is_chinese_throughout(in_acme):
    snapshot = FactSnapshot.objects.create(
        content_hash="zh",
        language="zh-hans",
        facts={"brand.name": "山行户外", "product.name": "雪山乌龙", "product.price": "¥ 88"},
    )
    draft = delivery.compose(
        parts=PARTS | {"body": "{{ customer.first_name }}，您好：\n\n今年的秋茶到了。"},
        snapshot=snapshot,
        language="zh-hans",
        voice=make_voice(),
        tenant=in_acme,
        variant="product",
    )
    assert 'lang="zh-Hans"' in draft.html
    assert "line-height: 1.8" in draft.html or "line-height:1.8" in draft.html
    assert "本邮件由 AI 辅助撰写" in draft.html
    assert "退订" in draft.html
    assert "Unsubscribe" not in draft.html


def test_a_persons_own_text_carries_no_ai_line(in_acme):
    draft = delivery.compose(
        parts=PARTS,
        snapshot=make_snapshot(),
        language="en",
        voice=make_voice(),
        tenant=in_acme,
        variant="base",
    )
    assert "AI" not in draft.text
    assert "ai-disclosure" not in draft.html


def test_the_button_is_large_and_reads_on_any_brand_colour(in_acme):
    for colour, text in (("#f7e948", "#111111"), ("#10231c", "#ffffff")):
        draft = delivery.compose(
            parts=PARTS,
            snapshot=make_snapshot(**{"brand.colour": colour}),
            language="en",
            voice=delivery_voice(),
            tenant=in_acme,
            variant="reason",
        )
        button = re.search(r"<a[^>]+link_1[^>]+>See the", draft.html)
        assert button
        assert f"background:{colour}" in button[0].replace(" ", "")
        assert f"color:{text}" in button[0].replace(" ", "")
        assert "padding:13px28px" in button[0].replace(" ", "")  # 20 px of text and twice 13


def delivery_voice():
    from catalogue.models import BrandVoice

    return BrandVoice.objects.first() or make_voice()


def test_a_mail_has_what_mailbox_providers_ask_for(content):
    rendered = delivery.render(content, NAMED)
    mail = message_from_bytes(build(rendered), policy=policy.default)

    assert mail["Message-ID"] == f"<{uuid.UUID(int=7)}@tarnfield.example>"
    assert mail["List-Unsubscribe"] == "<https://mail.example/w/acme/u/token>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["X-AI-Disclosure"]
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain.get_content().replace("\r\n", "\n").strip() == rendered.text.strip()
    assert rich.get_content().replace("\r\n", "\n").strip() == rendered.html.strip()


@pytest.mark.parametrize(
    "text",
    [
        ".\r\n..\n.a line that begins with a dot\n",
        "雨季又来了，" * 400,
        "x" * 5000,
        "naïve café — “quotes” 😀\n" * 30,
    ],
)
def test_any_text_survives_the_way(text):
    data = build(Rendered(subject="s" * 200, preheader="", html=text, text=text))
    mail = message_from_bytes(data, policy=policy.default)
    for kind in ("plain", "html"):
        got = mail.get_body((kind,)).get_content().replace("\r\n", "\n")
        assert got.rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert str(mail["Subject"]) == "s" * 200


@pytest.mark.parametrize(
    "fields",
    [
        {"reply_to": "a@example.org\r\nBcc: all@example.org"},
        {"to": "a@example.org\nBcc: all@example.org"},
        {"unsubscribe_url": "https://x/\r\n\r\n<script>"},
        {"from_header": "Tarnfield\r\nBcc: all@example.org <news@tarnfield.example>"},
    ],
)
def test_no_value_breaks_out_of_its_header(fields):
    with pytest.raises(mime.BadHeader):
        build(Rendered(subject="Hi", preheader="", html="x", text="x"), **fields)


def test_a_subject_with_a_line_break_is_refused_not_sent():
    with pytest.raises(mime.BadHeader):
        build(Rendered(subject="Hi\r\nBcc: all@example.org", preheader="", html="x", text="x"))


def test_a_chinese_subject_and_sender_are_encoded():
    data = build(
        Rendered(subject="雨季又来了，这次脚下更稳", preheader="", html="x", text="x"),
        from_header=mime.encode_sender("山行户外", "news@tarnfield.example"),
    )
    mail = message_from_bytes(data, policy=policy.default)
    assert str(mail["Subject"]) == "雨季又来了，这次脚下更稳"
    assert mail["From"].addresses[0].display_name == "山行户外"
    assert data.split(b"\r\n\r\n")[0].isascii()


def test_a_password_opens_with_an_older_key_and_not_with_a_strange_one(settings):
    kept = passwords.encrypt("secret words")
    old = settings.SECRET_KEY
    assert "secret" not in kept

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new key", [old]
    assert passwords.decrypt(kept) == "secret words"

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Unavailable, match="Type it again"):
        passwords.decrypt(kept)
