"""The measures of delivery run, print their figures, and check that every message arrived once."""

from delivery import benches


def test_the_measure_of_sending_compares_with_a_bare_loop(committed):
    seen = []

    result = benches.bench_sending(lambda done, total: seen.append(done), messages=20, workers=1)

    assert seen[-1] == 2 * 20
    assert result["figures"]["duplicates"] == 0
    assert result["figures"]["messages_per_s"] > 0
    assert result["reference"]["messages_per_s"] > 0
    assert result["ratio"] > 0
