"""Memory of a process, as the kernel tells it."""

from pathlib import Path


def resident(pid: int) -> int:
    """What it has now, in bytes."""
    return _told(pid, "VmRSS:")


def peak(pid: int) -> int:
    """The most that it has had, in bytes."""
    return _told(pid, "VmHWM:")


def _told(pid: int, name: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition(name)[2].split()[0]) * 1024
