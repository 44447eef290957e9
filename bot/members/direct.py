"""The channel through which each person gets direct messages, remembered once it is opened."""

from bot.database import Database
from bot.members import store


class DirectChannels:
    """Discord gives the same channel every time, but counts how often it is asked to open one."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def known(self, user_id: int) -> int | None:
        """The channel with that person as it was last opened."""
        async with self._db.read() as tx:
            return await store.get_direct_channel(tx, user_id)

    async def keep(self, user_id: int, channel_id: int) -> None:
        """Remember it, also for somebody who has told us nothing yet."""
        async with self._db.begin() as tx:
            await store.note_direct_channel(tx, user_id, channel_id)
