"""The door of `delivery`: what other rooms, views, the API and the admin may call.

The work is in the modules named here; this is the list of its verbs.
"""

from delivery.composing import compose, is_intact, save_content, save_contents
from delivery.mailings import (
    cancel,
    find_mailing,
    launch,
    open_doubts,
    pause,
    progress,
    release,
    resolve_doubt,
    resume,
    resume_sender,
)
from delivery.rendering import render, render_draft
from delivery.senders import (
    create_sender,
    default_sender,
    describe_pause,
    make_default,
    test_sender,
    update_sender,
    waiting_messages,
)
from delivery.suppressions import hash_address, is_suppressed, suppress, unsuppress
from delivery.words import describe_mailing, describe_reason

__all__ = [
    "cancel",
    "compose",
    "create_sender",
    "default_sender",
    "describe_mailing",
    "describe_pause",
    "describe_reason",
    "find_mailing",
    "hash_address",
    "is_intact",
    "is_suppressed",
    "launch",
    "make_default",
    "open_doubts",
    "pause",
    "progress",
    "release",
    "render",
    "render_draft",
    "resolve_doubt",
    "resume",
    "resume_sender",
    "save_content",
    "save_contents",
    "suppress",
    "test_sender",
    "unsuppress",
    "update_sender",
    "waiting_messages",
]
