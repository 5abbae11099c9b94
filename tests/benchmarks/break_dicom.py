"""5000 broken DICOM files: each has to be read, or refused with words; none may crash, hang or fill the memory.

Files come from a folder of real ones. They are read in a child process with a limit on its memory; a crash ends the
child, is counted, and the rest goes on in a new one.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import queue
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.imaging.dicom.broken import broken, outcome

LIMIT = 2 << 30
"""Bytes of address space that reading may take beyond what the libraries take."""

SLOW = 5.0


def samples(folder: Path, largest: int = 400_000) -> list[Path]:
    """One file of each folder that is not too large to be broken often, in order."""
    found: dict[Path, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size < largest and path.read_bytes()[128:132] == b"DICM":
            key = path if path.parent.name == "In" else path.parent
            found.setdefault(key, path)
    return list(found.values())


def work(folder: Path, first: int, count: int, told: multiprocessing.Queue[tuple[int, str, float]]) -> None:
    """Break and read the files from `first` on, and tell what became of each."""
    import gdcm  # noqa: F401
    import jpeg_ls  # noqa: F401
    import openjpeg.utils  # noqa: F401
    import PIL.Image  # noqa: F401
    import rle.utils  # noqa: F401

    sources = samples(folder)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + LIMIT, used + LIMIT))
    with tempfile.TemporaryDirectory() as name:
        for seed in range(first, count):
            source = sources[seed % len(sources)]
            here = Path(name) / str(seed)
            here.mkdir()
            path = here / "broken.dcm"
            path.write_bytes(broken(source.read_bytes(), seed))
            told.put((seed, "started", 0.0))
            start = time.perf_counter()
            try:
                result = outcome(path)
            except Exception as error:
                result = f"{type(error).__name__}: {error} ({source.relative_to(folder)})"
            told.put((seed, result, time.perf_counter() - start))
            path.unlink()
            here.rmdir()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="with real DICOM files")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    slowest, slow, bad, next_one = 0.0, 0, [], 0
    context = multiprocessing.get_context("spawn")
    while next_one < asked.files:
        told = context.Queue()
        child = context.Process(target=work, args=(asked.folder, next_one, asked.files, told))
        child.start()
        running = next_one
        while next_one < asked.files:
            try:
                seed, result, seconds = told.get(timeout=60)
            except queue.Empty:
                result, seconds = ("crashed" if not child.is_alive() else "hung"), 60.0
                bad.append(f"{running}: {result}")
                counts[result] += 1
                next_one = running + 1
                break
            if result == "started":
                running = seed
                continue
            counts[result if result in ("read", "refused") else "unforeseen"] += 1
            if result not in ("read", "refused"):
                bad.append(f"{seed}: {result}")
            slowest, slow, next_one = max(slowest, seconds), slow + (seconds > SLOW), seed + 1
        child.kill()
        child.join()
    print(f"{asked.files} broken files: {dict(counts)}; the slowest took {slowest:.2f} s, {slow} more than {SLOW:g} s")
    for each in bad[:20]:
        print(each)
    if asked.json:
        print(json.dumps({"files": asked.files, **counts, "slowest_seconds": slowest, "slow": slow, "bad": bad[:20]}))


if __name__ == "__main__":
    main()
