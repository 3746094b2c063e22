"""Everybody with cases can be stood in for; a few appoint, and a few serve who comes or calls."""

from domain.organisation import Role

EXPECTED = {
    Role.GRID_WORKER: "substitute X",
    Role.GRID_SECRETARY: "substitute X, relink AU",
    Role.WINDOW_CLERK: "substitute X, file_for_others U",
    Role.PARTY_OFFICER: "substitute X",
    Role.RESIDENT_AFFAIRS_OFFICER: "substitute X",
    Role.POLICE_OFFICER: "substitute X",
    Role.COMMUNITY_SECRETARY: "substitute X, relink AUS, file_for_others U, invite U, end U",
    Role.ASSIGNED_LEADER: "substitute X",
    Role.DISPATCHER: "substitute X, file_for_others U",
    Role.STREET_LEADER: "substitute X, invite U, end U",
    # Looks after the machine, and has no cases.
    Role.ADMINISTRATOR: "invite U, end U",
}
