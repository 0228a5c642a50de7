import { Volume1, Volume2, VolumeX } from "lucide-react";

interface Props {
  readonly volume: number;
  readonly onChange: (volume: number) => void;
  /** Its name is seen, and not only told. */
  readonly labelled?: boolean;
}

/** The voice's loudness, 0 to 1. */
export function VolumeSlider({ volume, onChange, labelled = false }: Props) {
  const Icon = volume === 0 ? VolumeX : volume < 0.5 ? Volume1 : Volume2;
  const percent = Math.round(volume * 100);
  return (
    <label className="volume" data-labelled={labelled}>
      <span className={labelled ? "volume-name" : "visually-hidden"}>Volume</span>
      <Icon aria-hidden="true" />
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
