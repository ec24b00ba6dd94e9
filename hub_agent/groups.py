"""Error groups, as task groups raise them."""


def single_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error in a group of one, however deep it lies; else the group itself."""
    only: BaseException = group
    while isinstance(only, BaseExceptionGroup) and len(only.exceptions) == 1:
        only = only.exceptions[0]
    return only
