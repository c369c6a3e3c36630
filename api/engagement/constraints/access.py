"""Constraints are read by every agency involved: see `api.engagement.access`."""

from api.engagement.access import register_record
from api.engagement.constraints.models import AssessmentConstraint

NAME = "assessment_constraint"

register_record(NAME, "/v1/assessment-constraints", AssessmentConstraint)
