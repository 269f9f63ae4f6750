"""The desk with Neovim, for all who need it."""

from support.neovim_desk import editing, project, provider

__all__ = ["editing", "project", "provider"]
