"""The voice of the home: announcements spoken at once, on the hub itself."""

__version__ = "0.1.0"
