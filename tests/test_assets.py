"""The built front end holds every icon that a page asks for."""

from marketing_platform import assets


def test_every_icon_that_is_named_exists() -> None:
    folder = assets.BASE_DIR / "node_modules" / "lucide-static" / "icons"
    names = assets.icon_names(assets._sources())
    assert names
    assert {name for name in names if not (folder / f"{name}.svg").exists()} == set()
