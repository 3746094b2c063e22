"""Who gets a request that needs a speciality (requirement S-16)."""

from domain.organisation import Responsible
from domain.services.skills import SKILLS, SKILLS_NAME, specialist
from handlers.features import Filed
from handlers.turn import Turn
from storage.matters.queries import count_held
from storage.registers import list_entries


async def route(turn: Turn, filed: Filed, avoid: frozenset[str]) -> Responsible | None:
    """Give a request to the community's specialist, or to whoever covers for an absent one."""
    if not turn.street.is_on(SKILLS.feature, filed.community):
        return None
    skills = await list_entries(turn.tx, SKILLS_NAME, at=turn.now)
    persons = [one.person for one in skills if one.person is not None]
    return specialist(
        filed.category,
        filed.community,
        skills,
        turn.street.organisation,
        turn.now,
        avoid=avoid,
        loads=await count_held(turn.tx, persons) if persons else {},
    )
