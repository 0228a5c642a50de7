import { Maximize2, Pause, Play, ZoomIn, ZoomOut } from "lucide-react";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { HOW_TO_KEEP_SOUND } from "../../../components/primitives/KeepSoundSwitch";
import type { Item, RecordedCall } from "../callRecord";
import { clock, isCut, sentence } from "../textExport";
import { TimelineCanvas } from "./timelineCanvas";
import { Player } from "./player";

/** A call as one line: seen, heard, and read below. */
export function Timeline({ call }: { readonly call: RecordedCall }) {
  const { record, sound } = call;
  const box = useRef<HTMLDivElement>(null);
  const slider = useRef<HTMLInputElement>(null);
  const time = useRef<HTMLSpanElement>(null);
  const [playing, setPlaying] = useState(false);
  const [current, setCurrent] = useState(-1);
  const line = useLine(call, box, setPlaying, (positionMs) => {
    const words = `${clock(positionMs)} of ${clock(record.durationMs)}`;
    if (time.current && time.current.textContent !== words) time.current.textContent = words;
    if (slider.current) {
      slider.current.value = String(positionMs);
      slider.current.setAttribute("aria-valuetext", words);
    }
    setCurrent(record.items.findLastIndex((item) => item.atMs <= positionMs + 1));
  });
  return (
    <div className="timeline">
      <div className="timeline-controls">
        <button type="button" className="button primary" disabled={!sound} onClick={() => { line.current?.toggle(); }}>
          {playing ? <Pause aria-hidden="true" /> : <Play aria-hidden="true" />}
          {playing ? "Pause" : "Play"}
        </button>
        <span className="timeline-time" ref={time} />
        <span className="timeline-zoom" role="group" aria-label="Zoom">
          <button type="button" className="button icon" aria-label="Zoom out" onClick={() => { line.current?.zoom(0.5); }}>
            <ZoomOut aria-hidden="true" />
          </button>
          <button type="button" className="button icon" aria-label="Zoom in" onClick={() => { line.current?.zoom(2); }}>
            <ZoomIn aria-hidden="true" />
          </button>
          <button type="button" className="button icon" aria-label="Fit to window" onClick={() => { line.current?.fit(); }}>
            <Maximize2 aria-hidden="true" />
          </button>
        </span>
      </div>
      <div className="timeline-line" ref={box} />
      <input
        type="range"
        className="timeline-position"
        aria-label="Position"
        min={0}
        max={Math.max(1, record.durationMs)}
        step={1}
        defaultValue={0}
        ref={slider}
        onChange={(event) => { line.current?.seek(Number(event.target.value)); }}
        onKeyDown={(event) => {
          if (line.current?.key(event.key, event.shiftKey)) event.preventDefault();
        }}
      />
      <Legend hasSound={sound !== null} />
      <Moments items={record.items} current={current} onOpen={(atMs) => { line.current?.seek(atMs); }} />
    </div>
  );
}

/** The canvas and the player live outside React; they tell where the call is. */
function useLine(call: RecordedCall, box: React.RefObject<HTMLElement | null>, onPlaying: (playing: boolean) => void, onPosition: (ms: number) => void) {
  const line = useRef<TimelineCanvas | null>(null);
  const tell = useRef(onPosition);
  useEffect(() => {
    tell.current = onPosition;
  });
  useEffect(() => {
    if (!box.current) return;
    const { record, sound } = call;
    const player = sound && new Player(sound, record.durationMs, (playing) => {
      onPlaying(playing);
      canvas.onPlaying(playing);
    });
    const canvas = new TimelineCanvas(box.current, call, player, (ms) => { tell.current(ms); });
    line.current = canvas;
    return () => {
      canvas.close();
      player?.close();
    };
  }, [box, call, onPlaying]);
  return line;
}

function Legend({ hasSound }: { readonly hasSound: boolean }) {
  return (
    <p className="hint">
      {hasSound
        ? "Top to bottom: you, AI, transcript, tools. ✕ interrupted · thin bar: response time · dashed: connection, mic or notice. Arrow keys move by a second, + and − zoom."
        : `This conversation has no audio. ${HOW_TO_KEEP_SOUND} Arrow keys move by a second, + and − zoom.`}
    </p>
  );
}

interface MomentsProps {
  readonly items: readonly Item[];
  readonly current: number;
  readonly onOpen: (atMs: number) => void;
}

/** The same to read; each moment leads to its place. */
function Moments({ items, current, onOpen }: MomentsProps) {
  const open = useRef(onOpen);
  useEffect(() => {
    open.current = onOpen;
  });
  const stable = useMemo(() => (atMs: number) => { open.current(atMs); }, []);
  return (
    <ol className="moments" aria-label="What happened">
      {items.map((item, at) => (
        <Moment key={at} item={item} isNow={at === current} onOpen={stable} />
      ))}
    </ol>
  );
}

const WHO: Readonly<Record<Item["kind"], string>> = {
  person: "You",
  answer: "AI",
  tool: "Tool",
  notice: "Notice",
  interruption: "Interrupted",
  latency: "Response",
  connection: "Network",
  upstream: "AI",
  microphone: "Mic",
};

const Moment = memo(function Moment({ item, isNow, onOpen }: { readonly item: Item; readonly isNow: boolean; readonly onOpen: (atMs: number) => void }) {
  return (
    <li>
      <button type="button" className="moment" data-kind={item.kind} aria-current={isNow ? "step" : undefined} onClick={() => { onOpen(item.atMs); }}>
        <span className="moment-time">{clock(item.atMs)}</span>
        <span className="moment-who">{WHO[item.kind]}</span>
        <span className="moment-words">{item.kind === "answer" && isCut(item) ? <CutWords text={item.text} heardChars={item.heardChars} /> : sentence(item)}</span>
      </button>
    </li>
  );
});

function CutWords({ text, heardChars }: { readonly text: string; readonly heardChars: number }) {
  return (
    <>
      {text.slice(0, heardChars)}
      <span className="visually-hidden"> (not heard:) </span>
      <s className="unheard">{text.slice(heardChars)}</s>
    </>
  );
}
