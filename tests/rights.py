"""Who should be able to do what, written down a second time on purpose.

A change of `domain.access` has to be made here too, by somebody who looked at what it means. The
letters say where a right holds: O one's own case · A assigned to one now · P asked to help with ·
C climbed to one's seat · U under one's post · D sealed (disputes, confidential) under one's post ·
X anywhere. What is not listed is denied.
"""

from domain.access import Right
from domain.organisation import Role

_WORK = """
    see A, see_reporter A, accept A, return A, contact A, ask A, note A, ask_help A, resolve A,
    see_part P, give_help P, substitute X, report_sign U
"""
_LEAD = """
    accept A, return A, contact A, ask A, note A, ask_help A, resolve A,
    see ACUD, see_reporter ACUD, hand_over ACUD, triage ACUD, reassign ACUD,
    see_part P, give_help P, substitute X, report_sign U, overview U, read_digest U
"""
_OFFICER = "see A, accept A, note A, see_part P, give_help P, substitute X, report_sign U"

EXPECTED = {
    Role.RESIDENT: "file X, support X, see O, add O, withdraw O, answer O, judge O",
    Role.GRID_WORKER: _WORK,
    Role.GRID_SECRETARY: _WORK
    + """, see AU, see_reporter AU, hand_over AU, triage AU, relink AU,
         overview U, read_digest U""",
    Role.WINDOW_CLERK: _WORK + ", file_for_others U",
    Role.PARTY_OFFICER: _OFFICER,
    Role.RESIDENT_AFFAIRS_OFFICER: _OFFICER,
    Role.POLICE_OFFICER: _OFFICER,
    Role.COMMUNITY_SECRETARY: _LEAD
    + """, unseal AUD, merge AUD, split AUD, relink AUD, file_for_others U,
         broadcast U, export_ledger U, invite U, end_post U""",
    Role.ASSIGNED_LEADER: _LEAD + ", broadcast U, export_ledger U",
    Role.DISPATCHER: _LEAD + ", broadcast U, file_for_others U",
    # A dispute reaches the street's leadership when it climbs there, not before.
    Role.STREET_LEADER: _LEAD
    + """, see ACU, see_reporter AC, hand_over ACU, triage ACU, reassign ACU,
         broadcast U, export_ledger U, invite U, end_post U""",
    # They look after the records and the machine, never at what people said.
    Role.DATA_PROTECTION_OFFICER: "read_access_log U",
    Role.ADMINISTRATOR: "configure U, invite U, end_post U",
}


def letters(role: Role, right: Right | str) -> frozenset[str]:
    """Give the letters of a role's right; the last mention counts."""
    found: dict[str, str] = {}
    for entry in EXPECTED[role].split(","):
        name, given = entry.split()
        found[name] = given
    return frozenset(found.get(str(right), ""))
