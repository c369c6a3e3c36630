"""Doorstep: what every agency knows about the risk, before anyone knocks."""

__version__ = "0.1.0"
