"""Announcements in JSON as every protocol has them: what is asked, and what is told of it."""
