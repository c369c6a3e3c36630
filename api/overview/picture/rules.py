"""Pure rules over the facts of one family, as one agency may read them.

Each indicator is one of the risks that the procedure names (§4), says why it holds in words made
of codes, dates and counts, and names its evidence. Agencies are named by id; words about them are
for whoever shows it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from api.overview.picture.facts import Alert, Contact, Facts, Incident

WINDOW_MONTHS = 12  # how far back the picture looks
RECENT_DAYS = 90  # how far back visits and contacts are compared
CALM_DAYS = 60  # a longer time without an incident is a calm
ENOUGH_VISITS = 3  # fewer carry no pattern
ENOUGH_CONTACTS = 2
KEEPING_AWAY = frozenset(
    {"no_home_visits", "office_or_neutral_venue_only", "remote_contact_agreed"}
)


class Pattern(StrEnum):
    """Whom hostility meets: nobody on record, most of the agencies, or some of them."""

    NONE = "none"
    UNIVERSAL = "universal"
    SELECTIVE = "selective"


class Code(StrEnum):
    NO_CONTACT = "no_contact"
    CHILD_NOT_SEEN = "child_not_seen"
    SERVICES_WITHHELD = "services_withheld"
    ONE_AGENCY_VISITS = "one_agency_visits"
    ONE_AGENCY_TARGETED = "one_agency_targeted"
    APPROVED_OF_AGENCY = "approved_of_agency"
    DIVERGENT_SEVERITIES = "divergent_severities"
    NO_CURRENT_PLAN = "no_current_plan"


@dataclass(frozen=True)
class Limits:
    """After how many days without one a contact, or a sight of the child, is missed."""

    no_contact_days: int
    child_not_seen_days: int


@dataclass(frozen=True)
class Evidence:
    type: str
    id: UUID


@dataclass(frozen=True)
class Indicator:
    code: Code
    why: str
    evidence: tuple[Evidence, ...] = ()
    agencies: frozenset[UUID] = field(default_factory=frozenset)


def met_by(facts: Facts) -> Counter[UUID]:
    """How many incidents each agency that is involved has met."""
    met: Counter[UUID] = Counter()
    for incident in facts.incidents:
        met.update(incident.targets & facts.involved)
    return met


def pattern(facts: Facts) -> Pattern:
    """Universal is hostility towards most of the agencies involved; one alone is never most."""
    met = len(met_by(facts))
    if not met:
        return Pattern.NONE
    universal = met > 1 and met * 2 > len(facts.involved)
    return Pattern.UNIVERSAL if universal else Pattern.SELECTIVE


def is_intermittent(facts: Facts) -> bool:
    """Whether hostility came back after a calm."""
    days = sorted({each.day for each in facts.incidents})
    return any((later - day).days > CALM_DAYS for day, later in pairwise(days))


def by_month(facts: Facts) -> dict[str, int]:
    """How many incidents there were in each month that had one, the first first."""
    counted = Counter(f"{each.day:%Y-%m}" for each in facts.incidents)
    return dict(sorted(counted.items()))


def _of(type: str, items: Iterable[Incident | Alert | Contact]) -> tuple[Evidence, ...]:  # noqa: A002 (it is the field's name)
    return tuple(Evidence(type, each.id) for each in items)


def _danger_since(facts: Facts) -> date | None:
    """Since when an alert is in force, if one is."""
    return min((each.since for each in facts.alerts), default=None)


def _missed(facts: Facts, contacts: Collection[Contact], days: int, what: str) -> str | None:
    """Why the last of these contacts is too long ago under an alert in force, or None."""
    since = _danger_since(facts)
    if since is None:
        return None
    last = max((each.day for each in contacts), default=None)
    counted_from = since if last is None else max(since, last)
    if (facts.today - counted_from).days < days:
        return None
    on_record = f"The last on record was on {last.isoformat()}." if last else "None is on record."
    return f"An alert is in force, and {what} for {days} days or more. {on_record}"


def _no_contact(facts: Facts, limits: Limits) -> Indicator | None:
    made = [each for each in facts.contacts if each.took_place]
    why = _missed(facts, made, limits.no_contact_days, "no agency has recorded a contact")
    if why is None:
        return None
    return Indicator(Code.NO_CONTACT, why, _of("alert", facts.alerts), facts.involved)


def _child_not_seen(facts: Facts, limits: Limits) -> Indicator | None:
    seen = [each for each in facts.contacts if each.child_seen]
    why = _missed(facts, seen, limits.child_not_seen_days, "nobody has recorded seeing a child")
    if why is None:
        return None
    return Indicator(Code.CHILD_NOT_SEEN, why, _of("alert", facts.alerts), facts.involved)


def _services_withheld(facts: Facts, _limits: Limits) -> Indicator | None:
    cautious = [each for each in facts.alerts if each.precautions & KEEPING_AWAY]
    withheld = tuple(Evidence(each.type, each.id) for each in facts.withheld)
    if not withheld and not cautious:
        return None
    why = (
        f"{len(withheld)} agreements or agencies, and the precautions of {len(cautious)} alerts, "
        "keep practitioners from the home or from the family."
    )
    agencies = {each.agency_id for each in facts.withheld} | {each.agency_id for each in cautious}
    evidence = withheld + _of("alert", cautious)
    return Indicator(Code.SERVICES_WITHHELD, why, evidence, frozenset(agencies))


def _one_agency_visits(facts: Facts, _limits: Limits) -> Indicator | None:
    visits = [each for each in _recent(facts) if each.at_home and each.took_place]
    agencies = frozenset(each.agency_id for each in visits)
    if len(visits) < ENOUGH_VISITS or len(agencies) > 1 or len(facts.involved) < 2:
        return None
    why = (
        f"All {len(visits)} visits at home on record in the last {RECENT_DAYS} days were made by "
        f"one agency, of {len(facts.involved)} that are involved."
    )
    return Indicator(Code.ONE_AGENCY_VISITS, why, _of("engagement_observation", visits), agencies)


def _one_agency_targeted(facts: Facts, _limits: Limits) -> Indicator | None:
    met = met_by(facts)
    if len(met) != 1 or met.total() < 2 or len(facts.involved) < 2:
        return None
    [agency] = met
    aimed = [each for each in facts.incidents if agency in each.targets]
    why = (
        f"All {len(aimed)} incidents met one agency, of {len(facts.involved)} that are involved. "
        "Ask why, and learn from each other."
    )
    return Indicator(Code.ONE_AGENCY_TARGETED, why, _of("incident", aimed), frozenset({agency}))


def _approved_of_agency(facts: Facts, _limits: Limits) -> Indicator | None:
    met, recent = met_by(facts), _recent(facts)
    cooperative = {
        agency
        for agency in facts.involved - set(met)
        if len(mine := [each for each in recent if each.agency_id == agency]) >= ENOUGH_CONTACTS
        and all(each.cooperative for each in mine)
    }
    if not met or not cooperative:
        return None
    why = (
        f"{len(met)} agencies have met hostility, and {len(cooperative)} have recorded nothing "
        f"but co-operation in the last {RECENT_DAYS} days: an ally may not see the risk."
    )
    seen = [each for each in recent if each.agency_id in cooperative]
    evidence = _of("incident", facts.incidents) + _of("engagement_observation", seen)
    return Indicator(Code.APPROVED_OF_AGENCY, why, evidence, frozenset(cooperative))


def _divergent_severities(facts: Facts, _limits: Limits) -> Indicator | None:
    by_subject: dict[str, list[Alert]] = {}
    for each in facts.alerts:
        by_subject.setdefault(each.subject, []).append(each)
    divergent = [
        each
        for alerts in by_subject.values()
        if len({one.severity for one in alerts}) > 1 and len({one.agency_id for one in alerts}) > 1
        for each in alerts
    ]
    if not divergent:
        return None
    why = "Agencies judge the same person, animal or place differently: compare what each knows."
    agencies = frozenset(each.agency_id for each in divergent)
    return Indicator(Code.DIVERGENT_SEVERITIES, why, _of("alert", divergent), agencies)


def _no_current_plan(facts: Facts, _limits: Limits) -> Indicator | None:
    if facts.plans or not (facts.alerts or facts.incidents):
        return None
    why = (
        f"{len(facts.alerts)} alerts are in force and {len(facts.incidents)} incidents on record, "
        "and neither a written agreement, nor a risk reduction plan, nor a manager's decision on "
        "how the work goes on."
    )
    evidence = _of("alert", facts.alerts) + _of("incident", facts.incidents)
    return Indicator(Code.NO_CURRENT_PLAN, why, evidence, facts.involved)


def _recent(facts: Facts) -> list[Contact]:
    since = facts.today - timedelta(days=RECENT_DAYS)
    return [each for each in facts.contacts if each.day >= since]


Rule = Callable[[Facts, Limits], Indicator | None]

# In the procedure's own order: the risks of universal hostility, then those of splitting.
RULES: tuple[Rule, ...] = (
    _no_contact, _child_not_seen, _services_withheld, _one_agency_visits, _one_agency_targeted,
    _approved_of_agency, _divergent_severities, _no_current_plan,
)  # fmt: skip


def indicators(facts: Facts, limits: Limits) -> list[Indicator]:
    """Those that hold, each with why."""
    return [found for rule in RULES if (found := rule(facts, limits)) is not None]
