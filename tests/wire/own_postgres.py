"""A PostgreSQL server of a test's own, which may crash; what was committed before is durable."""

import contextlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.postgres import create_database, embedded_postgres, psycopg_address

OBSERVER = "observer"
"""How the test itself is known to the server, so that its own connections are spared."""


class OwnPostgres:
    """One server with one database."""

    def __init__(self, folder: Path) -> None:
        self._server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
        address = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        server_url = address.render_as_string(hide_password=False)
        self.url = create_database(server_url, "lectern_crash")

    def crash(self) -> None:
        """Let the server go down at once, with nothing written that it had not written, and start
        again.
        """
        from embedded_postgres._commands import pg_ctl

        server = self._server
        pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=server.pgdata, user=server.system_user)
        with server._lock:
            server.ensure_postgres_running()

    def stop(self) -> None:
        self._server.cleanup()


@contextlib.contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A server until the block ends; skips the test where none can be started."""
    if embedded_postgres is None:
        pytest.skip("a server that may crash takes embedded-postgres, which is not here")
    # The account that the server runs under when the tests run as root must reach it.
    folder = Path(tempfile.mkdtemp(prefix="lectern-crash-"))
    folder.chmod(0o755)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
            server = OwnPostgres(folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_observer(url: str) -> str:
    """The address for connections that `end_connections` leaves alone."""
    named = make_url(url).update_query_dict({"application_name": OBSERVER})
    return named.render_as_string(hide_password=False)


def end_connections(url: str) -> int:
    """How many connections of others to the database were ended just now."""
    with psycopg.connect(psycopg_address(as_observer(url)), autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name <> %s",
            [OBSERVER],
        )
        return len(ended.fetchall())
