"""Errors of the collector: what could not be read, where, and what to do about it.

CollectorError
    SourceError          a file or folder cannot be read at all
        NotASourceError      nothing in it is of a kind we know
        EmptySourceError     there is nothing in it
        DamagedSourceError   it begins well and then breaks off
        UnknownSourceError   the name forced upon it is no source
    DeliveryError        one delivery or line is broken; the others are not
        TooLongError         it is longer than what is read of its kind
    NetworksError        the file of network prefixes cannot be read
    UnstorableError      an entry is of a shape the stream cannot carry
    Refused              a request to the receiver is not accepted (collector.receiver.problem)
    StreamError          the stream cannot be opened, read or written now
    StreamAddressError   the address of a stream is not understood
    PollError            another system cannot be asked now, or refuses
        PostponedError       it says when to ask again
        AnsweredError        it answers that what was asked for is not to be had
    OvertakenError       another process polls the same and has come further
    CastError            too little is known of an organisation to play a drill with
"""

from __future__ import annotations


class CollectorError(Exception):
    """Something could not be collected; the message says what and what to do next."""


class SourceError(CollectorError):
    """A file or folder cannot be read at all."""


class NotASourceError(SourceError):
    """Nothing in it is of a kind we know."""


class EmptySourceError(SourceError):
    """There is nothing in it."""


class DamagedSourceError(SourceError):
    """It begins well and then breaks off: fetch or export it again."""


class UnknownSourceError(SourceError):
    """The name forced upon it is no source."""


class DeliveryError(CollectorError):
    """One delivery or line is broken; the others are not."""


class TooLongError(DeliveryError):
    """It is longer than what is read of its kind."""


class NetworksError(CollectorError):
    """The file of network prefixes cannot be read."""


class StreamError(CollectorError):
    """The stream cannot be opened, read or written now; what was not stored can be sent again."""


class StreamAddressError(CollectorError):
    """The address of a stream is not understood."""


class PollError(CollectorError):
    """Another system cannot be asked now, or refuses; what it holds can be asked for again."""


class PostponedError(PollError):
    """The other system, or our own allowance, says when to ask again."""

    def __init__(self, until: float, reason: str) -> None:
        """Tell the time, in seconds since 1970 UTC by our clock, and who said so."""
        super().__init__(reason)
        self.until = until


class AnsweredError(PollError):
    """The other system answers that what was asked for is not to be had."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class OvertakenError(CollectorError):
    """Another process polls the same and has come further."""


class CastError(CollectorError):
    """Too little is known of an organisation to play a drill with; let some days of events come in first."""


class UnstorableError(CollectorError):
    """An entry is of a shape the stream cannot carry."""
