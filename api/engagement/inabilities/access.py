"""Inabilities are read by every agency involved: see `api.engagement.access`."""

from api.engagement.access import register_record
from api.engagement.inabilities.models import Inability

NAME = "inability"

register_record(NAME, "/v1/engagement-inabilities", Inability)
