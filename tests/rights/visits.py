"""Whoever visits sees what is theirs; whoever answers for the grid keeps the register; above that
there are figures and approvals, and no entry."""

from domain.organisation import Role

EXPECTED = {
    Role.GRID_WORKER: "see AUS, open A, visit A, stand_in S, need A",
    Role.GRID_SECRETARY: (
        "see AUS, open AS, visit A, stand_in S, need AS, register US, round U, coverage U"
    ),
    Role.COMMUNITY_SECRETARY: (
        "see AUS, open AS, visit A, stand_in S, need AS, register US, round U, coverage U,"
        " approve US"
    ),
    Role.ASSIGNED_LEADER: "see AUS, visit A, approve US, coverage U",
    Role.DISPATCHER: "see A, visit A, approve US, coverage U",
    Role.STREET_LEADER: "see A, visit A, approve US, coverage U",
}
