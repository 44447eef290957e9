"""Members who vote when the visitor lets them, each as one votes in that ballot."""

from collections.abc import Sequence

from simcord import MemberActor, ResponseMessage
from simcord.components import walk_components

from bot.ballots.model import Ballot


async def cast_vote(
    member: MemberActor, card: ResponseMessage, ballot: Ballot, numbers: Sequence[int]
) -> None:
    """Choose these of its topics, 0 the first: by letters, or in the list behind its button.

    A ballot with fewer topics has no such numbers, and whoever may not vote in a list gets none.
    """
    chosen = [ballot.options[number] for number in numbers if number < len(ballot.options)]
    if ballot.has_letters:
        for option in chosen:
            await member.set_reaction(card, option.emoji, reacted=True)
        return
    answer = (await member.click(card, label="Vote")).response
    parts = walk_components(answer.components) if answer else ()
    if answer is not None and any(part.get("options") for part in parts):
        values = [str(option.pitch_id) for option in chosen[: ballot.choice_limit]]
        await member.select(answer, values)
