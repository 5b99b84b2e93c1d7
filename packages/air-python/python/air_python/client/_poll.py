"""When to ask whether a credential is on-chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SHORTEST = 0.01
"""The minimum wait of any schedule in seconds."""


@dataclass(frozen=True)
class PollSchedule:
    """The waits between requests, in seconds. Each is twice as long as the one before."""

    first: float
    longest: float
    deadline: float
    """When polling stops. A last request is sent then."""

    def waits(self) -> Iterator[float]:
        """Return the waits, without end."""
        longest = max(self.longest, _SHORTEST)
        wait = min(max(self.first, _SHORTEST), longest)
        while True:
            yield wait
            wait = min(2 * wait, longest)


HOSTED_SCHEDULE = PollSchedule(first=1, longest=30, deadline=600)
"""The documented schedule: at once, after 1 s, then doubled up to 30 s, for 10 minutes."""
LOCAL_SCHEDULE = PollSchedule(first=0.05, longest=1, deadline=30)
"""A schedule for a platform on this machine, which anchors quickly."""
