"""What was reviewed and dismissed in each workspace folder, across restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from turnout.edits.findings import Finding
    from turnout.lsp.server import TurnoutServer
    from turnout.tasks.review_cache import ReviewCache

_ATTRIBUTE: Final = "_turnout_reviews"


def reviews_of(server: TurnoutServer, path: str | None) -> ReviewCache:
    """Return the cache of the folder that a file lies in."""
    from turnout.settings.paths import reviews_folder
    from turnout.tasks.review_cache import ReviewCache

    caches: dict[str, ReviewCache] = server.__dict__.setdefault(_ATTRIBUTE, {})
    workspace = server.app.session.workspace(path)
    if workspace not in caches:
        # The exclusion is made anew when settings change.
        caches[workspace] = ReviewCache(
            reviews_folder(),
            workspace,
            lambda uri: server.app.exclusion.check_uri(uri),  # noqa: PLW0108
        )
    return caches[workspace]


async def dismiss_for_good(server: TurnoutServer, path: Path | None, finding: Finding) -> None:
    """Never show this finding again in its workspace, and have the session know."""
    named = None if path is None else str(path)
    await reviews_of(server, named).dismissals.add(finding)
    if named is not None:
        server.app.session.dismissed(named, finding.message)
