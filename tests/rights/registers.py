"""A community and the street keep their lists; whoever serves people there looks them up."""

from domain.organisation import Role

EXPECTED = {
    Role.WINDOW_CLERK: "see U",
    Role.RESIDENT_AFFAIRS_OFFICER: "see U",
    Role.COMMUNITY_SECRETARY: "see U, edit U",
    Role.ASSIGNED_LEADER: "see U",
    Role.DISPATCHER: "see U, edit U",
    Role.STREET_LEADER: "see U, edit U",
    Role.ADMINISTRATOR: "see U",
}
