import { Volume1, Volume2, VolumeX } from "lucide-react";

/** The voice's loudness, 0 to 1. */
export function VolumeSlider({ volume, onChange }: { readonly volume: number; readonly onChange: (volume: number) => void }) {
  const Icon = volume === 0 ? VolumeX : volume < 0.5 ? Volume1 : Volume2;
  const percent = Math.round(volume * 100);
  return (
    <label className="volume">
      <Icon aria-hidden="true" />
      <span className="visually-hidden">Volume of the voice</span>
      <input
        type="range"
        name="volume"
        min={0}
        max={100}
        step={5}
        value={percent}
        aria-valuetext={`${percent} percent`}
        onChange={(event) => {
          onChange(Number(event.target.value) / 100);
        }}
      />
    </label>
  );
}
