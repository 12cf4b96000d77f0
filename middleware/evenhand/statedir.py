"""Whether a folder can hold mapped counts and a database."""

import errno
import os
import re
import tempfile
from pathlib import Path

from evenhand.errors import EvenhandError

_MOUNTS = Path("/proc/mounts")

# Neither shared mappings nor SQLite's write-ahead log can be relied on there.
# fmt: off
_NETWORK = frozenset([
    "9p", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.davfs2",
    "fuse.gcsfuse", "fuse.glusterfs", "fuse.goofys", "fuse.mfs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4",
    "ocfs2", "smb3", "smbfs",
])
# fmt: on

_REASONS = {
    errno.ENOENT: "missing",
    errno.ENOTDIR: "not_a_folder",
    errno.EACCES: "not_writable",
    errno.EPERM: "not_writable",
    errno.EROFS: "not_writable",
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
}


class StateDirError(EvenhandError):
    """The state folder can't be used.

    Attributes: ``folder`` and ``reason`` (``missing``, ``not_a_folder``, ``not_writable``,
    ``full``, ``network_file_system``, ``database``, ``gone`` or ``unusable``).
    """

    def __init__(self, folder: Path, reason: str, detail: object) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(
            f"{folder} ({reason}: {detail}). Until this is put right and the app is restarted,"
            " counts are kept in memory only, by each worker for itself."
        )


def check_state_dir(folder: Path) -> None:
    """Raise `StateDirError` unless files can be made and written in `folder`."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0")
            probe.flush()
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, "unusable")
        raise StateDirError(folder, reason, error.strerror) from error
    file_system = file_system_at(folder)
    if file_system in _NETWORK:
        raise StateDirError(folder, "network_file_system", file_system)


def file_system_at(folder: Path) -> str | None:
    """The type of the file system that holds `folder` on this machine."""
    return file_system_of(folder.resolve(), _mounts())


def file_system_of(folder: Path, mounts: str) -> str | None:
    """The type of the file system that holds `folder`, by the kernel's table of mounts."""
    found, depth = None, -1
    for line in mounts.splitlines():
        _, point, file_system, *_ = line.split(" ")
        mounted = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point))
        # Of two mounts on one point, the later one hides the earlier.
        if len(mounted.parts) >= depth and folder.is_relative_to(mounted):
            found, depth = file_system, len(mounted.parts)
    return found


def _mounts() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def touch(path: Path, now: float) -> None:
    """Set the time of a marker file."""
    path.touch()
    os.utime(path, (now, now))
