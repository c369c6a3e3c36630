"""Embedded servers of tests: started in a folder of their own and removed without a trace."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.foundation.embedded import EmbeddedServer


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder whose parents everybody may enter, so that root's server needs no second place.
    pytest's own are closed to the user that root hands the server to."""
    folder = Path(tempfile.mkdtemp(prefix="doorstep-tests-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_server(folder: Path) -> None:
    """Deletes the data of a stopped server, also where a link to it leads elsewhere."""
    data = folder / "data"
    if data.is_symlink():
        shutil.rmtree(Path(os.readlink(data)).parent, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def embedded(folder: Path, *, durable: bool = False) -> Iterator[EmbeddedServer]:
    """A server that is stopped and removed in the end, however the test ends."""
    server = EmbeddedServer(folder, durable=durable)
    try:
        yield server
    finally:
        server.stop()
        remove_server(folder)
