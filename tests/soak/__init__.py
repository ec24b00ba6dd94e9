"""Thousands of announcements through a broker that keeps dying, and a verdict."""
