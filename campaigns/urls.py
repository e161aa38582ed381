from django.urls import path

from campaigns.views import (
    audience,
    brief,
    campaigns,
    content,
    creatives,
    gate_briefs,
    review,
    send,
    training,
    why,
)

app_name = "campaigns"

urlpatterns = [
    path("campaigns/", campaigns.campaign_list, name="campaign-list"),
    path("campaigns/new/", campaigns.campaign_create, name="campaign-create"),
    path(
        "campaigns/<uuid:public_id>/duplicate/",
        campaigns.campaign_duplicate,
        name="campaign-duplicate",
    ),
    path("campaigns/<uuid:public_id>/cancel/", campaigns.campaign_cancel, name="campaign-cancel"),
    path("campaigns/<uuid:public_id>/brief/", brief.campaign_brief, name="campaign-brief"),
    path(
        "campaigns/<uuid:public_id>/brief/products/",
        brief.product_search,
        name="campaign-products",
    ),
    path(
        "campaigns/<uuid:public_id>/audience/",
        audience.campaign_audience,
        name="campaign-audience",
    ),
    path("campaigns/<uuid:public_id>/content/", content.campaign_content, name="campaign-content"),
    path(
        "campaigns/<uuid:public_id>/content/progress/",
        content.content_progress,
        name="campaign-content-progress",
    ),
    path(
        "campaigns/<uuid:public_id>/content/write/",
        content.content_write,
        name="campaign-content-write",
    ),
    path(
        "campaigns/<uuid:public_id>/content/stop/",
        content.content_stop,
        name="campaign-content-stop",
    ),
    path("review/", review.review_list, name="review-list"),
    path("campaigns/<uuid:public_id>/pending/", content.campaign_pending, name="campaign-pending"),
    path("campaigns/<uuid:public_id>/review/", review.campaign_review, name="campaign-review"),
    path(
        "campaigns/<uuid:public_id>/review/approve/",
        review.campaign_approve,
        name="campaign-approve",
    ),
    path("campaigns/<uuid:public_id>/review/facts/", review.campaign_facts, name="campaign-facts"),
    path("creatives/<uuid:public_id>/verdict/", review.creative_verdict, name="creative-verdict"),
    path(
        "creatives/<uuid:public_id>/preview/", creatives.creative_preview, name="creative-preview"
    ),
    path("creatives/<uuid:public_id>/why/", why.creative_why, name="creative-why"),
    path(
        "creatives/<uuid:public_id>/why/attention/",
        why.creative_attention,
        name="creative-attention",
    ),
    path("creatives/<uuid:public_id>/edit/", creatives.creative_edit, name="creative-edit"),
    path(
        "creatives/<uuid:public_id>/edit/check/",
        creatives.creative_edit_check,
        name="creative-edit-check",
    ),
    path("campaigns/<uuid:public_id>/send/", send.campaign_send, name="campaign-send"),
    path(
        "campaigns/<uuid:public_id>/send/progress/",
        send.campaign_send_progress,
        name="campaign-send-progress",
    ),
    path("campaigns/<uuid:public_id>/send/launch/", send.campaign_launch, name="campaign-launch"),
    path(
        "campaigns/<uuid:public_id>/send/change/",
        send.campaign_sending_change,
        name="campaign-sending-change",
    ),
    path(
        "campaigns/<uuid:public_id>/send/test/", send.campaign_test_mail, name="campaign-test-mail"
    ),
    path("settings/models/training/", training.training_list, name="training-list"),
    path(
        "settings/models/training/<uuid:public_id>/",
        training.training_detail,
        name="training-detail",
    ),
    path(
        "settings/models/training/<uuid:public_id>/progress/",
        training.training_progress,
        name="training-progress",
    ),
    path(
        "settings/models/training/<uuid:public_id>/stop/",
        training.training_stop,
        name="training-stop",
    ),
    path(
        "settings/models/training/<uuid:public_id>/resume/",
        training.training_resume,
        name="training-resume",
    ),
    path("settings/models/<uuid:public_id>/gate/", training.model_gate, name="model-gate"),
    path("settings/models/<uuid:public_id>/judge/", training.model_judge, name="model-judge"),
    path("settings/models/<uuid:public_id>/promote/", training.model_promote, name="model-promote"),
    path("settings/models/<uuid:public_id>/back/", training.model_back, name="model-back"),
    path("settings/models/briefs/", gate_briefs.brief_list, name="brief-list"),
    path("settings/models/briefs/new/", gate_briefs.brief_create, name="brief-create"),
    path("settings/models/briefs/keep/", gate_briefs.brief_keep, name="brief-keep"),
    path("settings/models/briefs/<uuid:public_id>/", gate_briefs.brief_detail, name="brief-detail"),
    path(
        "settings/models/briefs/<uuid:public_id>/delete/",
        gate_briefs.brief_delete,
        name="brief-delete",
    ),
    path("settings/models/learning/", training.learning_set, name="learning-set"),
    path("settings/models/learning/export/", training.learning_export, name="learning-export"),
]
