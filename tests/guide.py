"""An item of the guide with all that belongs to it, as an office would write it."""

from datetime import datetime
from typing import Any, Protocol

from domain.chain import Chain
from domain.organisation import Role
from domain.registers import Entry, EntryState, key_for, recorded
from domain.registry import REGISTERS
from storage.database import Database
from storage.registers import list_entries
from tests.domain.street import act
from tests.street import STREET


class Keeps(Protocol):
    """Whatever has tables and a moment."""

    database: Database

    @property
    def now(self) -> datetime: ...

    async def change(self, *objects: object) -> None: ...


HALL = {
    "name": "街道便民服务大厅",
    "address": "人民路1号",
    "hours": "工作日 9:00—17:00",
    "phone": "0371-000100",
}
ELDER_CARD = {
    "name": "老年人优待证办理",
    "also_called": "老年证、敬老卡",
    "conditions": "年满六十周岁，不限户籍",
    "needs_documents": "yes",
    "promised_limit": 3,
    "promised_limit_unit": "working_days",
    "case_kind": "promised",
    "has_fee": "no",
    "inquiry": "0371-000101",
    "hours": "工作日 9:00—17:00",
    "visits": 1,
    "presence": "核对本人：要当面看人证一致",
    "online": "no",
    "in_hall": "yes",
    "courier": "yes",
    "served": "年满六十周岁的老年人",
    "procedure": "申请、核对、发证",
    "legal_limit": 20,
    "legal_limit_unit": "working_days",
    "basis": "《河南省老年人权益保障条例》",
    "type": "公共服务",
    "result_type": "证照",
    "complaint": "12345",
    "special_procedure": "无",
    "body": "梧桐街道办事处",
    "body_code": "11410300MB00000000",
    "body_nature": "法定机关",
    "level": "街道",
    "power_source": "法定本级行使",
    "basic_code": "002012345000",
    "implementing_code": "11410300MB0000000000002012345000",
    "version": "2026.1",
}
IDENTITY = {
    "name": "本人居民身份证",
    "item": "elder_card",
    "needed": "yes",
    "kind": "原件",
    "form": "纸质或电子证照",
    "copies": 1,
    "issued_by": "公安机关",
    "document_basis": "《居民身份证法》第十四条",
    "standard": "在有效期内，人证一致",
    "how": "随身带着就行",
}
DESK = {"service": "老年人优待证办理", "hall": "hall", "where": "3号窗口"}
ASKED = {"question": "外地户口能办吗？", "item": "elder_card", "answer": "能，居住满一个月就行。"}


def entry(
    office: Keeps,
    which: str,
    register: str,
    fields: dict[str, Any],
    unit: str = STREET,
    state: EntryState = EntryState.PUBLISHED,
) -> Entry:
    return Entry(
        id=which,
        register=register,
        unit=unit,
        key=key_for(REGISTERS[register], fields),
        state=state,
        fields=fields,
        changed_by="leader",
        changed_at=office.now,
    )


async def with_guide(office: Keeps, unit: str = STREET, **changed: Any) -> None:
    """Publish one item, with its document, its question and where it is done."""
    await keep(
        office,
        entry(office, "hall", "services.halls", HALL),
        entry(office, "desk", "services.desks", DESK),
        entry(office, "elder_card", "services.items", {**ELDER_CARD, **changed}, unit),
        entry(office, "identity", "services.documents", IDENTITY),
        entry(office, "asked", "services.questions", ASKED),
    )


async def keep(office: Keeps, *entries: Entry) -> None:
    """Put entries into the tables, each with its file of events."""
    for one in entries:
        begun = recorded(
            Chain(file=one.subject),
            act("leader", Role.STREET_LEADER),
            "registers.added",
            None,
            one,
        )
        await office.change(one, begun)


async def kept(office: Keeps, register: str) -> list[Entry]:
    """Give a register's entries that have not ended."""
    async with office.database.read() as tx:
        return await list_entries(tx, register)
