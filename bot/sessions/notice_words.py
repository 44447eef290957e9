"""What the channel hears when one session is moved or cancelled."""

from bot.cards import Card, Tone, stamp
from bot.groups.model import Group
from bot.sessions.model import SessionState, SessionView
from bot.sessions.words import answer_buttons, session_title, spoken_people_clocks
from bot.text import escape


def notice_card(group: Group, view: SessionView) -> Card:
    """What the channel hears when a session is moved or cancelled."""
    session = view.session
    title = session_title(group, session)
    if session.state is SessionState.CANCELLED:
        body = [
            f"It will not take place: {stamp(session.starts_at)}",
            f"🕑 {spoken_people_clocks(group, view)}",
        ]
        if session.reason:
            body.append(escape(session.reason))
        if session.talks:
            body.append(spoken_promise(len(session.talks)))
        return Card(title=f"🚫 {title} is cancelled", body=tuple(body), tone=Tone.WARNING)
    body = [
        f"Now {stamp(session.starts_at)} · {stamp(session.starts_at, 'R')}",
        f"🕑 {spoken_people_clocks(group, view)}",
    ]
    if session.moved_from is not None:
        body.append(f"Before: ~~{stamp(session.moved_from)}~~")
    return Card(
        title=f"↪️ {title} has moved",
        body=tuple(body),
        tone=Tone.WARNING,
        buttons=answer_buttons(session, view),
    )


def spoken_promise(talks: int) -> str:
    """What becomes of the talks of a session that does not take place."""
    if talks == 1:
        return "Its talk is promised the next free seat."
    return "Its talks are promised the next free seats."
