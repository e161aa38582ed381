"""Serve a model to other programs by the OpenAI protocol: see docs/models.md."""

import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.errors import DomainError


class Command(BaseCommand):
    help = "Serve the starter model or a local model by the OpenAI protocol."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's shape; needs no database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "model", nargs="?", default="starter", help="starter, a folder, or REPOSITORY@COMMIT"
        )
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8100, help="0 takes a free one")
        parser.add_argument("--name", default="", help="what the model is called")
        parser.add_argument("--api-key-file", default="", help="file with the key to ask for")
        parser.add_argument(
            "--device", default="", help="cpu, cuda or auto; else the setting INFERENCE_DEVICE"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from inference.engine.serving import make_server

        try:
            backend = _backend(options["model"], options["device"], options["name"])
        except DomainError as error:
            raise CommandError(error.message) from error
        key = _key(options["api_key_file"])
        if not key and options["host"] not in ("127.0.0.1", "::1", "localhost"):
            raise CommandError("Others can reach this address. Give a key with --api-key-file.")
        try:
            server = make_server(backend, host=options["host"], port=options["port"], api_key=key)
        except OSError as error:
            raise CommandError(
                f"Port {options['port']} is taken. Choose another with --port."
            ) from error
        address = f"http://{options['host']}:{server.server_address[1]}/v1"
        self.stdout.write(f"{backend.name} answers at {address}. Stop with Ctrl-C.")
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            server.server_close()


def _backend(model: str, device: str, name: str) -> Any:
    from inference.engine import instruct
    from inference.engine.backends import InstructBackend, StarterBackend
    from inference.engine.instruct_files import find_folder
    from inference.engine.local import is_of_starter_family
    from inference.types import WriterRef
    from inference.writers import worker_options

    options = worker_options() | ({"device": device} if device else {})
    if model == "starter":
        return StarterBackend(**options)
    repository, _at, commit = model.rpartition("@")
    if re.fullmatch(r"[0-9a-f]{40}", commit):
        writer = WriterRef(name=repository, engine="local", source=repository, revision=commit)
    else:
        writer = WriterRef(name=model, engine="local", source=model, folder=str(Path(model)))
        if is_of_starter_family(writer):
            return StarterBackend(Path(model), **options)
    threads = options.pop("threads")
    loaded = instruct.load(find_folder(writer), **options)
    return InstructBackend(loaded, name or Path(repository or model).name, threads=threads)


def _key(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The key cannot be read from {path}.") from error
