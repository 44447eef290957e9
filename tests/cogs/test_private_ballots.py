"""A private vote as members live it: a button, a list of one's own, and numbers for everybody."""

import logging

import discord
import pytest
from shown import find_id, text_of
from stage import Stage
from structlog.testing import capture_logs

CLOSES = "2022-11-01 12:00"


async def open_in_a_list(stage: Stage, **wish: bool) -> discord.Message:
    await stage.set_up_group()
    await stage.pitch("maya", "Alpha")
    await stage.pitch("maya", "Beta")
    await stage.slash("maya", "ballot open", talks=1, closes=CLOSES, review=False, **wish)
    ballot = stage.channel.last_message
    assert ballot is not None
    return ballot


async def vote(stage: Stage, ballot: discord.Message, who: str, *positions: int) -> str:
    """Press Vote, choose by position in the list, and read the answer, which nobody else gets."""
    opened = await stage[who].click(ballot, label="Vote")
    assert opened.ephemeral
    assert opened.response is not None
    components = opened.response.components
    list_id = find_id(components, "vote:choose:")
    [options] = [
        row["components"][0]["options"]
        for row in components[0]["components"]
        if row.get("components") and row["components"][0].get("custom_id") == list_id
    ]
    values = [options[n]["value"] for n in positions]
    picked = await stage[who].select(opened.response, values, custom_id=list_id)
    assert picked.response is not None
    assert picked.response.ephemeral
    return text_of(picked)


@pytest.mark.both_databases
async def test_members_choose_in_private_and_change_it_after_a_restart(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with capture_logs() as logs:
        ballot = await open_in_a_list(stage, private=True)
        backend = stage.env.backend
        assert backend.get_message(ballot.channel.id, ballot.id).reactions == []
        stage.said()
        assert "you chose 2 topics" in await vote(stage, ballot, "ben", 0, 1)
        assert "you chose 1 topic" in await vote(stage, ballot, "clara", 1)
        await stage.restart()
        assert "you chose 1 topic" in await vote(stage, ballot, "ben", 1)
        assert "you choose nothing" in await vote(stage, ballot, "clara")
        assert "you chose 1 topic" in await vote(stage, ballot, "devi", 1)
        assert stage.said() == []
        status = await stage.slash("kenji", "ballot status")
        assert "is open and private: 2 people have voted so far." in status
        await stage.slash("maya", "ballot close")
    assert "vote:enter" not in repr(backend.get_message(ballot.channel.id, ballot.id).components)
    [result] = stage.heard()
    assert "2 people voted." in result[1]
    public = repr([message.components for message in stage.posted()])
    told = public + repr(logs) + caplog.text
    for who in ("ben", "clara", "devi"):
        assert str(stage[who].id) not in told
        assert who not in public.lower()


async def test_counts_of_a_hidden_vote_are_shown_after_the_close_alone(stage: Stage) -> None:
    ballot = await open_in_a_list(stage, hidden=True)
    backend = stage.env.backend
    [(_, text)] = [one[:2] for one in stage.heard() if "what shall we hear next" in one[1]]
    assert "afterwards leads can see who chose what" in text

    async def shown() -> str:
        posted = [message.components for message in stage.posted()]
        return repr(posted) + await stage.slash("maya", "ballot status")

    for who in ("ben", "clara", "devi"):
        assert "you chose 1 topic" in await vote(stage, ballot, who, 0)
    before = await shown()
    assert "you chose 2 topics" in await vote(stage, ballot, "ben", 0, 1)
    assert "you chose 2 topics" in await vote(stage, ballot, "clara", 0, 1)
    assert await shown() == before
    assert "is open and hidden: 3 people have voted so far." in before
    assert backend.get_message(ballot.channel.id, ballot.id).reactions == []
    await stage.slash("maya", "ballot close")
    [result] = stage.heard()
    assert "**Alpha** · @maya · 3 votes" in result[1]
