"""Routes of delivery, below `/w/<workspace>/`. `c/` and `u/` are for recipients."""

from django.urls import path

from delivery.views import mailbox, messages, recipients, senders, suppressions

app_name = "delivery"

urlpatterns = [
    path("c/<str:token>", recipients.click, name="click"),
    path("u/<str:token>", recipients.unsubscribe, name="unsubscribe"),
    path("settings/senders/", senders.sender_list, name="sender-list"),
    path("settings/senders/new/", senders.sender_create, name="sender-create"),
    path("settings/senders/<uuid:public_id>/", senders.sender_detail, name="sender-detail"),
    path("settings/senders/<uuid:public_id>/test/", senders.sender_test, name="sender-test"),
    path("settings/senders/<uuid:public_id>/resume/", senders.sender_resume, name="sender-resume"),
    path("suppressions/", suppressions.suppression_list, name="suppression-list"),
    path(
        "suppressions/<uuid:public_id>/remove/",
        suppressions.suppression_remove,
        name="suppression-remove",
    ),
    path("mailings/<uuid:public_id>/", messages.message_list, name="message-list"),
    path("mailings/<uuid:public_id>/doubt/", messages.doubt_resolve, name="doubt-resolve"),
    path("mailbox/", mailbox.mail_list, name="mailbox"),
    path("mailbox/tests/<uuid:key>/", mailbox.test_mail, name="mailbox-test"),
    path("mailbox/tests/<uuid:key>/body/", mailbox.test_body, name="mailbox-test-body"),
    path("mailbox/<uuid:public_id>/", mailbox.mail_list, name="mailbox-mail"),
    path("mailbox/<uuid:public_id>/body/", mailbox.mail_body, name="mailbox-body"),
]
