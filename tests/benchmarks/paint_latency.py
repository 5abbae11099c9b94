"""From hand to pixel: how long a brush stroke takes in bare napari, and in SegStudio's four panes while a model learns.

The time is that of the pane under the hand; the scan has 512×512×300 voxels. The bound: 95th percentile at most 1.3
times bare napari's, which shows a single pane.

    python tests/benchmarks/paint_latency.py [--rounds 6] [--moves 60] [--idle] [--json]
"""

from __future__ import annotations

from two_windows import arguments, measure, report

BOUND = 1.3

if __name__ == "__main__":
    asked = arguments(__doc__, "mouse moves")
    measured = measure("paint", asked.rounds, asked.moves, idle=asked.idle)
    report(measured, BOUND, idle=asked.idle, as_json=asked.json)
