"""The client of the platform: issue on behalf of users, and wait until a credential is on-chain."""

from ._clients import AsyncClient, Client
from ._http import Request, Response
from ._poll import HOSTED_SCHEDULE, LOCAL_SCHEDULE, PollSchedule

__all__ = [
    "HOSTED_SCHEDULE",
    "LOCAL_SCHEDULE",
    "AsyncClient",
    "Client",
    "PollSchedule",
    "Request",
    "Response",
]
