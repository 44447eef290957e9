"""`/pitch` and `/topics` as members use them: nothing typed is lost, nothing shown is hidden."""

import re
from typing import Any

import pytest
from shown import find_id, flat, text_of
from simcord.results import ResponseMessage
from stage import Stage

NO = "### That doesn't work\n"
FOOT = "-# Pitched by @ben. The author can edit it or take it back until a ballot opens."
EMPTY = {"title": "", "why": "", "sources": "", "speaker": ""}


def typed(modal: dict[str, Any]) -> dict[str, str]:
    """What stands in a form: texts, and the id of who is chosen."""
    found = {}
    for part in modal["components"]:
        box = part["component"]
        chosen = [one["id"] for one in box.get("default_values", [])]
        found[box["custom_id"]] = "".join(map(str, chosen)) or box.get("value") or ""
    return found


def cards(stage: Stage) -> list[str]:
    """The cards in the group's channel as they read now, without the welcome."""
    people = {actor.id: name for name, actor in stage.members.items()}
    return [flat(one.components, people) for one in stage.posted()[1:]]


def timeless(text: str) -> str:
    """On a slow machine simcord's clock runs ahead by moments."""
    return re.sub(r"<t:\d+:R>", "<t:ago:R>", text)


async def pitched(stage: Stage, **fields: Any) -> ResponseMessage:
    """Ben's pitch and its card."""
    await stage.set_up_group()
    await stage.pitch("ben", **({"title": "Qubits"} | fields))
    return stage.posted()[-1]


async def test_a_pitch_is_shown_to_all_and_confirmed_to_its_author(stage: Stage) -> None:
    await stage.set_up_group()
    stage.said()
    shown = await stage["ben"].slash(stage.channel, "pitch")
    assert typed(shown.modal) == EMPTY
    assert [shown.modal["title"], *(part["label"] for part in shown.modal["components"])] == [
        "Pitch a topic",
        "Title",
        "Why is it worth an hour? (optional)",
        "Links, arXiv ids or DOIs (optional)",
        "Who would speak? Nobody: speaker wanted",
    ]
    receipt = await stage["ben"].submit_modal(
        shown,
        {
            "title": "Meta-learning",
            "why": "It learns\nto learn.",
            "sources": "1903.03096v4 https://example.org/x",
            "speaker": [stage["clara"]],
        },
    )
    assert receipt.ephemeral
    assert text_of(receipt) == (
        "### Your pitch is in\n**Meta-learning** is on the backlog of ML Theory. You can edit it "
        "or take it back on its card until a ballot opens."
    )
    assert stage.heard() == [
        (
            "#ml-theory",
            "### 💡 Meta-learning\nIt learns\nto learn.\n"
            "📎 [arXiv 1903.03096v4](<https://arxiv.org/abs/1903.03096v4>) · "
            f"[example.org](<https://example.org/x>)\n🎤 @clara\n[Edit]\n[Withdraw]\n{FOOT}",
            (),
        )
    ]


@pytest.mark.parametrize(
    ("option", "filled"),
    [
        (
            "https://arxiv.org/abs/2207.13443",
            EMPTY | {"sources": "https://arxiv.org/abs/2207.13443"},
        ),
        ("Quantum probability", EMPTY | {"title": "Quantum probability"}),
        ("javascript:alert(1)", EMPTY | {"title": "javascript:alert(1)"}),
    ],
)
async def test_the_option_is_a_source_or_a_title(
    stage: Stage, option: str, filled: dict[str, str]
) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "pitch", link=option)
    assert typed(shown.modal) == filled


async def test_a_link_alone_is_a_pitch_with_a_speaker_wanted(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "pitch", link="2207.13443")
    await stage["ben"].submit_modal(shown, {"sources": "2207.13443"})
    assert cards(stage) == [
        "### 💡 arXiv 2207.13443\n"
        "📎 [arxiv.org/abs/2207.13443](<https://arxiv.org/abs/2207.13443>)\n🎤 speaker wanted\n"
        f"[Edit]\n[Withdraw]\n{FOOT}"
    ]


async def test_an_empty_pitch_is_refused(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "pitch")
    refused = await stage["ben"].submit_modal(
        shown, {"title": " \u200b", "speaker": [stage["ben"]]}
    )
    assert text_of(refused) == (
        f"{NO}A pitch needs a title or a link: type one of them.\n[Edit and send again]"
    )
    assert cards(stage) == []


async def test_a_bot_is_no_speaker(stage: Stage) -> None:
    await stage.set_up_group()
    robot = stage.guild.add_member(stage.env.create_user("carlbot", bot=True))
    shown = await stage["ben"].slash(stage.channel, "pitch")
    refused = await stage["ben"].submit_modal(shown, {"title": "Short", "speaker": [robot]})
    assert text_of(refused) == (
        f"{NO}carlbot is a bot and can't speak: choose a person, or nobody.\n"
        "**Nothing is lost. You wrote:**\nShort\n[Edit and send again]"
    )
    assert cards(stage) == []


async def test_a_title_too_long_gets_a_sentence_and_the_form_back(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "pitch")
    form = {
        "title": "Long " * 1_000,
        "why": "*Because*\nof @everyone",
        "sources": "2207.13443",
        "speaker": [stage["clara"]],
    }
    refused = await stage["ben"].submit_modal(shown, form)
    assert refused.ephemeral
    assert text_of(refused) == (
        f"{NO}The title “Long Long Long Long Long Long…” has 4,999 characters; a title has at "
        "most 150. Put the rest under “Why”.\n"
        f"**Nothing is lost. You wrote:**\n{'Long ' * 59}Long…\n"
        "\\*Because\\*\nof @\u200beveryone\n2207\\.13443\n[Edit and send again]"
    )
    await stage.restart()
    again = await stage["ben"].click(refused.response, label="Edit and send again")
    # Discord's own boxes end at 4,000 characters.
    kept = {"title": form["title"][:4_000], "speaker": str(stage["clara"].id)}
    assert typed(again.modal) == form | kept
    sent = await stage["ben"].submit_modal(
        again, form | {"title": "Short", "why": form["why"], "speaker": [stage["clara"]]}
    )
    assert text_of(sent).startswith("### Your pitch is in\n**Short** is on the backlog")
    twice = await stage["ben"].click(refused.response, label="Edit and send again")
    assert (twice.modal, "What you typed is not here any more" in text_of(twice)) == (None, True)
    assert [text.splitlines()[0] for text in cards(stage)] == ["### 💡 Short"]


async def test_what_is_known_already_is_shown_before_it_is_pitched_again(stage: Stage) -> None:
    card = await pitched(stage, sources="2207.13443")
    form = {"title": "Two encoders", "sources": "arXiv:2207.13443v3", "why": "New results"}
    shown = await stage["clara"].slash(stage.channel, "pitch")
    asked = await stage["clara"].submit_modal(shown, form)
    url = f"https://discord.com/channels/{stage.guild.id}/{stage.channel.id}/{card.id}"
    assert timeless(text_of(asked)) == (
        "### 🔁 ML Theory knows this already\n"
        f"- [**Qubits**]({url}) · on the backlog, pitched by <@{stage['ben'].id}> <t:ago:R>\n"
        "Pitch yours all the same, change it, or leave it.\n"
        "[Pitch it all the same]\n[Edit and send again]\n[Leave it]\n"
        "-# Yours is not pitched yet, and nothing of it is lost. Only you see this."
    )
    assert len(cards(stage)) == 1
    await stage.restart()
    again = await stage["clara"].click(asked.response, label="Edit and send again")
    assert typed(again.modal) == EMPTY | form
    sent = await stage["clara"].click(asked.response, label="Pitch it all the same")
    assert "### Your pitch is in\n**Two encoders** is on the backlog" in text_of(sent)
    titles = [text.splitlines()[0] for text in cards(stage)]
    assert titles == ["### 💡 Qubits", "### 💡 Two encoders"]
    await stage["clara"].click(asked.response, label="Leave it")
    assert text_of(asked).startswith("### ✅ Done\nYou leave it: nothing was sent.")
    assert len(cards(stage)) == 2


async def test_every_character_of_a_full_form_comes_back(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "pitch")
    form = {"title": "1" * 4_000, "why": "[" * 4_000, "sources": "é" * 4_000}
    refused = await stage["ben"].submit_modal(shown, form)
    assert f"You wrote:**\n{'1' * 299}…\n" in text_of(refused)
    again = await stage["ben"].click(refused.response, label="Edit and send again")
    assert typed(again.modal) == EMPTY | form


async def test_nobody_else_opens_what_somebody_typed(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "pitch")
    bens = await stage["ben"].submit_modal(shown, {"title": ""})
    # No client shows clara this button: a hand-made press comes all the same.
    button = find_id(bens.response.components, "again:")
    (refused,) = await stage.press_at_once("clara", bens.response, button)
    assert (text_of(refused), refused.modal) == (
        f"{NO}What you typed is not here any more: start again.",
        None,
    )


async def test_words_that_would_do_something_do_nothing(stage: Stage) -> None:
    await pitched(
        stage,
        title="@everyone [free](https://evil.example) \u202egnp.exe",
        why=f"<@{stage['clara'].id}> || # [x](https://evil.example) " + "Z\u0337" + "\u0337" * 50,
        sources="https://good.example/@everyone",
        speaker=[],
    )
    assert stage.heard()[-1] == (
        "#ml-theory",
        "### 💡 @\u200beveryone \\[free\\](https://evil.example) gnp.exe\n"
        f"\\<@\u200b{stage['clara'].id}> \\|\\| # \\[x\\](https://evil.example) "
        "Z\u0337\u0337\u0337\n"
        "📎 [good.example](<https://good.example/@everyone>)\n🎤 speaker wanted\n"
        f"[Edit]\n[Withdraw]\n{FOOT}",
        (),
    )


@pytest.mark.parametrize(
    "source", ["javascript:alert(1)", "[good](https://evil.example)", "https://me@evil.example/x"]
)
async def test_a_source_that_hides_something_is_refused(stage: Stage, source: str) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "pitch")
    refused = await stage["ben"].submit_modal(shown, {"title": "T", "sources": source})
    assert "is not a link I can keep: paste the address itself" in text_of(refused)
    assert cards(stage) == []


async def test_the_author_edits_by_button_also_after_a_restart(stage: Stage) -> None:
    card = await pitched(stage, why="Spooky.", sources="2207.13443")
    await stage.restart()
    form = await stage["ben"].click(card, label="Edit")
    assert form.modal["title"] == "Edit your pitch"
    assert typed(form.modal) == {
        "title": "Qubits",
        "why": "Spooky.",
        "sources": "https://arxiv.org/abs/2207.13443",
        "speaker": str(stage["ben"].id),
    }
    done = await stage["ben"].submit_modal(form, {"title": "*Logical* qubits", "speaker": []})
    assert done.ephemeral
    assert text_of(done) == "### ✅ Done\nYour pitch reads **\\*Logical\\* qubits** now."
    assert cards(stage) == [
        f"### 💡 \\*Logical\\* qubits\n🎤 speaker wanted\n[Edit]\n[Withdraw]\n{FOOT}"
    ]
    again = await stage["ben"].click(card, label="Edit")
    assert typed(again.modal) == EMPTY | {"title": "*Logical* qubits"}


async def test_a_refused_edit_comes_back_and_leaves_the_card(stage: Stage) -> None:
    card = await pitched(stage)
    before = cards(stage)
    form = await stage["ben"].click(card, label="Edit")
    refused = await stage["ben"].submit_modal(form, {"title": "", "why": "Still here"})
    assert text_of(refused) == (
        f"{NO}A pitch needs a title or a link: type one of them.\n"
        "**Nothing is lost. You wrote:**\nStill here\n[Edit and send again]"
    )
    assert cards(stage) == before
    again = await stage["ben"].click(refused.response, label="Edit and send again")
    assert typed(again.modal) == EMPTY | {"why": "Still here"}
    await stage["ben"].submit_modal(again, {"title": "Qubits II", "why": "Still here"})
    assert cards(stage)[0].startswith("### 💡 Qubits II\nStill here\n")


async def test_the_author_withdraws_by_button_also_after_a_restart(stage: Stage) -> None:
    card = await pitched(stage)
    await stage.restart()
    done = await stage["ben"].click(card, label="Withdraw")
    assert done.ephemeral
    assert text_of(done) == "### ✅ Done\nYou took **Qubits** back.\n[Put it back]"
    assert cards(stage) == ["### ~~Qubits~~\n🎤 @ben\n-# Pitched by @ben. It was taken back."]
    assert "The backlog is empty" in await stage.slash("ben", "topics")
    await stage.restart()
    back = await stage["ben"].click(done.response, label="Put it back")
    assert text_of(back) == "### ✅ Done\n**Qubits** is on the backlog again, where it was."
    assert cards(stage)[0].startswith("### 💡 Qubits\n")


async def test_a_lead_takes_a_pitch_off_from_its_card_or_from_the_list(stage: Stage) -> None:
    card = await pitched(stage)
    asked = await stage["maya"].click(card, label="Withdraw")
    listed = await stage["maya"].slash(stage.channel, "topics")
    pick = find_id(listed.response.components, "pitch:pick")
    pitch_id = find_id(card.components, "pitch:withdraw").rpartition(":")[2]
    same = await stage["maya"].select(listed.response, [pitch_id], custom_id=pick)
    assert (asked.ephemeral, text_of(same)) == (True, text_of(asked))
    assert cards(stage)[0].startswith("### 💡 Qubits\n")
    await stage.restart()
    done = await stage["maya"].click(same.response, label="Take it off")
    assert text_of(done) == (
        "### ✅ Done\n**Qubits** is off the backlog. `/audit` takes that back."
    )
    assert cards(stage) == [
        "### 💡 A pitch was taken off\n-# Pitched by @ben. A lead took it off the backlog."
    ]


async def test_others_neither_edit_nor_withdraw(stage: Stage) -> None:
    card = await pitched(stage)
    before = cards(stage)
    told = "Only the author of “Qubits” can change it."
    off = "Only the author of “Qubits” and the leads of ML Theory can take it off the backlog."
    for who, label, said in (
        ("clara", "Edit", told),
        ("maya", "Edit", told),
        ("clara", "Withdraw", off),
    ):
        refused = await stage[who].click(card, label=label)
        assert (text_of(refused), refused.modal, refused.ephemeral) == (f"{NO}{said}", None, True)
    assert cards(stage) == before


async def test_a_pitch_on_an_open_ballot_stays_as_it_is(stage: Stage) -> None:
    card = await pitched(stage)
    form = await stage["ben"].click(card, label="Edit")
    await stage.slash("maya", "ballot open", talks=1)
    fixed = f"{NO}“Qubits” can't be changed now: it is on the ballot that is open."
    refused = await stage["ben"].submit_modal(form, {"title": "Too late"})
    assert text_of(refused) == (
        f"{fixed}\n**Nothing is lost. You wrote:**\nToo late\n[Edit and send again]"
    )
    assert cards(stage)[0] == (
        "### 💡 Qubits\n🎤 @ben\n-# Pitched by @ben. It is on the ballot that is open."
    )
    await stage.slash("maya", "ballot close")
    assert "[Edit]\n[Withdraw]" in cards(stage)[0]


async def test_topics_are_listed_and_searched(stage: Stage) -> None:
    await stage.set_up_group()
    for number in range(1, 22):
        await stage.pitch("ben", f"Topic {number:02}", why="about rings" if number > 19 else "")
    listed = await stage["clara"].slash(stage.channel, "topics")
    assert listed.ephemeral
    ben = stage["ben"].mention
    lines = [f"{n}. **Topic {n:02}** · {ben} · <t:ago:R>" for n in range(1, 21)]
    assert timeless(text_of(listed)) == "\n".join(
        (
            "### Topics of ML Theory",
            *lines,
            "-# And 1 more topic: narrow them with the search option.",
        )
    )
    assert timeless(await stage.slash("clara", "topics", search="RINGS")) == (
        f"### Topics of ML Theory\n1. **Topic 20** · {ben} · <t:ago:R>\n"
        f"2. **Topic 21** · {ben} · <t:ago:R>\n-# 2 topics wait for a ballot."
    )
    assert await stage.slash("clara", "topics", search="[x](y)") == (
        "### Topics of ML Theory\nNothing on the backlog matches “\\[x\\](y)”."
    )


async def test_a_pitch_needs_a_group(stage: Stage) -> None:
    refused = await stage["ben"].slash(stage.channel, "pitch")
    assert (text_of(refused), refused.modal) == (
        f"{NO}There is no reading group here yet. Somebody with Manage Server can start one with "
        "`/group setup`.",
        None,
    )
    await stage.set_up_group()
    await stage.set_up_group(name="Quantum")
    refused = await stage["ben"].slash(stage.channel, "pitch")
    assert (text_of(refused), refused.modal) == (
        f"{NO}Which group do you mean? Choose one in the `group` option: ML Theory, Quantum.",
        None,
    )
    shown = await stage["ben"].slash(stage.channel, "pitch", group="Quantum")
    receipt = await stage["ben"].submit_modal(shown, {"title": "Qubits"})
    assert "is on the backlog of Quantum." in text_of(receipt)
