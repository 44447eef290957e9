"""The result of a ballot as a picture: counts alone, and nobody's name."""

from collections.abc import Sequence

from bot.ballots.model import LETTERS, Ballot
from bot.cards import plural
from bot.groups.model import Group
from bot.pictures.model import Bar, ResultChart
from bot.sessions.model import Session


def result_chart(group: Group, ballot: Ballot, sessions: Sequence[Session]) -> ResultChart | None:
    """Winners in election order, then the others by votes; None where nobody won."""
    result = ballot.result
    if result is None or not result.winners:
        return None
    numbers = {session.id: session.number for session in sessions}
    others = [option for option in ballot.options if option.pitch_id not in result.winners]
    others.sort(key=lambda option: (-result.counts[option.pitch_id], option.emoji))
    bars = []
    for option in [*map(ballot.option_of, result.winners), *others]:
        number = numbers.get(result.seated.get(option.pitch_id, 0))
        bars.append(
            Bar(
                letter=chr(ord("A") + LETTERS.index(option.emoji)),
                title=option.title,
                votes=result.counts[option.pitch_id],
                prize="" if number is None else f"#{number}",
                is_winner=option.pitch_id in result.winners,
            )
        )
    has_sessions = any(bar.prize for bar in bars)
    return ResultChart(
        title=f"{group.name}: the vote is counted",
        note=f"{plural(result.voters, 'person', 'people')} voted on "
        f"{plural(len(bars), 'topic')} for {plural(ballot.seats, 'seat')}.",
        legend="elected, with the number of its session" if has_sessions else "elected",
        bars=tuple(bars),
    )
