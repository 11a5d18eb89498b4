"""Errors a person can act on.

A `UserError` is printed as one message without a traceback; its class decides the exit code, so that an operator
learns the kind of trouble without reading a log.  Messages name the file, the place, what was expected, what was found
and what to do; they never hold a person's value.  A `Fault` is a defect of ours, not of the data.
"""

from typing import ClassVar


class UserError(Exception):
    """Something outside the program is wrong and a person can mend it."""

    exit_code: ClassVar[int] = 2

    def __init__(self, *, file: object, place: str = "", expected: str, found: str, do: str) -> None:
        self.file, self.place, self.expected, self.found, self.do = str(file), place, expected, found, do
        where = f"{file}：{place}" if place else str(file)
        super().__init__(f"{where}\n  应为：{expected}\n  实际：{found}\n  处理：{do}")


class CatalogueError(UserError):
    """A contract, rule or reference file is wrong (exit 10)."""

    exit_code = 10


class HomeError(UserError):
    """The home folder cannot be used: missing, not writable, broken office.yaml (exit 11)."""

    exit_code = 11


class InboxError(UserError):
    """There is no inbox, or nothing was ever received (exit 12)."""

    exit_code = 12


class RosterError(UserError):
    """No usable roster of residents, so nobody can be matched: the night stops (exit 13)."""

    exit_code = 13


class NightRunning(UserError):
    """Another night holds the home folder (exit 14)."""

    exit_code = 14


class UnknownId(UserError):
    """A warning, rule or night that does not exist was asked for (exit 15)."""

    exit_code = 15


class FetchFailed(UserError):
    """A department's database was asked by hand and did not answer (exit 16); a night goes on without it."""

    exit_code = 16


class Fault(Exception):
    """A defect of ours: the night fails, nothing is published, the data are not blamed (exit 70)."""

    exit_code: ClassVar[int] = 70


class AccountingFault(Fault):
    """Rows in and the sum of the bins differ: the night fails (exit 71)."""

    exit_code = 71
