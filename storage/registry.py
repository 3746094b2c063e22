"""What the features of this layer declare, named in tuples that the program goes over.

Export, erasure, union and housekeeping go over the declarations of personal data, whoever ends a
post over what changes hands with it.
"""

from collections.abc import Mapping
from types import ModuleType

from storage import (
    access_log,
    attachments,
    bookings,
    chain,
    codes,
    device_codes,
    documents,
    drafts,
    gathered_reminders,
    inbox,
    organisation,
    outbox_housekeeping,
    people,
    plans,
    registers,
    relations,
    sessions,
    switches,
)
from storage.broadcasts import broadcasts, public_notices
from storage.digests import digests
from storage.hand_over import HandsOver
from storage.learning import corrections
from storage.matters import hand_over
from storage.matters import personal_data as matters
from storage.personal_data import PersonalData
from storage.posts import waiting_shifts
from storage.procedures import Procedure
from storage.services import appointments, procedure, stops
from storage.services import hand_over as orders
from storage.services import personal_data as services
from storage.subjects import SubjectKind
from storage.tickets import tickets
from storage.visits import hand_over as visits_hand_over
from storage.visits import personal_data as visits

#: How what somebody owes changes hands when a post ends, is lent or comes back.
HANDS_OVER: tuple[HandsOver, ...] = (
    hand_over.CASES,
    hand_over.HELP,
    orders.ORDERS,
    visits_hand_over.ENTRIES,
)

#: What hears of matters that were referred to it.
PROCEDURES: tuple[Procedure, ...] = (procedure.ORDERS_OF_CASES,)

#: Every module that declares what becomes of personal data.
DECLARING: tuple[ModuleType, ...] = (
    access_log,
    appointments,
    attachments,
    bookings,
    broadcasts,
    chain,
    codes,
    corrections,
    device_codes,
    digests,
    documents,
    drafts,
    gathered_reminders,
    inbox,
    matters,
    organisation,
    outbox_housekeeping,
    people,
    plans,
    public_notices,
    registers,
    relations,
    services,
    sessions,
    stops,
    switches,
    tickets,
    waiting_shifts,
    visits,
)
PERSONAL_DATA: tuple[PersonalData, ...] = tuple(module.PERSONAL_DATA for module in DECLARING)

#: Every kind of subject, by the word that stands in the tables.
SUBJECTS: Mapping[str, SubjectKind] = {
    kind.name: kind for part in PERSONAL_DATA for kind in part.subjects
}

#: Tables that name somebody and that no declaration has, each with the reason.
NOBODYS: Mapping[str, str] = {
    "erasures": "The note of an erasure: an id without a word, to erase again after a restore.",
    "pauses": "Holds back a chat that asked for patience, by the account's id alone, and ends.",
}
