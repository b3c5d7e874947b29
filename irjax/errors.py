"""The two ways in which a person's input can be wrong: what was handed in, or how it was asked for."""


class InputError(Exception):
    """A file, table or run that cannot be used; the message says which, where, what was expected and how to mend it."""


class UsageError(Exception):
    """A command or option that makes no sense as given; the message says what does."""
