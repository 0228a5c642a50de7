"""The comparison for real, briefly: our gateway and the bare bridge, one talker each."""

import asyncio

from bench.harness.runner import measure
from experiments.compare.gateways import GATEWAYS

# Longer than the upstream's cycle of 4 s: a reply falls into every such window.
WINDOW_S = 5.2


async def test_both_gateways_of_this_repository_carry_a_talker_and_are_measured():
    async with asyncio.timeout(120):
        ours, bridge = await asyncio.gather(
            *(measure(GATEWAYS[name], 1, WINDOW_S, lambda what: None, settle_s=0.0) for name in ("s2s", "bridge"))
        )
    for found in (ours, bridge):
        assert found.uplink_ms is not None
        assert found.downlink_ms is not None
        assert found.turns >= 1
        assert found.lost_calls == 0
        assert found.cpu_ms_per_session_s > 0
        assert found.base_mb > 0
        assert found.first_audio_ms is not None
        assert found.up_kbit_s > 0
        assert not any("belong to no talker" in fault for fault in found.faults)
