# What `voluptuous` is inside Home Assistant since 2026.9.
from probatio import *  # noqa: F403 - all of it
