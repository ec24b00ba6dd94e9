"""What can be wrong with a pickle; whoever reads a file says it in words of their own."""


class PickleDamagedError(Exception):
    """It is cut off, changed, or was never what it says it is; the message says how."""


class PickleUnsafeError(Exception):
    """It asks for something to be run; the message names what."""
