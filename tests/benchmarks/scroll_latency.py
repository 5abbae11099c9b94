"""From wheel to slice: how long the next slice takes in bare napari, and in SegStudio's panes while a model learns.

The time is that of the pane under the hand; the scan has 512×512×300 voxels. The bound: 95th percentile at most 1.5
times bare napari's, which shows a single pane.

    python tests/benchmarks/scroll_latency.py [--rounds 6] [--moves 60] [--idle] [--json]
"""

from __future__ import annotations

from two_windows import arguments, measure, report

BOUND = 1.5

if __name__ == "__main__":
    asked = arguments(__doc__, "notches of the wheel")
    measured = measure("scroll", asked.rounds, asked.moves, idle=asked.idle)
    report(measured, BOUND, idle=asked.idle, as_json=asked.json)
