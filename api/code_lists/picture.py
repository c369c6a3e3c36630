"""The list that the picture of hostility uses."""

from api.code_lists.codes import Code, CodeList

HOSTILITY_INDICATORS = CodeList(
    "hostility_indicator",
    "§4",
    "A risk that the procedure warns of, as a question to the agencies. Never a score.",
    (
        Code("no_contact", "Everyone backs off", "Nobody has had contact under a live alert."),
        Code("child_not_seen", "The child is not seen", "Under an alert in force."),
        Code("services_withheld", "Services are withheld", "The family may feel punished."),
        Code("one_agency_visits", "One agency carries all visits"),
        Code("one_agency_targeted", "One agency is the target"),
        Code("approved_of_agency", "An agency is approved of", "It may not see the risk."),
        Code("divergent_severities", "Agencies judge the danger differently"),
        Code("no_current_plan", "No current plan", "Nothing says how the work goes on."),
    ),
)

ALL = (HOSTILITY_INDICATORS,)
