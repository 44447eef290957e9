"""What has happened before the visitor comes in, done by members through the real bot."""

from bot.demo.world import World


async def seed(world: World) -> None:
    """Publish the group, put pitches on its backlog, tell the bot where people live.

    Everything goes the way members go: `world.members[key].slash(channel, "command", option=…)`,
    then `.submit_modal(shown, {custom_id: value})` and `.click(message, label=…)`.
    """
    # SEAM: the commands of the real bot go here.
    await world.env.settle()
