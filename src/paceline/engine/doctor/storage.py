"""The store: where it is, whether it can be used, who writes to it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from paceline import errors
from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines
from paceline.telemetry import units
from paceline.telemetry.store import inspection, opening
from paceline.telemetry.store.sqlite_file import schema, sources

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.s3fs"}
)
"""File systems on which SQLite's WAL does not work over machines (sqlite.org/wal.html, "Overview", disadvantage 2)."""

SEEN_MS = 62_000
"""A process that wrote within this time runs, as in the store's status."""


def examine(found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Look at the store's file, from outside."""
    path = opening.place(found.configured.telemetry.store, found.configured.service)
    if path is None:
        said = "the store is in memory: each worker sees itself only, and a restart forgets"
        yield lines.Line(lines.PROBLEM, said, "set PACELINE_STORE=sqlite:////path/to/file.db, or XDG_STATE_HOME")
        return
    kind = file_system(path)
    if kind in NETWORK:
        said = f"the store is on a network file system ({kind}), where it can be damaged"
        yield lines.Line(lines.WARNING, said, "put it on a local disk with PACELINE_STORE", {"file_system": kind})
    used = sources.in_use(path)
    if used != path and path.exists():
        said = f"{path} was found damaged and is left as it is; workers use {used.name} beside it"
        yield lines.Line(lines.PROBLEM, said, "move or delete it", {"damaged": str(path), "used": str(used)})
    path = used
    if path.is_file():
        yield from _existing(path, found)
    else:
        yield _future(path, found.configured.service)


def file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """Return the type of the file system that a path lies on, None where that is not to be had."""
    try:
        rows = [line.split() for line in mounts.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        return None
    folders = {str(path), *map(str, path.parents)}
    matching = [(row[1], row[2]) for row in rows if len(row) > 2 and row[1] in folders]
    return max(matching, key=lambda row: len(row[0]))[1] if matching else None


def _future(path: Path, service: str) -> lines.Line:
    folder = next(parent for parent in path.parents if parent.exists())
    facts: dict[str, object] = {"path": str(path), "exists": False}
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return lines.Line(
            lines.PROBLEM,
            f"{path} cannot be made: {folder} is no folder that this user can write to",
            "make it writable, or set PACELINE_STORE=sqlite:////path/to/file.db",
            facts,
        )
    fix = "start the service; one under another name is found with --service"
    return lines.Line(lines.OK, f"service {service!r} has no store yet; it will be {path}", fix, facts)


def _existing(path: Path, found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    yield _access(path)
    yield _size(path, found.configured.telemetry.max_store_bytes)
    try:
        facts = inspection.inspect(path)
    except errors.StoreError as problem:
        yield lines.Line(lines.PROBLEM, str(problem), "give it back to its user, or move it away: a new one is begun")
        return
    if not facts.is_store:
        said = f"{path} belongs to another program; a new file is begun beside it"
        yield lines.Line(lines.PROBLEM, said, "give PACELINE_STORE a file of its own")
    elif facts.major != schema.MAJOR:
        said = f"the file has schema {facts.major}, this paceline has {schema.MAJOR}; a new file is begun beside it"
        yield lines.Line(lines.WARNING, said, "use one version of paceline for all workers of a service")
    else:
        yield lines.Line(lines.OK, f"schema {facts.major}.{facts.minor}", None, {"schema": facts.major})
        yield _writers(facts, found.clock.now_ms())


def _access(path: Path) -> lines.Line:
    state = path.stat()
    mode = stat.S_IMODE(state.st_mode)
    facts: dict[str, object] = {"path": str(path), "exists": True, "mode": f"{mode:04o}"}
    if not os.access(path, os.R_OK | os.W_OK):
        fix = "run as the user of the service, or give the file back to that user"
        return lines.Line(lines.PROBLEM, f"{path} is not readable and writable by this user", fix, facts)
    if mode & 0o077:
        said = f"{path} can be read by other users (mode {mode:04o})"
        return lines.Line(lines.WARNING, said, f"chmod 600 {path}", facts)
    return lines.Line(lines.OK, f"{path}, mode {mode:04o}", None, facts)


def _size(path: Path, bound_bytes: int) -> lines.Line:
    parts = (path, path.with_name(path.name + "-wal"))
    size = sum(part.stat().st_size for part in parts if part.exists())
    free = shutil.disk_usage(path.parent).free
    facts: dict[str, object] = {"size_bytes": size, "bound_bytes": bound_bytes, "disk_free_bytes": free}
    said = (
        f"{units.formatted_bytes(size)} of at most {units.formatted_bytes(bound_bytes)}, "
        f"{units.formatted_bytes(free)} free on the disk"
    )
    if free < max(bound_bytes - size, 0):
        return lines.Line(lines.WARNING, said, "free some space, or lower max_store_bytes", facts)
    return lines.Line(lines.OK, said, None, facts)


def _writers(seen: inspection.FileFacts, now_ms: int) -> lines.Line:
    running = [writer.name for writer in seen.writers if 0 <= now_ms - writer.last_ms <= SEEN_MS]
    holder = seen.lease_holder if seen.lease_expires_ms > now_ms else None
    facts: Mapping[str, object] = {"running": running, "seen": len(seen.writers), "lease_holder": holder}
    if not running:
        last = max((writer.last_ms for writer in seen.writers), default=None)
        ago = f"the last wrote {units.formatted_ms(now_ms - last)} ago" if last is not None else "none ever has"
        return lines.Line(lines.OK, f"no worker has written in the last minute; {ago}", None, facts)
    shown = ", ".join(running[:8]) + (", ..." if len(running) > 8 else "")
    duties = f"duties are done by {holder}" if holder else "nobody does the duties at this moment"
    return lines.Line(lines.OK, f"{len(running)} running: {shown}; {duties}", None, facts)
