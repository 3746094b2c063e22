"""Partner organisations (合作机构): who helps with which services, and whom to call there.

Source: requirement S-10, of which this is the register; what a partner may see of a task is the
affair of accounts of their own. Their contact is a person's: the entries are sealed in the tables.
"""

from domain.messages import text
from domain.registers import Field, FieldKind, FieldOption, Register

PARTNERS_NAME = "services.partners"

PARTNERS = Register(
    name=PARTNERS_NAME,
    label="partners.register",
    one="partners.one",
    sealed=True,
    fields=(
        Field(name="name", label="partners.name", ask="partners.ask_name", required=True),
        Field(
            name="sort",
            label="partners.sort",
            ask="partners.ask_sort",
            kind=FieldKind.CHOICE,
            options=(
                FieldOption(
                    "association", text("partners.sort_association"), ("社会组织", "协会", "促进会")
                ),
                FieldOption("company", text("partners.sort_company"), ("企业", "公司", "商户")),
                FieldOption(
                    "public", text("partners.sort_public"), ("机关事业单位", "单位", "学校", "医院")
                ),
                FieldOption(
                    "volunteers", text("partners.sort_volunteers"), ("志愿服务队", "志愿者")
                ),
            ),
            required=True,
            listed=True,
        ),
        Field(
            name="services",
            label="partners.services",
            ask="partners.ask_services",
            kind=FieldKind.TEXT,
            required=True,
        ),
        Field(name="contact", label="partners.contact", ask="partners.ask_contact", required=True),
        Field(
            name="phone",
            label="partners.phone",
            ask="partners.ask_phone",
            kind=FieldKind.PHONE,
            required=True,
        ),
        Field(
            name="credit_code",
            label="partners.credit_code",
            ask="partners.ask_credit_code",
            asked=False,
        ),
        Field(
            name="note",
            label="partners.note",
            ask="partners.ask_note",
            kind=FieldKind.TEXT,
            asked=False,
        ),
    ),
)
