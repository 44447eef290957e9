"""The operator counts what is stored of any closed ballot again, and finds what was announced."""

import asyncio
import json
import stat
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from backstage import BEN, CLARA, DEVI, MAYA, Backstage, actor
from ballotbox import close, opened
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from bot.__main__ import main
from bot.ballots.model import Ballot, BallotMode
from bot.ballots.store import BALLOTS
from bot.ballots.votes import RECORDS
from bot.cards import Card
from bot.groups.model import BallotRule
from bot.instance import SoleInstance

pytestmark = pytest.mark.usefixtures("logging_as_it_was")

VOTES = {BEN: "A", CLARA: "AB", DEVI: "C"}


async def closed(house: Backstage, **form: Any) -> Ballot:
    """A private ballot by fair turns, counted, which nobody but the operator can count exactly."""
    asked = {"mode": BallotMode.PRIVATE, "rule": BallotRule.FAIR_TURNS, "talks_each": 2, **form}
    ballot, _ = await opened(house, **asked)
    for user_id, letters in VOTES.items():
        chosen = [str(ballot.options["ABC".index(letter)].pitch_id) for letter in letters]
        await house.rooms.booth.choose(actor(user_id), ballot.id, chosen)
    return await close(house)


async def lectern(house: Backstage, *words: str, text: str | None = None) -> Result:
    """What the command does beside the bot that runs on the database."""
    path = house.db.url.removeprefix("sqlite+aiosqlite:///")
    environment = {"LECTERN_DATABASE_URL": house.db.url, "DISCORD_TOKEN": None}
    with SoleInstance(Path(path)) if house.db.is_sqlite else nullcontext():
        return await asyncio.to_thread(
            CliRunner().invoke, main, ["tally", *words], input=text, env=environment
        )


def fingerprint_on(card: Card) -> str:
    return card.text.partition("fingerprint of its record: `")[2][:64]


async def test_a_private_ballot_is_counted_again_to_what_was_announced(
    house: Backstage, tmp_path: Path
) -> None:
    ballot = await closed(house)
    assert ballot.result is not None
    everybody = await house.rooms.history.status(actor(BEN), None, ballot.id)
    leads = await house.rooms.history.export(actor(MAYA), ballot.id)
    announced = fingerprint_on(everybody)
    assert (len(announced), fingerprint_on(leads)) == (64, announced)
    assert f"`lectern tally --ballot {ballot.id}`" in leads.text
    path = tmp_path / "exact.json"
    result = await lectern(house, "--ballot", str(ballot.id), "--export", str(path))
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer) == (
        0,
        {
            "winners": list(ballot.result.winners),
            "credits": {str(BEN): 500_000, str(CLARA): 500_000, str(DEVI): 1_000_000},
            "fingerprint": announced,
        },
    )
    assert result.stderr == (
        f"Ballot {ballot.id}, closed 2022-10-29: its record gives the result that was "
        f"published, and has the published fingerprint {announced}.\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    exact = path.read_text(encoding="utf-8")
    again = await lectern(house, "-", text=exact)
    assert json.loads(again.stdout) == {name: answer[name] for name in ("winners", "credits")}
    assert json.loads(exact)["ballots"][str(CLARA)] == [one.pitch_id for one in ballot.options[:2]]
    seen = await lectern(house, str(path), "--fingerprint")
    assert (seen.exit_code, seen.stdout) == (0, f"{announced}\n")
    # Leads hold the file without the salt: nobody can try out what somebody may have chosen.
    [file] = [one for one in leads.files if one.name.endswith(".json")]
    theirs = json.loads(file.content)
    assert (theirs["fingerprint"], "salt" in theirs) == (announced, False)
    refused = await lectern(house, "-", "--fingerprint", text=file.content.decode())
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Standard input has no fingerprint: it is no exact record, for it lacks salt. The bot's "
        "operator gets that with: lectern tally --ballot ID --export FILE\n",
    )


async def test_an_existing_file_is_left_alone(house: Backstage, tmp_path: Path) -> None:
    ballot = await closed(house)
    path = tmp_path / "diary.txt"
    path.write_text("Dear diary")
    for place, sentence in (
        (path, f"{path} is there already: name a file that is not.\n"),
        (tmp_path / "no" / "x", f"{tmp_path}/no/x can't be written (No such file or directory).\n"),
    ):
        result = await lectern(house, "--ballot", str(ballot.id), "--export", str(place))
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", sentence)
    assert path.read_text() == "Dear diary"


@pytest.mark.parametrize("rule", list(BallotRule))
async def test_any_rule_and_a_missed_quorum_are_counted_again(
    house: Backstage, rule: BallotRule
) -> None:
    ballot = await closed(house, rule=rule, quorum="4")
    ballot = await close(house)  # the first close has extended it
    assert ballot.result is not None
    assert ballot.result.misses_quorum
    result = await lectern(house, "--ballot", str(ballot.id))
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["winners"], answer["credits"]) == (0, [], {})


async def test_what_was_changed_after_the_close_is_found(house: Backstage) -> None:
    ballot = await closed(house, rule=BallotRule.MOST_VOTES)
    assert ballot.result is not None
    [alpha, beta, gamma] = [one.pitch_id for one in ballot.options]
    async with house.db.begin() as tx:
        # Who chose what is exchanged: the counts stay the same, the fingerprint does not.
        for user_id, chosen in ((BEN, [gamma]), (DEVI, [alpha])):
            await tx.execute(
                update(RECORDS).where(RECORDS.c.user_id == user_id).values(pitch_ids=chosen)
            )
    exchanged = await lectern(house, "--ballot", str(ballot.id))
    assert exchanged.exit_code == 1
    assert f"the one that was published is {ballot.result.fingerprint}" in exchanged.stderr
    assert "does not give" in (await house.rooms.history.export(actor(MAYA), ballot.id)).text
    async with house.db.begin() as tx:
        await tx.execute(update(RECORDS).where(RECORDS.c.user_id == CLARA).values(pitch_ids=[beta]))
    forged = await lectern(house, "--ballot", str(ballot.id))
    assert (forged.exit_code, forged.stderr) == (
        1,
        f"Ballot {ballot.id}, closed 2022-10-29: its record does not give the result "
        "that was published.\n",
    )


async def test_a_ballot_without_a_record_is_a_sentence(house: Backstage) -> None:
    ballot, _ = await opened(house)
    for number, sentence in (
        (99, "There is no ballot 99 in this database.\n"),
        (
            ballot.id,
            f"Ballot {ballot.id} is not closed yet: its record is written when it closes.\n",
        ),
    ):
        result = await lectern(house, "--ballot", str(number))
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", sentence)
    await house.call_off()
    result = await lectern(house, "--ballot", str(ballot.id))
    assert (result.exit_code, result.stderr) == (
        1,
        f"Ballot {ballot.id} was called off: nothing was counted, so there is no record.\n",
    )


async def test_a_ballot_from_before_fingerprints_is_counted_all_the_same(house: Backstage) -> None:
    ballot = await closed(house)
    async with house.db.begin() as tx:
        result = await tx.scalar(select(BALLOTS.c.result))
        assert result is not None
        older = {k: v for k, v in result.items() if k not in ("salt", "fingerprint")}
        await tx.execute(update(BALLOTS).values(result=older))
    told = await lectern(house, "--ballot", str(ballot.id))
    assert (told.exit_code, json.loads(told.stdout)["fingerprint"]) == (0, "")
    assert "closed before records had fingerprints" in told.stderr
    assert "fingerprint" not in (await house.rooms.history.status(actor(), None, ballot.id)).text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Name a FILE, or the number of a ballot with --ballot."),
        (["-", "--ballot", "1"], "Name a FILE, or the number of a ballot with --ballot."),
        (["-", "--export", "x"], "--export goes with --ballot."),
        (["--ballot", "1", "--fingerprint"], "--ballot says the fingerprint anyway."),
    ],
)
def test_wrong_use_is_told(words: list[str], sentence: str) -> None:
    result = CliRunner().invoke(main, ["tally", *words], input="{}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


@pytest.mark.parametrize("text", ["[]", "{", "{}", '{"options": 3}'])
def test_fingerprint_of_something_else_is_refused(text: str) -> None:
    result = CliRunner().invoke(main, ["tally", "-", "--fingerprint"], input=text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Standard input has no fingerprint: ")
