"""Observations are read by every agency involved: see `api.engagement.access`."""

from api.engagement.access import register_record
from api.engagement.observations.models import EngagementObservation

NAME = "engagement_observation"

register_record(NAME, "/v1/engagement-observations", EngagementObservation)
