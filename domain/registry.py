"""Every register that there is, by name: whoever lists, imports or exports one finds it here."""

from collections.abc import Mapping

from domain.registers import Register, RegisterBook
from domain.services.centres import CENTRES
from domain.services.guide import DOCUMENTS, GUIDE_BOOK, ITEMS, QUESTIONS
from domain.services.halls import COMMUNITIES, DESKS, HALLS
from domain.services.partners import PARTNERS
from domain.services.skills import SKILLS
from domain.services.stations import STATIONS, STOPS

#: In the order in which they are listed.
REGISTERS: Mapping[str, Register] = {
    one.name: one
    for one in (
        HALLS,
        DESKS,
        ITEMS,
        DOCUMENTS,
        QUESTIONS,
        COMMUNITIES,
        CENTRES,
        SKILLS,
        PARTNERS,
        STATIONS,
        STOPS,
    )
}
#: Those that are one Excel file together.
BOOKS: Mapping[str, RegisterBook] = {one.name: one for one in (GUIDE_BOOK,)}
