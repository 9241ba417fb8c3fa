"""Memory of this process, its C heap, and how close it is to the limit that ends it.

CPython has no `heap used of heap total`. What comes nearest, and is told here:

- `heap_reserved_bytes` and `heap_used_bytes` are the C allocator's (glibc `mallinfo2`): buffers, tables and objects
  above 512 bytes, and whatever extension modules allocate. The difference between them is memory that is free but
  not given back to the system.
- Smaller Python objects live in arenas of 1 MB that CPython maps by itself and does not report in bytes to programs;
  `allocated_blocks` counts them.
- `native_bytes` is what is resident outside the C heap: those arenas, code of libraries, stacks.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from paceline.observe import kernel_files, memory_limit

_NO_PROC = "needs the Linux /proc file system"

_OTHER_ALLOCATORS = {"mallctl": "jemalloc", "mi_version": "mimalloc", "tc_version": "tcmalloc"}
"""A symbol that only this allocator has; with it loaded, glibc's numbers describe a heap that nobody uses."""


@dataclass(frozen=True, slots=True)
class CHeap:
    """The C allocator's own books."""

    reserved_bytes: int
    """Arenas and large blocks taken from the system (`arena` + `hblkhd`)."""
    used_bytes: int
    """Of these, what is in use (`uordblks` + `hblkhd`)."""
    large_blocks_bytes: int
    """Blocks above the mmap threshold, each mapped alone and given back when freed (`hblkhd`)."""


HeapReader = Callable[[], CHeap]


@dataclass(frozen=True, slots=True)
class MemoryReading:
    """Memory at one moment; every `None` is explained in `unavailable`."""

    rss_bytes: int | None
    """Resident memory now."""
    peak_rss_bytes: int | None
    """Highest resident memory since the process began."""
    heap_reserved_bytes: int | None
    """What the C allocator holds from the system."""
    heap_used_bytes: int | None
    """What of it is in use."""
    large_blocks_bytes: int | None
    """What of it are blocks mapped one by one."""
    native_bytes: int | None
    """Resident outside the C heap: small Python objects, code of libraries, stacks."""
    allocated_blocks: int | None
    """Small Python objects alive, as a count (`sys.getallocatedblocks`)."""
    limit: memory_limit.MemoryLimit | None
    """The smallest limit that ends this process."""
    usage_bytes: int | None
    """What counts against that limit."""
    usage_ratio: float | None
    """Usage over limit, 0 to 1 (an over-committed group may be above)."""
    unavailable: tuple[tuple[str, str], ...] = ()
    """(field, reason) of everything that is `None`."""


def read(proc: Path = kernel_files.PROC, cgroup: Path = kernel_files.CGROUP) -> MemoryReading:
    """Read the memory of this process; never raises."""
    gaps = kernel_files.Gaps()
    status = kernel_files.fields(proc / "self" / "status")
    rss = gaps.check("rss_bytes", resident_bytes(proc), _NO_PROC)
    peak = gaps.check("peak_rss_bytes", _peak(status, rss), _NO_PROC)
    heap, why = _heap()
    reserved = gaps.check("heap_reserved_bytes", heap and heap.reserved_bytes, why)
    used = gaps.check("heap_used_bytes", heap and heap.used_bytes, why)
    large = gaps.check("large_blocks_bytes", heap and heap.large_blocks_bytes, why)
    native, why = _outside_heap(rss, reserved)
    gaps.check("native_bytes", native, why)
    blocks = gaps.check("allocated_blocks", _allocated_blocks(), "this interpreter does not count its blocks")
    limit = gaps.check("limit", memory_limit.smallest(status, proc=proc, cgroup=cgroup), _NO_PROC)
    usage = gaps.check("usage_bytes", limit and limit.used_bytes, "what counts against the limit is not readable here")
    ratio = None if limit is None or usage is None else usage / limit.bytes
    gaps.check("usage_ratio", ratio, "needs both a limit and what counts against it")
    return MemoryReading(
        rss_bytes=rss,
        peak_rss_bytes=peak,
        heap_reserved_bytes=reserved,
        heap_used_bytes=used,
        large_blocks_bytes=large,
        native_bytes=native,
        allocated_blocks=blocks,
        limit=limit,
        usage_bytes=usage,
        usage_ratio=ratio,
        unavailable=gaps.listed(),
    )


def resident_bytes(proc: Path = kernel_files.PROC) -> int | None:
    """Return resident memory alone: one small file, cheap enough to read around a single operation."""
    words = (kernel_files.text(proc / "self" / "statm") or "").split(None, 2)
    pages = kernel_files.integer(words[1]) if len(words) > 1 else None
    return None if pages is None else pages * os.sysconf("SC_PAGE_SIZE")


def heap_reader(library: object) -> HeapReader | str:
    """Return the reader of a C library's heap, or the reason why there is none.

    `mallinfo` of glibc before 2.33 is not used: its `int` fields overflow at 2 GB. Its successor walks the free blocks:
    1 us in a young process, 3 ms with 100 000 of them, without the interpreter lock; so not for every request.

    Args:
        library: the C library of this process (`ctypes.CDLL(None)`).
    """
    for symbol, name in _OTHER_ALLOCATORS.items():
        if hasattr(library, symbol):
            return f"memory comes from {name}, which glibc's books do not count"
    mallinfo2 = getattr(library, "mallinfo2", None)
    if mallinfo2 is None:
        return "needs mallinfo2 of glibc 2.33 or newer"
    # Imported here and not at start: ctypes costs more to import than the whole probe.
    import ctypes

    # Ten size_t in this order: arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost.
    mallinfo2.restype = type("Mallinfo2", (ctypes.Structure,), {"_fields_": [("counts", ctypes.c_size_t * 10)]})

    def read_heap() -> CHeap:
        counts = mallinfo2().counts
        large = int(counts[4])
        return CHeap(int(counts[0]) + large, int(counts[7]) + large, large)

    return read_heap


def _heap() -> tuple[CHeap | None, str]:
    reader = _reader_of_this_process()
    return (None, reader) if isinstance(reader, str) else (reader(), "")


@functools.cache
def _reader_of_this_process() -> HeapReader | str:
    try:
        import ctypes

        library = ctypes.CDLL(None)
    except (ImportError, OSError, TypeError):  # built without ctypes; no such handle (Windows)
        return "the C library cannot be asked"
    return heap_reader(library)


def _outside_heap(rss: int | None, reserved: int | None) -> tuple[int | None, str]:
    if rss is None or reserved is None:
        return None, "needs both resident memory and the size of the heap"
    if reserved > rss:
        return None, "part of the reserved heap is not resident, so the rest cannot be told apart"
    return rss - reserved, ""


def _allocated_blocks() -> int | None:
    count = getattr(sys, "getallocatedblocks", None)
    return None if count is None else int(count())


def _peak(status: dict[str, int], rss: int | None) -> int | None:
    """Return the highest resident memory; the kernel's mark is brought up to date lazily and may trail what is now."""
    peak = status.get("VmHWM") or _peak_by_usage()
    return None if peak is None else max(peak, rss or 0)


def _peak_by_usage() -> int | None:
    """Return the peak by getrusage, which counts bytes on macOS and kilobytes elsewhere."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (peak if sys.platform == "darwin" else peak * 1024) or None
