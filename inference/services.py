"""The only door of this room: write texts, check them, say what a model is.

Web processes import this module, so it imports neither torch nor anything that does; `write`
loads a model on its first call in a worker.
"""

import importlib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from math import ceil
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from inference import cards
from inference.asking import ask_json, model_to_ask
from inference.checks import check_text, fit_request, storable, text_width
from inference.engine import reading
from inference.engine.chat import spotlight
from inference.engine.languages import languages_of
from inference.engine.reading import Mention, split_sentences
from inference.errors import UnknownModel
from inference.explaining import explain_writing
from inference.label_columns import guess_columns
from inference.label_data import LEAST_TEXTS
from inference.label_data import prepare as prepare_labels
from inference.label_files import Labelled, Table, read_table
from inference.labels import VOCABULARY, is_protected
from inference.learning import (
    distances_by_version,
    forget_pair,
    give_consent,
    has_consent,
    keep_pair,
    preference_lines,
    withdraw_consent,
)
from inference.models import RegisteredModel
from inference.registry import (
    classifier_labels,
    classifier_rows,
    live_classifier_rows,
    live_model,
    previous,
    promote,
    register,
    retire,
    roll_back,
)
from inference.runs import (
    Watch,
    claim_run,
    end_run,
    open_runs,
    resume_run,
    runs_due,
    stop_run,
)
from inference.training import Material, judge, start_run, work_on
from inference.training_data import ApprovedText
from inference.types import (
    About,
    Channel,
    ClassifierRef,
    Finding,
    Language,
    ModelInfo,
    TextLabel,
    WriterRef,
    Writing,
    WritingRequest,
)
from inference.usage import (
    Cost,
    estimate,
    require_quota,
    reserve,
    settle,
    texts_allowed,
    texts_left,
    used_for,
)
from inference.writers import (
    BUILT_IN,
    built_in,
    classifier_of,
    live_writer,
    worker_options,
    writer_of,
    writer_that_wrote,
)

__all__ = [
    "About",
    "ApprovedText",
    "ClassifierRef",
    "Cost",
    "LEAST_TEXTS",
    "Labelled",
    "Material",
    "Mention",
    "Table",
    "VOCABULARY",
    "Watch",
    "ask_json",
    "built_in",
    "check_writing",
    "claim_run",
    "classifier_labels",
    "classifier_rows",
    "describe_finding",
    "describe_model",
    "describe_part",
    "distances_by_version",
    "end_run",
    "estimate",
    "estimate_seconds",
    "explain_writing",
    "find_topics",
    "forget_pair",
    "give_consent",
    "guess_columns",
    "has_consent",
    "is_blocked",
    "is_protected",
    "judge",
    "keep_pair",
    "languages_of",
    "live_model",
    "live_writer",
    "model_to_ask",
    "open_runs",
    "preference_lines",
    "prepare_labels",
    "previous",
    "one_thread",
    "promote",
    "read_table",
    "read_text",
    "register",
    "require_quota",
    "reserve",
    "resume_run",
    "retire",
    "roll_back",
    "runs_due",
    "settle",
    "split_sentences",
    "spotlight",
    "start_run",
    "stop_run",
    "storable",
    "text_width",
    "supports",
    "texts_allowed",
    "texts_left",
    "used_for",
    "withdraw_consent",
    "work_on",
    "write",
    "writer_of",
    "writer_that_wrote",
]

ENGINES = {
    "starter": "inference.engine.starter",
    "fake": "inference.engine.fake",
    "local": "inference.engine.local",
    "openai": "inference.engine.openai",
}
"""Where each engine's `write` lives. Read here only, and imported when it is first needed."""

MODEL_LOAD_SECONDS = 2.0


MOST_VECTORS = 20_000  # some minutes on one thread


def write(
    requests: Sequence[WritingRequest],
    *,
    model: WriterRef | str = "starter",
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Writing]:
    """Write one text per request, in their order, batched inside. `model`: see `live_writer`.

    A request that cannot be written gives a `Writing` with finish_reason "error" and a sentence
    in `error`; its neighbours are written all the same. `on_progress(done, total)` is called as
    texts end. When `should_stop()` turns true between steps, what is not done ends as an error.
    The same request gives the same text whatever is written beside it.

    Raises UnknownModel, ModelMissing, ModelRefused, ServerRefused, ServerUnavailable. Workers
    only, with no transaction open: this may import torch, or wait for a server.
    """
    if not requests:
        return []
    writer = model if isinstance(model, WriterRef) else built_in(model)
    engine = importlib.import_module(_engine_of(writer))
    writings: list[Writing] = engine.write(
        requests, on_progress=on_progress, should_stop=should_stop, **_options_of(writer)
    )
    return writings


def _options_of(writer: WriterRef) -> dict[str, Any]:
    if writer.engine == "openai":
        return {
            "writer": writer,
            "allow_private": settings.INFERENCE_PRIVATE_SERVERS,
            "concurrency": settings.INFERENCE_CONCURRENCY,
        }
    return worker_options() if writer.is_built_in else {**worker_options(), "writer": writer}


def vectors(texts: Sequence[str]) -> Any:
    """Return a vector of length one for each text, B × 384 (numpy); None where that says nothing.

    For workers. None: the encoder is not installed, most texts are empty or written in other
    letters than English ones (it knows no other language), or there are more than `MOST_VECTORS`.
    """
    signs = "".join(texts[:1000])
    foreign = sum(sign.isalpha() and not sign.isascii() for sign in signs)
    known = sum(bool(text.strip()) for text in texts)
    if not 0 < len(texts) <= MOST_VECTORS or 2 * known < len(texts) or foreign > len(signs) / 5:
        return None
    engine = importlib.import_module("inference.engine.embed")
    return engine.embed(texts) if engine.can_embed() else None


def one_thread() -> AbstractContextManager[None]:
    """Compute on one thread, as small models do best. For workers: this imports torch."""
    context: AbstractContextManager[None] = importlib.import_module(
        "inference.engine.threads"
    ).one_thread()
    return context


def find_topics(texts: Sequence[str], topics: Mapping[str, Sequence[str]]) -> list[About]:
    """Return which texts are about which topics, by a sentence or more for each topic.

    See `inference.engine.topics`. Workers only, with no transaction open.
    """
    engine = importlib.import_module("inference.engine.topics")
    found: list[About] = engine.find_topics(texts, topics)
    return found


def live_classifiers() -> list[ClassifierRef]:
    """Return the workspace's live classifiers. To be called in a scope."""
    return [classifier_of(row) for row in live_classifier_rows()]


def classify(classifier: ClassifierRef, texts: Sequence[str]) -> list[TextLabel]:
    """Return the labels of those texts that the classifier is sure of, one each at most.

    Workers only, with no transaction open. Raises ModelMissing, ModelRefused.
    """
    engine = importlib.import_module("inference.classifiers")
    found: list[TextLabel] = engine.classify(classifier, texts)
    return found


def train_classifier(
    tenant_id: int,
    *,
    name: str,
    known: Labelled,
    taken: Collection[str],
    **more: Any,
) -> RegisteredModel:
    """Learn a classifier, see `inference.classifiers.train`. Workers and commands only."""
    engine = importlib.import_module("inference.classifiers")
    made: RegisteredModel = engine.train(tenant_id, name=name, known=known, taken=taken, **more)
    return made


def check_writing(request: WritingRequest, parts: Mapping[str, str]) -> list[Finding]:
    """Return what is wrong with a text, worst first, then one "passed" per family of checks."""
    order = {"blocked": 0, "look": 1, "passed": 2}
    return sorted(check_text(request, parts), key=lambda finding: order[finding.level])


def read_text(text: str, topics: Mapping[str, Sequence[str]] | None = None) -> list[Mention]:
    """Return what a customer's text shows, each with its sentence; nothing where it says nothing.

    `topics` are the workspace's own, name to words. Quick, and without a model: web may call it.
    """
    return reading.read_text(text, topics)


def fit(request: WritingRequest, facts: Mapping[str, str]) -> WritingRequest:
    """Return the request as the lengths of its facts allow. `facts`: path → text."""
    return fit_request(request, facts)


def is_blocked(findings: Sequence[Finding]) -> bool:
    """Whether a text with these findings must not be sent."""
    return any(finding.level == "blocked" for finding in findings)


def describe_finding(finding: Finding) -> str:
    """Return the finding as a full sentence in the language of the reader."""
    values = {"part": describe_part(finding.part), "quote": finding.quote, **finding.params}
    if "language" in finding.params:
        values["language"] = _language_name(finding.params["language"])
    return _sentence(finding.code) % values


def describe_part(part: str) -> str:
    """Return the name of a part of a text ("subject") as a reader knows it."""
    names = {
        "subject": _("subject line"),
        "preheader": _("preview line"),
        "body": _("body"),
        "call_to_action": _("button"),
        "headline": _("headline"),
        "description": _("description"),
        "title": _("title"),
    }
    return names.get(part, part)


def describe_model(model: WriterRef | str = "starter") -> ModelInfo:
    """Return what the model's card says. Raises UnknownModel, ModelMissing."""
    writer = model if isinstance(model, WriterRef) else built_in(model)
    _engine_of(writer)
    return cards.read_card(writer.name) if writer.is_built_in else cards.card_of(writer)


def supports(model: WriterRef | str, language: Language | str, channel: Channel | str) -> bool:
    """Whether the model can write such a text at all. An unknown language is not an error."""
    info = describe_model(model)
    return language in info.languages and channel in info.channels


def estimate_seconds(count: int, model: WriterRef | str = "starter") -> float:
    """Return about how long a worker with one core takes to write `count` texts."""
    if count <= 0:
        return 0.0
    return float(ceil(MODEL_LOAD_SECONDS + count * describe_model(model).seconds_per_text))


def _engine_of(writer: WriterRef) -> str:
    if writer.engine not in ENGINES or (writer.is_built_in and writer.engine not in BUILT_IN):
        raise UnknownModel(
            _("There is no model “%(name)s”. Choose one of: %(known)s.")
            % {"name": writer.name, "known": ", ".join(sorted(BUILT_IN))}
        )
    return ENGINES[writer.engine]


def _language_name(code: str) -> str:
    return {"en": _("English"), "zh-hans": _("Chinese")}.get(code, code)


def _sentence(code: str) -> str:
    """The sentence of a code, with %(part)s, %(quote)s, %(width)s, %(limit)s, %(language)s."""
    sentences = {
        "part_missing": _("The %(part)s is empty."),
        "part_unknown": _("A text of this channel has no part “%(part)s”."),
        "slot_unknown": _("The %(part)s cites “%(quote)s”, which is no fact we know."),
        "slot_not_allowed": _("The %(part)s cites “%(quote)s”, which this text has no fact for."),
        "slot_syntax": _("The %(part)s has braces that are no slot: “%(quote)s”."),
        "slot_missing": _("The text never cites “%(quote)s”."),
        "stray_number": _(
            "The %(part)s says “%(quote)s”. Prices, percentages, dates and amounts may only come "
            "from a slot."
        ),
        "stray_code": _("The %(part)s spells out a code: “%(quote)s”. Use the slot instead."),
        "link": _("The %(part)s holds a link or an address: “%(quote)s”. The button has the link."),
        "markup": _("The %(part)s holds markup: “%(quote)s”. A text is plain words."),
        "line_break": _("The %(part)s has a line break. It must be a single line."),
        "control_character": _("The %(part)s holds an invisible character (%(quote)s)."),
        "emoji": _("The %(part)s holds a picture sign: “%(quote)s”."),
        "language_wrong": _("The %(part)s is not written in %(language)s."),
        "too_long": _("The %(part)s is %(width)s wide; at most %(limit)s fit."),
        "promise": _("The %(part)s promises “%(quote)s”. Only the offer may promise something."),
        "offer_unknown": _("The %(part)s speaks of “%(quote)s”, but the brief has no offer."),
        "superlative": _(
            "The %(part)s says “%(quote)s”. Advertising law asks for proof of such a claim."
        ),
        "brand_word": _("The text says “%(quote)s”, which the brand never does."),
        "not_written": _("There is no text. %(quote)s"),
        "parts_complete": _("Every part is there."),
        "slots_valid": _("Only facts that we have are cited."),
        "slots_cited": _("Every fact of the brief is cited."),
        "no_stray_number": _("No price, percentage, date or number outside a slot."),
        "no_link": _("No link and no address in the words."),
        "plain_text": _("Plain words, no markup, no hidden characters."),
        "language_right": _("The language is the one asked for."),
        "length_right": _("Every part fits its place."),
        "no_promise": _("No promise beyond the offer."),
        "no_superlative": _("No superlative that advertising law forbids."),
    }
    return sentences.get(code, code.replace("%", "%%"))
