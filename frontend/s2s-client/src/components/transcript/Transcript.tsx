import { ArrowDown } from "lucide-react";
import { memo, type RefObject, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { type AnswerLine, type Line, textOf } from "../../state/transcript";
import { TranscriptFollower } from "./follower";
import { ToolCard } from "./ToolCard";
import { type Sounding, useKaraoke } from "./useKaraoke";

interface Props {
  readonly lines: readonly Line[];
  /** The turn that sounds now, and a getter for how far it is. */
  readonly voice: number | null;
  readonly heard: Sounding["heard"];
  /** Another word sounds. */
  readonly onWord?: () => void;
  /** A question was pressed instead of spoken. */
  readonly onAsk: (question: string) => void;
  /** The scrolling list, for those who look something up in it. */
  readonly list: RefObject<HTMLDivElement | null>;
}

/** Also the local engine knows the answers. */
const QUESTIONS = ["What’s the weather in Paris?", "What time is it in Tokyo?", "What can you do?"] as const;

/** Both sides, live. Follows the spoken word and the newest line unless the reader has scrolled away. */
export function Transcript({ lines, voice, heard, onWord, onAsk, list }: Props) {
  const [follower] = useState(() => new TranscriptFollower());
  const following = useSyncExternalStore(follower.subscribe, follower.getSnapshot);
  const sounding = useMemo<Sounding>(() => ({
    heard,
    onWord: (line, word) => {
      follower.setSpoken(line, word);
      onWord?.();
    },
  }), [heard, follower, onWord]);
  useEffect(() => (list.current ? follower.attach(list.current) : undefined), [follower, list]);
  useEffect(() => { follower.settle(); }, [follower, lines]);
  const jump = () => {
    follower.jump();
    // The button goes away; the keyboard stands on what it led to.
    list.current?.focus({ preventScroll: true });
  };
  return (
    <div className="transcript-box">
      <div className="transcript" role="log" aria-label="Transcript" aria-live="polite" tabIndex={0} ref={list}>
        <div className="all-lines">
          {lines.length === 0 && (
            <div className="empty">
              <p>Say hello, or ask something:</p>
              {QUESTIONS.map((question) => (
                <button key={question} type="button" className="button question" onClick={() => { onAsk(question); }}>
                  “{question}”
                </button>
              ))}
            </div>
          )}
          {inGroups(lines).map((group, at) => (
            <Group key={at} lines={group} voice={voice} sounding={sounding} />
          ))}
        </div>
      </div>
      {!following && (
        <button type="button" className="button jump" onClick={jump}>
          <ArrowDown aria-hidden="true" />
          Jump to latest
        </button>
      )}
    </div>
  );
}

/** So many lines are left alone together while they are out of sight: two thousand turns stay smooth. */
const GROUP = 25;

function inGroups(lines: readonly Line[]): (readonly Line[])[] {
  return Array.from({ length: Math.ceil(lines.length / GROUP) }, (_, at) => lines.slice(GROUP * at, GROUP * (at + 1)));
}

interface GroupProps extends Pick<Props, "lines" | "voice"> {
  readonly sounding: Sounding;
}

const Group = memo(function Group({ lines, voice, sounding }: GroupProps) {
  return (
    <div className="lines">
      {lines.map((line, at) => (
        // Lines are only ever added at the end, so the place is the identity. What is still being said is not read
        // out; when it is settled it comes as a new element, and that is announced, once.
        <LineView key={isInterim(line) ? `${at} interim` : at} line={line} sounding={line.kind === "answer" && line.turn === voice ? sounding : null} />
      ))}
    </div>
  );
}, isSameGroup);

function isSameGroup(before: GroupProps, now: GroupProps): boolean {
  const sameLines = before.lines.length === now.lines.length && now.lines.every((line, at) => line === before.lines[at]);
  return sameLines && before.voice === now.voice && before.sounding === now.sounding;
}

interface LineProps<Of extends Line> {
  readonly line: Of;
  /** null unless this line's turn sounds. */
  readonly sounding: Sounding | null;
}

const LineView = memo(function LineView({ line, sounding }: LineProps<Line>) {
  switch (line.kind) {
    case "person":
      return (
        <p className="line person" data-interim={!line.final} aria-hidden={!line.final}>
          <span className="who">You</span>
          <span className="said" dir="auto">{line.text}</span>
        </p>
      );
    case "answer":
      return (
        <p className="line answer">
          <span className="who">AI</span>
          <Answer line={line} sounding={sounding} />
        </p>
      );
    case "tool":
      return <ToolCard line={line} />;
    case "notice":
      return (
        <p className="line notice" data-level={line.level}>
          {line.picture && <img className="shown" src={line.picture} alt="The picture you showed" />}
          {line.text} {line.hint}
        </p>
      );
  }
});

const isInterim = (line: Line): boolean => line.kind === "person" && !line.final;

/** What was cut off and never heard is greyed and struck, and said to be so. */
function Answer({ line, sounding }: LineProps<AnswerLine>) {
  const said = useRef<HTMLSpanElement>(null);
  const text = textOf(line);
  useKaraoke(said, line, line.heardChars === null ? sounding : null);
  const heardChars = line.heardChars ?? text.length;
  return (
    <span className="said" dir="auto" ref={said}>
      {heardChars >= text.length ? text : <Cut text={text} heardChars={heardChars} />}
    </span>
  );
}

function Cut({ text, heardChars }: { readonly text: string; readonly heardChars: number }) {
  return (
    <>
      {text.slice(0, heardChars)}
      <span className="visually-hidden"> (not heard:) </span>
      <s className="unheard" title="Interrupted. This part wasn’t played.">
        {text.slice(heardChars)}
      </s>
    </>
  );
}
