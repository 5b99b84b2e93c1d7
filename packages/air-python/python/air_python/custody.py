"""Keys that t of n custodians share."""

from ._native import Group, Partial, Share, deal, generate

__all__ = ["Group", "Partial", "Share", "deal", "generate"]
