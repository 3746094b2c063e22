"""Who does it for somebody does it where it was given to them; the levels above look."""

from domain.organisation import Role

EXPECTED = {
    Role.RESIDENT: "order X, follow O",
    Role.GRID_WORKER: "see A, work A",
    Role.WINDOW_CLERK: "see A, work A, verify U",
    Role.GRID_SECRETARY: "see AU, work A",
    Role.COMMUNITY_SECRETARY: "see AU, work A, verify U",
    Role.ASSIGNED_LEADER: "see AU, work A",
    Role.DISPATCHER: "see AU, work A",
    Role.STREET_LEADER: "see AU, work A",
}
