"""The result of a ballot as a picture: counts alone, and nobody's name."""

from collections.abc import Sequence

from bot.ballots.fates import Fate, fate_of, named_first
from bot.ballots.model import LETTERS, Ballot
from bot.cards import plural
from bot.groups.model import Group
from bot.pictures.model import Award, Bar, ResultChart
from bot.sessions.model import Session

_AWARDS = {
    Fate.SEATED: Award.ELECTED,
    Fate.PROMISED: Award.PROMISED,
    Fate.MOVED_UP: Award.MOVED_UP,
    Fate.WAITING: Award.NONE,
}


def result_chart(group: Group, ballot: Ballot, sessions: Sequence[Session]) -> ResultChart | None:
    """Those who won or moved up, then the others by votes; None where nobody won."""
    result = ballot.result
    if result is None or not result.winners:
        return None
    numbers = {session.id: session.number for session in sessions}
    bars = []
    for option in named_first(ballot.options, result):
        number = numbers.get(result.seated.get(option.pitch_id, 0))
        bars.append(
            Bar(
                letter=chr(ord("A") + LETTERS.index(option.emoji)),
                title=option.title,
                votes=result.counts[option.pitch_id],
                prize="" if number is None else f"#{number}",
                award=_AWARDS[fate_of(result, option.pitch_id)],
            )
        )
    return ResultChart(
        title=f"{group.name}: the vote is counted",
        note=f"{plural(result.voters, 'person', 'people')} voted on "
        f"{plural(len(bars), 'topic')} for {plural(ballot.seats, 'seat')}.",
        legend=_legend(bars),
        bars=tuple(bars),
    )


def _legend(bars: Sequence[Bar]) -> str:
    """What the star says, and the mark of those who moved up where there are any."""
    if not any(bar.prize for bar in bars):
        return "elected"
    if any(bar.award is Award.MOVED_UP for bar in bars):
        return "elected, with its session · ↑ moved up as the next in order"
    return "elected, with the number of its session"
