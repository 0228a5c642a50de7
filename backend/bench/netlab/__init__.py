"""A network in a box: hosts in namespaces of this machine, joined by a seeded link that loses, delays and blocks.

`netem` is not in every kernel, so frames pass through this process instead. Needs Linux, root and `ip` (iproute2).
"""

from bench.netlab.impairments import CLEAN, Path, Policy
from bench.netlab.namespaces import Host, Lab, LabError, lab

__all__ = ["CLEAN", "Host", "Lab", "LabError", "Path", "Policy", "lab"]
