"""Every page of the sidebar, as a newcomer sees it: wide, narrow, light, dark, two languages."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("width", "dark", "language"),
    [(1440, False, "en"), (1440, True, "zh-hans"), (1100, False, "en"), (390, False, "zh-hans")],
)
def test_every_page_opens_without_a_fault(sign_in, width: int, dark: bool, language: str) -> None:
    page = sign_in("olga", width=width, dark=dark, language=language)
    paths = page.eval_on_selector_all(".side a.item", "links => links.map(a => a.pathname)")
    assert len(paths) > 8
    for path in paths:
        answer = page.goto(path)
        assert answer.status == 200, path
        assert page.locator("h1").count() == 1, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("html").get_attribute("lang") == (
            "zh-Hans" if "zh" in language else "en"
        )
    assert page.faults == []


def test_the_palette_finds_a_page_by_its_name(sign_in) -> None:
    page = sign_in("mark")
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("segm")
    page.keyboard.press("Enter")  # before the answer is there: it means what was typed
    page.wait_for_url("**/segments/")
    assert page.faults == []
