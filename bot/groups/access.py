"""Which group is meant, and who may touch it."""

from sqlalchemy.exc import IntegrityError

from bot.database import Tx
from bot.errors import Refusal
from bot.groups import store
from bot.groups.model import Group, GroupState
from bot.members.model import Actor
from bot.text import quote


async def find_group(tx: Tx, actor: Actor, typed: str | None) -> Group:
    """The group the actor means: the one typed, else this channel's, else the server's only one.

    `typed` is a group's name, or the id that autocompletion sends. Where several are at home in
    the channel, one of these is meant.
    """
    groups = await store.groups_in(tx, actor.server_id)
    if not groups:
        raise Refusal(
            "There is no reading group here yet. Somebody with Manage Server can start one with "
            "`/group setup`."
        )
    if typed:
        return _pick(groups, typed)
    here = [group for group in groups if actor.channel_id in (group.channel_id, group.forum_id)]
    if len(here) == 1:
        return here[0]
    if len(groups) == 1:
        return groups[0]
    names = _names(here or groups)
    raise Refusal(f"Which group do you mean? Choose one in the `group` option: {names}.")


def _pick(groups: list[Group], typed: str) -> Group:
    key = store.name_key(typed)
    for group in groups:
        if str(group.id) == typed or store.name_key(group.name) == key:
            return group
    raise Refusal(f"There is no group called {quote(typed)} here. There is: {_names(groups)}.")


def _names(groups: list[Group]) -> str:
    return ", ".join(group.name for group in groups)


NAME_TAKEN = "The name “{}” is taken in this server: choose another one."


def name_refusal(error: IntegrityError, name: str) -> Exception:
    """What to raise where the database refused a group: a Refusal if its name is taken."""
    if store.is_name_taken(error):
        return Refusal(NAME_TAKEN.format(name))
    return error


def require_lead(group: Group, actor: Actor) -> None:
    """Refuses anybody who does not run the group."""
    if actor.user_id not in group.lead_ids:
        raise Refusal(f"Only the leads of {group.name} can do this: ask one of them.")


def refuse_leadless(group: Group) -> None:
    """Refuses what would leave the group without a lead; `group` is as it would be then."""
    if not group.lead_ids:
        raise Refusal(f"{group.name} would have no lead left: appoint somebody else first.")


def require_manager(actor: Actor) -> None:
    """Refuses anybody whom the server does not let manage it."""
    if not actor.manages_server:
        raise Refusal("Only somebody with the Manage Server permission can set up a group here.")


async def require_draft(tx: Tx, actor: Actor, group_id: int) -> Group:
    """The server's draft; refuses one that was published or discarded."""
    group = await store.get_group(tx, actor.server_id, group_id)
    return _checked_draft(group, actor)


async def lock_draft(tx: Tx, actor: Actor, group_id: int) -> Group:
    """The same, held against other writers: nobody publishes what another is discarding."""
    group = await store.lock_group_in(tx, actor.server_id, group_id)
    return _checked_draft(group, actor)


def _checked_draft(group: Group | None, actor: Actor) -> Group:
    require_manager(actor)
    if group is None:
        raise Refusal("This draft was discarded: start again with `/group setup`.")
    if group.state is not GroupState.DRAFT:
        raise Refusal(f"{group.name} is published already.")
    return group
