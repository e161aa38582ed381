"""The next item: what follows what, with reasons that add up, on any file of the form."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from profiles.recommending.blending import HALF_LIVES
from profiles.recommending.evaluations import (
    evaluate_recommend,
    evaluate_sessions,
    read_sequences,
)
from profiles.recommending.histories import Histories, make_histories
from profiles.recommending.item_files import read_about
from profiles.recommending.mixing import SHARES, Mixture, choose, judge, judge_by_halves
from profiles.recommending.newcomers import find_young, link_newcomers
from profiles.recommending.ranking import rank_all
from profiles.recommending.recommender import Recommender, combine, prepare
from profiles.recommending.similarities import build_similarities
from profiles.recommending.transformer import train
from profiles.tables import Dates, parse_number
from tenants.errors import BadInput

ITEMS = 12
EQUAL = {(life, name): 1.0 for life in HALF_LIVES for name in ("after", "two steps")}


def silent(done: int, total: int) -> None: ...


def ring(people: int = 60) -> Histories:
    """Everybody walks on from an item to the next of a ring."""
    rows = [[(start + step) % ITEMS for step in range(5)] for start in range(people)]
    return make_histories(rows, ITEMS)


@pytest.fixture
def recommender() -> Recommender:
    return combine(ring(), EQUAL)


def test_what_comes_next_is_recommended_and_nothing_twice(recommender: Recommender) -> None:
    found, scores = recommender.recommend(make_histories([[3, 4], []], ITEMS), 4)
    assert found[0, 0] == 5
    assert not {3, 4} & set(found[0])
    assert (np.diff(scores[0]) <= 0).all()
    assert len(set(found[1])) == 4  # who has no history is shown what is popular
    assert not scores[1].any()


def test_what_hardly_anybody_chose_yet_stands_beside_what_it_is_much_like() -> None:
    """Two kinds of six things; a new one (12) is of the first kind, another (13) of none."""
    kinds = [number // 6 for number in range(ITEMS)]
    rows, columns = np.nonzero(np.equal.outer(kinds, kinds) & ~np.eye(ITEMS, dtype=bool))
    likeness = sp.lil_matrix((ITEMS + 2, ITEMS + 2), dtype=np.float32)
    likeness[rows, columns] = 0.8
    likeness[0, ITEMS], likeness[1, ITEMS], likeness[2, ITEMS + 1] = 0.9, 0.85, 0.3
    is_young = np.arange(ITEMS + 2) >= ITEMS
    links = link_newcomers({"alike": likeness.tocsr()}, is_young)
    assert links is not None
    asked = make_histories([[1, 0], [0, 1], [2], [7]], ITEMS + 2)
    found, scores = links.recommend(asked, 1)
    assert found[:2, 0].tolist() == [ITEMS, ITEMS]
    assert scores[0, 0] > scores[1, 0] > 0  # the newer the purchase, the stronger
    assert not scores[2:].any()
    assert links.explain(asked.of(0), ITEMS).sum() == pytest.approx(float(scores[0, 0]))
    assert link_newcomers({}, is_young) is None


def test_a_product_is_new_if_it_came_after_the_catalogue_and_sold_little() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    created = [now - timedelta(days=days) for days in (300, 299.5, 90, 5, 5)]
    young = find_young(created, np.array([0, 0, 0, 2, 40], np.float32), now)
    assert young.tolist() == [False, False, False, True, False]
    assert not find_young(created[3:], np.zeros(2, np.float32), now).any()  # the first day
    assert find_young([], np.zeros(0, np.float32), now).tolist() == []


def test_what_an_item_says_beside_the_others_is_not_what_the_others_say_for_it() -> None:
    """Everybody who has 1 has 0 as well, and 2 comes with 0 alone: 1 says nothing of 2."""
    rows = [[0, 1, 2]] * 400 + [[0, 2]] * 400 + [[3]] * 400 + [[0, 1, 3]] * 8
    beside = build_similarities(make_histories(rows, 4))["beside"].toarray()
    assert beside[0, 2] > 3 * beside[1, 2]
    assert (beside >= 0).all()
    assert not beside.diagonal().any()


def test_what_is_not_allowed_is_not_recommended(recommender: Recommender) -> None:
    allowed = np.arange(ITEMS) % 2 == 0
    found, _scores = recommender.recommend(make_histories([[3, 4]], ITEMS), 8, allowed=allowed)
    assert set(found[0]) == {0, 2, 6, 8, 10, -1}


def test_reasons_add_up_to_the_score(recommender: Recommender) -> None:
    history = make_histories([[1, 2, 3, 2]], ITEMS)
    found, scores = recommender.recommend(history, 1)
    parts = recommender.explain(history.of(0), int(found[0, 0]))
    assert parts[1] == 0  # item 2 stands twice: the newer entry counts
    assert parts.sum() == pytest.approx(float(scores[0, 0]), rel=1e-5)


def test_the_rank_counts_what_is_better_and_ties_by_number() -> None:
    history = make_histories([[0], [0], [0]], 4)
    scores = np.array([[9, 3, 3, 1]] * 3, np.float32)
    ranking = rank_all(
        lambda part: scores[: len(part)].copy(), history, np.array([2, 0, -1]), top=2
    )
    assert ranking.ranks[0] == 1
    assert ranking.hit_rate(2) == pytest.approx(1 / 3, abs=1e-4)  # seen and unknown are misses
    assert ranking.coverage == 0.5


@pytest.mark.parametrize(("mark", "pack"), [(" ", False), ("\t", True), (",", False)])
def test_any_file_of_sequences_is_measured(tmp_path: Path, mark: str, pack: bool) -> None:
    rows = [
        mark.join([f"u{start}", *(f"i{(start + step) % ITEMS}" for step in range(6))])
        for start in range(80)
    ]
    text = ("\n".join(rows) + "\n").encode()
    path = tmp_path / "sequences"
    path.write_bytes(gzip.compress(text) if pack else text)
    items = tmp_path / "items.json"
    items.write_text(json.dumps({f"i{number}": [1, number % 3] for number in range(ITEMS)}))
    result = evaluate_recommend(silent, sequences=str(path), items=str(items))
    assert result["figures"]["hr@10"] == 1.0
    assert result["figures"]["ndcg@10"] >= result["figures"]["popularity"]["ndcg@10"]
    assert result["people"] == 80


def test_odd_lines_of_sequences_are_read(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    lines = ["\ufeffann 茶 杯 茶", "", "ben,杯", 'cy,"茶 壶"', "dee", ""]
    path.write_bytes("\r\n".join(lines).encode())
    names, histories = read_sequences(str(path))
    assert sorted(names) == sorted(["茶", "杯", "壶"])
    assert histories.lengths.tolist() == [3, 1, 2]
    some = tmp_path / "some.json"
    some.write_text(json.dumps({"茶": [1], "nobody's": [1]}))
    result = evaluate_recommend(silent, sequences=str(path), items=str(some))
    assert result["people"] == 2  # who has one item is not asked


def test_a_file_without_sequences_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.write_text("1\n2\n")
    with pytest.raises(BadInput, match="at least two items"):
        read_sequences(str(path))
    path.write_text("{no json")
    with pytest.raises(BadInput, match="no JSON object"):
        read_about(str(path), ["a"])


SAID = {
    "object.json": '{"a": "red tea", "b": {"title": "Red tea", "tags": ["x"]}, "z": null}',
    "list.json": '[{"id": "a", "title": "red tea"}, {"id": "b", "title": "Red tea"}]',
    "lines.json": '{"sku": "a", "title": "red tea"}\n{"sku": "b", "title": "Red tea"}',
    "table.csv": 'item_id,title\na,"red tea"\nb,"Red tea"\n',
    "plain.txt": "a 1 2\nb 2 3\n",
}


@pytest.mark.parametrize("name", SAID)
def test_items_are_alike_by_what_any_file_says_of_them(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(SAID[name])
    likeness = read_about(str(path), ["a", "b", "c"])["alike"].toarray()
    assert likeness[0, 1] > 0
    assert likeness[2].sum() == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12,5", 12.5), ("1,234", 1234), ("1,234.50", 1234.5), ("1.234,50", 1234.5), ("-$5", -5),
        ("(5.00)", -5), ("12 EUR", 12), ("1e3", 1000), ("nan", None), ("2026-01-01", None),
        ("", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["2025-12-31T10:00:00Z", "31 Dec 2025", "12/31/25", "12/31/2025 3:05 PM", "2025年12月31日",
     "1767139200", "1767139200000", "31.12.2025 10:30"],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(text: str) -> None:
    found = Dates([text]).read(text)
    assert found is not None
    assert found.date().isoformat() == "2025-12-31"


def test_a_shop_of_one_item_and_clicks_without_moment_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    rows = [f"{session},a,{session}" for session in range(30) for _ in range(3)]
    path.write_text("\n".join(["SessionId,ItemId,Time", "7,b,", *rows]))
    result = evaluate_sessions(silent, train=str(path), test=str(path))
    assert result["figures"]["hr@20"] == 1.0
    assert result["items"] == 1
    path.write_text("SessionId,ItemId,Time\n1,a,5\n2,a,6\n")
    with pytest.raises(BadInput, match="no session of at least two clicks"):
        evaluate_sessions(silent, train=str(path), test=str(path))


SESSIONS = ("{session}", "{item}", "{second}.5")
DAYS = ("{item}", "2026-03-01T10:{minute:02}:{step:02}Z", "{session}")


@pytest.mark.parametrize(
    ("header", "cells", "mark"),
    [
        ("SessionId\tItemId\tTime", SESSIONS, "\t"),
        ("", SESSIONS, "\t"),  # no header: these columns in this order
        ("item_id,time,session_id", DAYS, ","),
        ("product_id;event_time;user_session", DAYS, ";"),
        ("", ("{session}", "2014-04-07T10:{minute:02}:{step:02}.277Z", "{item}", "0"), ","),
        (
            "session,timestamp,item",
            ("{session}", "2026-03-01 10:{minute:02}:{step:02} UTC", "{item}"),
            ",",
        ),
    ],
)
def test_sessions_are_measured_next_click_by_next_click(
    tmp_path: Path, header: str, cells: tuple[str, ...], mark: str
) -> None:
    def write(name: str, first: int, count: int) -> str:
        lines = [header] if header else []
        for session in range(first, first + count):
            for step in range(4):
                known = {"session": session, "item": (session + step) % ITEMS, "step": step}
                moment = {"second": 1000 * session + step, "minute": session % 60}
                lines.append(mark.join(cells).format(**known, **moment))
        path = tmp_path / name
        path.write_text("\n".join(lines))
        return str(path)

    train, test = write("train.tsv", 0, 120), write("test.tsv", 500, 10)
    result = evaluate_sessions(silent, train=train, test=test)
    assert result["positions"] == 30
    assert result["figures"]["hr@20"] == 1.0
    assert {"vsknn", "popularity"} <= set(result["figures"])
    few = evaluate_sessions(silent, train=train, test=test, positions=7)
    assert few["positions"] == 7


def test_clicks_out_of_order_and_items_never_seen_are_measured(tmp_path: Path) -> None:
    header = "SessionId\tItemId\tTime"
    rows = [
        f"{session}\t{(session + step) % ITEMS}\t{1000 * session + step}"
        for session in range(60)
        for step in range(4)
    ]
    train, test = tmp_path / "train.tsv", tmp_path / "test.tsv"
    train.write_text("\n".join([header, *rows[::-1], "900\t3\t900000"]))  # and one click alone
    test.write_text("\n".join([header, "a\t2\t3", "a\t1\t2", "a\tnew\t4", "b\t5\t9"]))
    result = evaluate_sessions(silent, train=str(train), test=str(test))
    assert result["positions"] == 2
    assert result["figures"]["hr@20"] == 0.5  # what was never seen cannot be found


def test_a_mix_is_chosen_where_unseen_choices_say_that_it_is_better() -> None:
    """The answer depends on the order of two items, which links do not know."""
    draw = np.random.default_rng(1)
    pairs = draw.permuted(np.tile(np.arange(8), (1200, 1)), axis=1)[:, :2]
    rows = [[a, b, 8 + (a > b)] for a, b in pairs.tolist()]
    known = make_histories(rows[:800], 10)
    asked = make_histories([row[:2] for row in rows[800:]], 10)
    chosen = np.array([row[2] for row in rows[800:]])
    links, order = combine(known, EQUAL), train(known, epochs=40)
    verdict = judge(links, order, asked, chosen)
    assert verdict is not None
    assert verdict.mixed > verdict.links
    ours = rank_all(Mixture(links, order, verdict.share).scores, asked, chosen, top=1)
    alone = rank_all(links.scores, asked, chosen, top=1)
    assert ours.hit_rate(1) > alone.hit_rate(1) + 0.2
    assert judge(links, order, asked.take(np.arange(50)), chosen[:50]) is None  # too few to tell


def test_links_are_not_judged_by_choices_that_they_were_weighed_by() -> None:
    """What came next was drawn: whoever foretells it better than by chance has seen it."""
    draw = np.random.default_rng(3)
    known = make_histories(draw.integers(0, 40, (900, 3)), 40)
    lesson = prepare(known.without_newest(1), known, None, repeats=True)
    order = train(lesson.known, epochs=1)
    verdict = judge_by_halves(lesson, order)
    assert verdict is not None
    by_chance = (1 / np.log2(np.arange(20) + 2)).sum() / 40
    assert verdict.links == pytest.approx(by_chance, abs=0.03)
    few = known.take(np.arange(50))
    assert judge_by_halves(prepare(few.without_newest(1), few, None), order) is None


PLACES = np.arange(len(SHARES))


@pytest.mark.parametrize(
    ("means", "spread", "share"),
    [
        (0.5 - 0.01 * np.abs(PLACES - 4), 0.01, 0.4),  # clear: the best mix
        (0.5 - 0.01 * PLACES, 0.01, 0.0),  # the links alone
        (0.3 + 0.01 * PLACES, 0.01, 1.0),  # the Transformer alone
        (0.5 - 0.001 * np.abs(PLACES - 4), 3.0, 0.0),  # noise: what is simpler
        (0.3 + 0.02 * PLACES - 0.03 * (PLACES == 10), 0.01, 0.9),  # the worse part is out
    ],
)
def test_a_mix_is_never_worse_than_its_better_part(
    means: NDArray[np.float64], spread: float, share: float
) -> None:
    draw = np.random.default_rng(5)
    noise = draw.normal(0, spread, (2_000, len(SHARES)))
    gains = means + noise - noise.mean(axis=0)
    verdict = choose(gains)
    assert verdict.share == share
    if spread < 1:
        assert verdict.mixed >= max(verdict.links, verdict.transformer)


def test_a_transformer_without_anything_to_learn_from_knows_nothing() -> None:
    scores = train(make_histories([[0], []], 3)).scores(make_histories([[0], []], 3))
    assert scores.shape == (2, 3)
    assert not scores[1].any()
