"""What the documents say is true: settings, commands, version."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands

from marketing_platform.version import read_version

ROOT = Path(settings.BASE_DIR)
READS = re.compile(r'env\.(?:text|flag|integer|choice|words|database)\(\s*"([A-Z_]+)"')
READS_DIRECTLY = re.compile(r'environ(?:\.get\(|\[)"([A-Z_]+)"')
SOURCES = ("marketing_platform/settings.py", "marketing_platform/embedded.py")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def variables() -> set[str]:
    """Return the environment variables that the settings read."""
    source = "".join(read(name) for name in SOURCES)
    found = set(READS.findall(source)) | set(READS_DIRECTLY.findall(source))
    return {name for name in found if not name.endswith("_FILE")}


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", read("docs/settings.md"), re.MULTILINE))
    assert documented == variables()


def test_the_example_lists_every_setting_and_nothing_else() -> None:
    listed = set(re.findall(r"^#?\s?([A-Z_]+)=", read(".env.example"), re.MULTILINE))
    assert listed == variables()


def test_the_documents_name_commands_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    commands = set(get_commands())
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"(?:^|`|\$ )make ([a-z-]+)", text, re.MULTILINE):
            assert name in targets, f"{path.name}: make {name} does not exist."
        for name in re.findall(r"manage\.py ([a-z_]+)", text):
            assert name in commands, f"{path.name}: manage.py {name} does not exist."


def test_every_path_in_the_documents_exists() -> None:
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", text):
            assert (path.parent / target).exists(), f"{path.name}: {target} does not exist."


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")]


def test_every_command_of_the_makefile_says_what_it_does() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)
    assert phony
    for name in phony[1].split():
        assert re.search(rf"^{name}:.*## \w", read("Makefile"), re.MULTILINE), name


def test_the_version_stands_in_the_changelog() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", read_version())
    assert f"## {read_version()}" in read("CHANGELOG.md")


def test_every_program_of_the_operator_s_guide_has_a_unit() -> None:
    commands = re.findall(
        r"^\| [\w ]+ \| `((?:granian|celery)[^`]+)` \|", read("docs/operations.md"), re.M
    )
    units = [path.read_text(encoding="utf-8") for path in (ROOT / "deploy").rglob("*.service")]
    starts = [re.search(r"^ExecStart=\S+/bin/(.+)$", unit, re.M)[1] for unit in units]
    assert len(commands) == len(starts)
    for command in commands:
        words = set(command.split())
        assert any(words <= {*start.split()} for start in starts), command


@pytest.mark.django_db
def test_the_description_of_the_api_is_complete(tmp_path: Path) -> None:
    call_command(
        "spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "openapi.yaml")
    )
