"""Pickles in torch files, read as plain data: nothing in them is ever run."""
