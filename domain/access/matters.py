"""Who may do what with matters.

Source of the table: roles and rights of the mission's domain brief, rows of this release.
"""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import Role


class MatterRight(Right):
    """What may be done with matters."""

    FILE = "matters.file"
    SUPPORT = "matters.support"
    """Say "me too"."""
    ADD = "matters.add"
    WITHDRAW = "matters.withdraw"
    URGE = "matters.urge"
    """Ask for one's own case once more."""
    ANSWER = "matters.answer"
    JUDGE = "matters.judge"
    SEE = "matters.see"
    SEE_REPORTER = "matters.see_reporter"
    UNSEAL = "matters.unseal"
    """Look at a hidden name, with a reason that is logged."""
    ACCEPT = "matters.accept"
    HAND_OVER = "matters.hand_over"
    RETURN = "matters.return"
    CONTACT = "matters.contact"
    ASK = "matters.ask"
    NOTE = "matters.note"
    ASK_HELP = "matters.ask_help"
    SEE_PART = "matters.see_part"
    GIVE_HELP = "matters.give_help"
    RESOLVE = "matters.resolve"
    TRIAGE = "matters.triage"
    RESORT = "matters.resort"
    """Say that it is of another kind or category."""
    REFER = "matters.refer"
    """Hand a matter to a procedure, such as an agency."""
    RECALL = "matters.recall"
    """Take a matter out of the procedure that has it, with a reason."""
    REASSIGN = "matters.reassign"
    INSTRUCT = "matters.instruct"
    """Say to whoever has a matter, from above, what is to be done (督办)."""
    MERGE = "matters.merge"
    SPLIT = "matters.split"
    REPORT_SIGN = "matters.report_sign"
    """Report an early sign of a dispute, whichever stream one belongs to (M-06)."""
    OVERVIEW = "matters.overview"
    EXPORT_LEDGER = "matters.export_ledger"


_O, _A, _P, _C = (Scope.OWN,), Scope.ASSIGNED, Scope.PART, Scope.CLIMBED
_U, _S, _X = Scope.UNIT, Scope.UNIT_SEALED, (Scope.ANYWHERE,)

#: What whoever owns a matter may do with it.
_WORK: Rules = {
    MatterRight.SEE: (_A,),
    MatterRight.SEE_REPORTER: (_A,),
    MatterRight.ACCEPT: (_A,),
    MatterRight.RETURN: (_A,),
    MatterRight.CONTACT: (_A,),
    MatterRight.ASK: (_A,),
    MatterRight.NOTE: (_A,),
    MatterRight.ASK_HELP: (_A,),
    MatterRight.SEE_PART: (_P,),
    MatterRight.GIVE_HELP: (_P,),
    MatterRight.RESOLVE: (_A,),
    MatterRight.REFER: (_A,),
    MatterRight.REPORT_SIGN: (_U,),
}

#: What a level above may do besides: see, direct, put right.
_LEAD: Rules = {
    **_WORK,
    MatterRight.SEE: (_A, _C, _U, _S),
    MatterRight.SEE_REPORTER: (_A, _C, _U, _S),
    MatterRight.HAND_OVER: (_A, _C, _U, _S),
    MatterRight.TRIAGE: (_A, _C, _U, _S),
    MatterRight.RESORT: (_A, _C, _U, _S),
    MatterRight.REASSIGN: (_A, _C, _U, _S),
    MatterRight.RECALL: (_A, _C, _U, _S),
    MatterRight.INSTRUCT: (_C, _U, _S),
    MatterRight.OVERVIEW: (_U,),
}

_OFFICER: Rules = {
    MatterRight.SEE: (_A,),
    MatterRight.ACCEPT: (_A,),
    MatterRight.NOTE: (_A,),
    MatterRight.SEE_PART: (_P,),
    MatterRight.GIVE_HELP: (_P,),
    MatterRight.REPORT_SIGN: (_U,),
}

RIGHTS = FeatureRights(
    rights=MatterRight,
    by_role={
        Role.RESIDENT: {
            MatterRight.FILE: _X,
            MatterRight.SUPPORT: _X,
            MatterRight.SEE: _O,
            MatterRight.ADD: _O,
            MatterRight.WITHDRAW: _O,
            MatterRight.URGE: _O,
            MatterRight.ANSWER: _O,
            MatterRight.JUDGE: _O,
        },
        Role.GRID_WORKER: _WORK,
        Role.GRID_SECRETARY: {
            **_WORK,
            MatterRight.SEE: (_A, _U),
            MatterRight.SEE_REPORTER: (_A, _U),
            MatterRight.HAND_OVER: (_A, _U),
            MatterRight.TRIAGE: (_A, _U),
            MatterRight.RESORT: (_A, _U),
            MatterRight.RECALL: (_A, _U),
            MatterRight.INSTRUCT: (_U,),
            MatterRight.OVERVIEW: (_U,),
        },
        Role.WINDOW_CLERK: _WORK,
        Role.PARTY_OFFICER: _OFFICER,
        Role.RESIDENT_AFFAIRS_OFFICER: _OFFICER,
        Role.POLICE_OFFICER: _OFFICER,
        Role.COMMUNITY_SECRETARY: {
            **_LEAD,
            MatterRight.UNSEAL: (_A, _U, _S),
            MatterRight.MERGE: (_A, _U, _S),
            MatterRight.SPLIT: (_A, _U, _S),
            MatterRight.EXPORT_LEDGER: (_U,),
        },
        Role.ASSIGNED_LEADER: {**_LEAD, MatterRight.EXPORT_LEDGER: (_U,)},
        Role.DISPATCHER: _LEAD,
        Role.STREET_LEADER: {
            **_LEAD,
            # Street leadership sees a dispute when it climbs to it, not before; what it does not
            # see it does not move either.
            MatterRight.SEE: (_A, _C, _U),
            MatterRight.SEE_REPORTER: (_A, _C),
            MatterRight.HAND_OVER: (_A, _C, _U),
            MatterRight.TRIAGE: (_A, _C, _U),
            MatterRight.RESORT: (_A, _C, _U),
            MatterRight.REASSIGN: (_A, _C, _U),
            MatterRight.RECALL: (_A, _C, _U),
            MatterRight.INSTRUCT: (_C, _U),
            MatterRight.EXPORT_LEDGER: (_U,),
        },
    },
)
