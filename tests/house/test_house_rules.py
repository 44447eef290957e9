"""What the repository itself promises: locks, settings, container files, no addresses."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from bot.settings import Settings

TOP = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
FOREIGN_LOCKS = {"uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock"}

# In parts, so that this file does not name what it forbids.
REGISTRIES = (
    ("pypi", "org"),
    ("python" + "hosted", "org"),
    ("npm" + "js", "org"),
    ("npm" + "js", "com"),
    ("debian", "org"),
    ("crates", "io"),
    ("rubygems", "org"),
    ("golang", "org"),
    ("anaconda", "org"),
)
HOSTS = "|".join(re.escape(".".join(host)) for host in REGISTRIES)
REGISTRY = re.compile(rf"(?<![\w-])(?:{HOSTS})\b")
HOME = re.compile(r"(?<![\w.~-])/(?:home|Users|root)/\w")


def tracked_files() -> list[Path]:
    """The files that a clone has; where there is no clone, the files of the unpacked archive."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=False
    )
    if listing.returncode == 0:
        return [TOP / name for name in listing.stdout.split("\0") if name]
    return [
        path
        for path in TOP.rglob("*")
        if path.is_file() and not path.relative_to(TOP).parts[0].startswith(".venv")
    ]


def addresses(texts: Mapping[str, str]) -> list[str]:
    """Each line that names a package registry's host or somebody's home directory."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if REGISTRY.search(line) or HOME.search(line)
    ]


def test_no_tracked_file_names_a_registry_or_a_home_directory() -> None:
    texts = {}
    for path in tracked_files():
        if path.is_file():
            texts[path.relative_to(TOP).as_posix()] = path.read_bytes().decode(errors="replace")
    assert "pyproject.toml" in texts
    assert addresses(texts) == []


@pytest.mark.parametrize("host", [".".join(host) for host in REGISTRIES])
def test_search_finds_each_registry_where_it_is_named(host: str) -> None:
    assert addresses({"a": f"one\nindex = 'files.{host}/simple'\n"}) == [
        f"a:2: index = 'files.{host}/simple'"
    ]


def test_search_leaves_other_words_alone() -> None:
    home = "/" + "home/ada"
    assert addresses({"a": "pypi organises things; see /root; a.debian-org"}) == []
    assert addresses({"a": f"cd {home}"}) == [f"a:1: cd {home}"]


def test_no_lock_of_another_tool_is_tracked() -> None:
    assert FOREIGN_LOCKS.isdisjoint(path.name for path in tracked_files())


def pins(text: str) -> dict[str, str]:
    """Name → version of each requirement of a lock; raises ValueError for one without a hash."""
    found: dict[str, str] = {}
    requirements = re.sub(r"\\\n", "", text)
    for line in requirements.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pinned = re.match(
            r"([a-z0-9-]+)==([^\s;]+)(?: ; [^#]*?)?\s+--hash=sha256:[0-9a-f]{64}", line
        )
        if pinned is None:
            raise ValueError(f"no pin with a hash: {line[:80]}")
        found[pinned[1]] = pinned[2]
    return found


def names(requirements: Iterable[str]) -> set[str]:
    found = (re.match(r"[\w.-]+", requirement) for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_every_requirement_by_hash_and_names_no_address(lock: str) -> None:
    text = (TOP / lock).read_text(encoding="utf-8")
    assert pins(text)
    assert not re.search(r"https?://|file:|--(?:extra-)?index|--find-links|^-", text, re.MULTILINE)


def test_locks_know_every_requirement_of_the_project() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime, development, build = (pins((TOP / lock).read_text(encoding="utf-8")) for lock in LOCKS)
    extras = [each for group in project["optional-dependencies"].values() for each in group]
    assert names(project["dependencies"]) - runtime.keys() == set()
    assert names(extras) - {"lectern"} - development.keys() == set()
    # The same versions everywhere: what was tested is what runs.
    assert runtime.items() <= development.items()
    assert build.items() <= development.items()


@pytest.mark.parametrize(
    "loose",
    ["click>=8", "click==8.3.0", "click==8.3.0 \\\n    # via lectern", "-e .", "click @ file:x"],
)
def test_loose_requirement_is_refused(loose: str) -> None:
    with pytest.raises(ValueError, match="no pin with a hash"):
        pins(loose)


def test_example_of_the_settings_names_each_of_them_once() -> None:
    text = (TOP / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?((?:LECTERN|DISCORD)_[A-Z_]+)=", text, re.MULTILINE))
    fields = set(Settings.model_fields)
    assert named == {f"LECTERN_{name.upper()}" for name in fields - {"discord_token"}} | {
        "DISCORD_TOKEN"
    }


def service(text: str, name: str) -> set[str]:
    """The lines of one service of the compose file, without indentation or comments."""
    block = re.search(rf"^  {name}:\n((?:(?:    .*)?\n)+)", text, re.MULTILINE)
    assert block is not None, name
    lines = (line.strip() for line in block[1].splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def test_compose_file_keeps_the_container_in() -> None:
    text = (TOP / "docker-compose.yml").read_text(encoding="utf-8")
    assert "\t" not in text
    assert re.findall(r"^(\w+):", text, re.MULTILINE) == ["name", "services", "networks", "volumes"]
    lectern = service(text, "lectern")
    assert lectern >= {
        "init: true",
        "read_only: true",
        "cap_drop:",
        "- ALL",
        "- no-new-privileges:true",
        "pids_limit: 256",
        "mem_limit: 512m",
        "- lectern-data:/data",
        "- /tmp:rw,noexec,nosuid,nodev,size=64m",
    }
    assert not any(line.startswith(("ports:", "privileged:", "user:")) for line in lectern)
    steps = re.findall(r"^ +(?:exec )?lectern (\w+)", text, re.MULTILINE)
    assert steps == ["migrate", "sync", "run"]
    assert service(text, "postgres") >= {"profiles:", "- postgres", "image: postgres:17"}


def test_image_runs_without_root_and_installs_only_by_hash() -> None:
    text = re.sub(r"\\\n", "", (TOP / "Dockerfile").read_text(encoding="utf-8"))
    installs = re.findall(r"pip install [^&\n]+", text)
    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)
    last_stage = text.rsplit("\nFROM ", 1)[1]
    assert "\nUSER 10001:10001\n" in last_stage
    assert "\nSTOPSIGNAL SIGTERM\n" in last_stage
    health = re.search(r"^HEALTHCHECK .*$", last_stage, re.MULTILINE)
    assert health is not None
    assert "discord" not in health[0]
    assert "/heartbeat" in health[0]


def test_a_lock_is_installed_as_it_stands() -> None:
    """An installer that resolves again takes `coverage[toml]` newer than the pinned coverage."""
    for name in ("Makefile", "Dockerfile"):
        text = (TOP / name).read_text(encoding="utf-8")
        installs = [line for line in text.splitlines() if "--require-hashes" in line]
        assert installs, name
        assert all("--no-deps" in line for line in installs), name
    assert "$(PIP) check" in (TOP / "Makefile").read_text(encoding="utf-8")


FIGURES = {
    "bot/__main__.py": "the command line's dates are for programs",
    "bot/tools.py": "the command line's dates are for programs",
    "bot/places/recurrence.py": "quotes what the command line was given",
    "bot/places/asking.py": "to be typed again as it stands",
    "bot/places/meaning.py": "the day that a phrase keeps, read again at once",
    "bot/places/model.py": "a place's clock in a list is that of no reader: the list is cached",
    "bot/groups/setup.py": "fills a form with what its reader takes back",
    "bot/groups/rhythm_text.py": "fills a form with what its reader takes back",
    "bot/groups/rhythms.py": "a column of the database",
    "bot/members/questions.py": "reads what a button of ours carries",
}
"""Where dates and hours are written as figures, and why: elsewhere `bot/places/spoken.py` does."""


def test_dates_and_hours_are_told_in_words() -> None:
    """The demo and the benches are for developers."""
    found = {
        f"{path.relative_to(TOP)}"
        for path in [*(TOP / "bot").rglob("*.py"), *(TOP / "cogs").rglob("*.py")]
        if not {"demo", "bench"} & set(path.relative_to(TOP).parts)
        and re.search("%H:%M|%Y-%m-%d|%d[./]%m", path.read_text(encoding="utf-8"))
    }
    assert found <= FIGURES.keys(), found - FIGURES.keys()
    assert len(found) > 5


READERS = {"read_moment", "read_day", "read_typed", "read_wall", "due_of", "_read_form"}
"""What reads dates as people write them: up to 50 ms of work."""


def test_nothing_reads_written_dates_on_the_event_loop() -> None:
    """An async function hands them to a thread, never calls them itself."""
    called = [
        f"{path.relative_to(TOP)}:{call.lineno}"
        for path in (TOP / "bot").rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) in READERS
    ]
    handed = [path for path in (TOP / "bot").rglob("*.py") if "to_thread(" in path.read_text()]
    assert (called, len(handed) > 5) == ([], True)


def test_no_written_date_is_read_in_a_transaction() -> None:
    """It would hold a group's lock, or SQLite's only writer, for as long as it takes."""
    found = [
        (path.name, ast.unparse(call.args[0]), isinstance(node, ast.AsyncWith))
        for path in (TOP / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AsyncFunctionDef)
        or (isinstance(node, ast.AsyncWith) and "_db." in ast.unparse(node.items[0]))
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "asyncio.to_thread"
        and ast.unparse(call.args[0]).removeprefix("self.") in READERS
    ]
    assert len(found) > 5
    assert [name for name, _, is_inside in found if is_inside] == []


def test_no_two_cogs_answer_to_one_verb() -> None:
    """The later one would take every press of the other's buttons."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((TOP / "cogs").rglob("*.py"))]
    taken = [verb for text in texts for verb in re.findall(r'\.presses\["(\w+)"\] =', text)]
    own = re.search(r"self\.presses[^{]*\{(.*?)\}", "".join(texts), re.DOTALL)
    assert own is not None
    taken += re.findall(r'"(\w+)": self\._', own[1])
    assert len(taken) > 15
    assert sorted(taken) == sorted(set(taken))


def test_the_pythons_are_the_same_wherever_they_are_named() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    minors = [
        int(each.rpartition(".")[2]) for each in project["classifiers"] if "Python :: 3." in each
    ]
    first, last = minors[0], minors[-1]
    assert minors == list(range(first, last + 1))
    assert project["requires-python"] == f">=3.{first},<3.{last + 1}"
    for name in ("README.md", "CONTRIBUTING.md", "Makefile"):
        assert f"Python 3.{first} to 3.{last}" in (TOP / name).read_text(encoding="utf-8"), name
    check = f"(3, {first}) <= sys.version_info < (3, {last + 1})"
    assert check in (TOP / "Makefile").read_text(encoding="utf-8")
