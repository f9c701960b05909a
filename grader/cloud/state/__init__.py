"""An account that outlives its process: what ``grader serve --state FILE`` keeps.

A new cloud is built as always, and then filled with what the old one held. So only contents are kept, never wiring:

fixtures (what every new cloud has) → snapshot (their contents, pickled; large ones by their digest)
→ state file (one SQLite database, one transaction a save) ← keeper (saves when something changed)

Pickle can name any class, and such a file is as trusted as a program of yours; the reader takes classes of moto, of the
pocket AWS and plain data only, and the file is readable by its owner only.
"""

from grader.cloud.state.file import StateFile
from grader.cloud.state.keeper import Keeper
from grader.cloud.state.snapshot import Snapshots

__all__ = ["Keeper", "Snapshots", "StateFile"]
