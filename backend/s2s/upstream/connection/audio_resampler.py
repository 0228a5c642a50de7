"""Resample model audio to 24 kHz mono, so that the core never sees another format.

Uses PyAV, which aiortc needs anyway. Its resampler keeps state between frames, so frame borders are inaudible; the few
milliseconds that it buffers are flushed when the answer ends.
"""

from fractions import Fraction

import av

from s2s.core.events import GenerationComplete, Interrupted, ModelAudio, TurnComplete, UnreadableMessage, UpstreamEvent
from s2s.upstream.codec.audio_format import NonstandardAudio
from s2s.wire import OUTPUT_RATE

_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


class AudioResampler:
    """Resamples the model audio of one upstream socket."""

    def __init__(self) -> None:
        self.converting = False
        """True while audio may be buffered: every event must then pass `resample`."""
        self._form = (OUTPUT_RATE, 1)
        self._resampler: av.AudioResampler | None = None
        self._pts = 0

    def resample(self, word: UpstreamEvent | NonstandardAudio) -> list[UpstreamEvent]:
        """Return the event for the core, preceded by buffered audio if it ends an answer."""
        if isinstance(word, NonstandardAudio):
            return self._voice(word)
        if isinstance(word, Interrupted):
            self._reset()
        elif self.converting and isinstance(word, ModelAudio | GenerationComplete | TurnComplete):
            return [*self._rest(), word]
        return [word]

    def _voice(self, voice: NonstandardAudio) -> list[UpstreamEvent]:
        form = voice.rate_hz, voice.channels
        before = self._rest() if self.converting and form != self._form else []
        try:
            pcm = self._resampled(voice)
        except (av.FFmpegError, ValueError) as fault:
            self._reset()
            kind = "voice that cannot be resampled"
            return [*before, UnreadableMessage(kind, f"{form[0]} Hz, {form[1]} channels: {fault}", voice_lost=True)]
        found = [
            UnreadableMessage("voice at another rate or of several channels", f"{form[0]} Hz, {form[1]}; resampled")
        ]
        return [*before, *([ModelAudio(pcm)] if pcm else []), *found]

    def _resampled(self, voice: NonstandardAudio) -> bytes:
        if self._resampler is None:
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=OUTPUT_RATE)
            self._form, self._pts = (voice.rate_hz, voice.channels), 0
            self.converting = True
        samples = len(voice.pcm) // (2 * voice.channels)
        frame = av.AudioFrame(format="s16", layout=_LAYOUTS[voice.channels], samples=samples)
        frame.planes[0].update(voice.pcm)
        frame.sample_rate, frame.pts, frame.time_base = voice.rate_hz, self._pts, Fraction(1, voice.rate_hz)
        self._pts += samples
        return _pcm(self._resampler.resample(frame))

    def _rest(self) -> list[UpstreamEvent]:
        pcm = _pcm(self._resampler.resample(None)) if self._resampler is not None else b""
        self._reset()
        return [ModelAudio(pcm)] if pcm else []

    def _reset(self) -> None:
        self._resampler, self.converting = None, False


def _pcm(frames: list[av.AudioFrame]) -> bytes:
    return b"".join(bytes(frame.planes[0])[: 2 * frame.samples] for frame in frames)
