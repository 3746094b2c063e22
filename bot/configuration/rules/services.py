"""The rules of services that are done for somebody."""

from datetime import timedelta

from bot.configuration.rules.kinds import Count, DatedTable, Days, Hours, RuleTables, Share
from domain.services.rules import AgencyRules, HomeRules, TaskRules
from domain.working_time import Allowance


class AgencyTable(DatedTable):
    """How long each stage of a full agency may take, in working hours."""

    authority_hours: Hours
    decide_hours: Hours
    acceptance_hours: Hours
    supplement_hours: Hours
    handling_hours: Hours
    suspension_hours: Hours
    delivery_hours: Hours
    filing_hours: Hours
    revisit_hours: Hours
    climb_hours: Hours
    soon_share: Share
    authority_days: Days
    verify_hours: Hours
    proxy_days: Days


class AgencyTables(RuleTables):
    """The rules of full agencies."""

    agency: AgencyTable

    def rules(self) -> AgencyRules:
        """Give how long each stage may take."""
        table = self.agency
        hours = {
            "authority": table.authority_hours,
            "decide": table.decide_hours,
            "acceptance": table.acceptance_hours,
            "supplement": table.supplement_hours,
            "handling": table.handling_hours,
            "suspension": table.suspension_hours,
            "delivery": table.delivery_hours,
            "filing": table.filing_hours,
            "revisit": table.revisit_hours,
        }
        return AgencyRules(
            spans={name: Allowance(hours=one) for name, one in hours.items()},
            authority_valid=timedelta(days=table.authority_days),
            proxy_valid=timedelta(days=table.proxy_days),
            verify=Allowance(hours=table.verify_hours),
            climb=Allowance(hours=table.climb_hours),
            soon_share=table.soon_share,
        )


class HomeTable(DatedTable):
    """How long each stage of a home visit may take, and when both sides are reminded."""

    acceptance_hours: Hours
    visit_hours: Hours
    suspension_hours: Hours
    revisit_hours: Hours
    climb_hours: Hours
    soon_share: Share
    first_hours: Hours
    last_hours: Hours
    tries: Count


class HomeTables(RuleTables):
    """The rules of home visits."""

    home: HomeTable

    def rules(self) -> HomeRules:
        """Give how long each stage may take."""
        table = self.home
        hours = {
            "acceptance": table.acceptance_hours,
            "visit": table.visit_hours,
            "suspension": table.suspension_hours,
            "revisit": table.revisit_hours,
        }
        return HomeRules(
            spans={name: Allowance(hours=one) for name, one in hours.items()},
            climb=Allowance(hours=table.climb_hours),
            soon_share=table.soon_share,
            first=timedelta(hours=table.first_hours),
            last=timedelta(hours=table.last_hours),
            tries=table.tries,
        )


class TasksTable(DatedTable):
    """How long each stage of paying on behalf, a repair or an errand may take, in working hours."""

    begin_hours: Hours
    doing_hours: Hours
    consent_hours: Hours
    settling_hours: Hours
    decide_hours: Hours
    climb_hours: Hours
    soon_share: Share
    most_yuan: Count


class TaskTables(RuleTables):
    """The rules of paying on behalf, repairs and errands."""

    tasks: TasksTable

    def rules(self) -> TaskRules:
        """Give how long each stage may take, and how high a cap may be."""
        table = self.tasks
        hours = {
            "begin": table.begin_hours,
            "doing": table.doing_hours,
            "consent": table.consent_hours,
            "settling": table.settling_hours,
            "decide": table.decide_hours,
        }
        return TaskRules(
            spans={name: Allowance(hours=one) for name, one in hours.items()},
            climb=Allowance(hours=table.climb_hours),
            soon_share=table.soon_share,
            most_yuan=table.most_yuan,
        )


RULES = (AgencyTables, HomeTables, TaskTables)
