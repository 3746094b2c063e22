"""Residents book and ask for themselves; the window receives; who works does their own."""

from domain.organisation import Role

_LEADS = "see_appointment U, open_times U"
_RECEIVES = f"{_LEADS}, change_appointment U, book_for U, receive U, see_visitor U"
_WORKS = "see A, work A"
_LOOKS = "see AU, work A"

EXPECTED = {
    Role.RESIDENT: "book X, see_appointment O, change_appointment O, order X, follow O",
    Role.GRID_WORKER: _WORKS,
    Role.GRID_SECRETARY: _LOOKS,
    Role.WINDOW_CLERK: f"{_RECEIVES}, {_WORKS}, verify U",
    Role.COMMUNITY_SECRETARY: f"{_RECEIVES}, {_LOOKS}, verify U",
    Role.DISPATCHER: f"{_RECEIVES}, {_LOOKS}",
    # Who leads sees how many come and when; who they are is the window's.
    Role.ASSIGNED_LEADER: f"{_LEADS}, {_LOOKS}",
    Role.STREET_LEADER: f"{_LEADS}, {_LOOKS}",
}
