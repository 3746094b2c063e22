"""What the features of this layer declare, named in tuples that the program goes over.

Export, erasure, union and housekeeping go over the declarations of personal data, whoever ends a
post over what changes hands with it.
"""

from collections.abc import Mapping
from types import ModuleType

from storage import (
    access_log,
    attachments,
    chain,
    codes,
    device_codes,
    drafts,
    gathered_reminders,
    inbox,
    organisation,
    outbox_housekeeping,
    people,
    plans,
    sessions,
    switches,
)
from storage.broadcasts import broadcasts, public_notices
from storage.digests import digests
from storage.hand_over import HandsOver
from storage.matters import hand_over
from storage.matters import personal_data as matters
from storage.personal_data import PersonalData
from storage.subjects import SubjectKind
from storage.tickets import tickets
from storage.visits import hand_over as visits_hand_over
from storage.visits import personal_data as visits

#: How what somebody owes changes hands when a post ends, is lent or comes back.
HANDS_OVER: tuple[HandsOver, ...] = (
    hand_over.CASES,
    hand_over.HELP,
    visits_hand_over.ENTRIES,
)

#: Every module that declares what becomes of personal data.
DECLARING: tuple[ModuleType, ...] = (
    access_log,
    attachments,
    broadcasts,
    chain,
    codes,
    device_codes,
    digests,
    drafts,
    gathered_reminders,
    inbox,
    matters,
    organisation,
    outbox_housekeeping,
    people,
    plans,
    public_notices,
    sessions,
    switches,
    tickets,
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
