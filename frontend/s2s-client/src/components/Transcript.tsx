import { memo, useEffect, useRef } from "react";
import { type AnswerLine, type Line, textOf } from "../session/transcript";
import { ToolCard } from "./ToolCard";

/** Both sides, live. Follows the newest line unless the reader has scrolled away. */
export function Transcript({ lines }: { readonly lines: readonly Line[] }) {
  const list = useFollowing(lines);
  return (
    <div className="transcript" role="log" aria-label="Transcript" aria-live="polite" tabIndex={0} ref={list}>
      {lines.length === 0 && (
        <div className="empty">
          <p>Say hello, or ask something:</p>
          <p>“What’s the weather in Paris?”</p>
          <p>“What time is it in Tokyo?”</p>
          <p>“What can you do?”</p>
        </div>
      )}
      {lines.map((line, at) => (
        // Lines are only ever added at the end, so the place is the identity.
        <LineView key={at} line={line} />
      ))}
    </div>
  );
}

const LineView = memo(function LineView({ line }: { readonly line: Line }) {
  switch (line.kind) {
    case "person":
      return (
        <p className="line person" data-interim={!line.final} aria-busy={!line.final}>
          <span className="who">You</span>
          <span className="said">{line.text}</span>
        </p>
      );
    case "answer":
      return (
        <p className="line answer">
          <span className="who">AI</span>
          <span className="said">
            <Answer line={line} />
          </span>
        </p>
      );
    case "tool":
      return <ToolCard line={line} />;
    case "notice":
      return (
        <p className="line notice" data-level={line.level}>
          {line.text} {line.hint}
        </p>
      );
  }
});

/** What was cut off and never heard is greyed and struck, and said to be so. */
function Answer({ line }: { readonly line: AnswerLine }) {
  const text = textOf(line);
  if (line.heardChars === null || line.heardChars >= text.length) return text;
  return (
    <>
      {text.slice(0, line.heardChars)}
      <span className="visually-hidden"> (not heard:) </span>
      <s className="unheard" title="Cut off: you did not hear these words">
        {text.slice(line.heardChars)}
      </s>
    </>
  );
}

const NEAR_END_PX = 48;

function useFollowing(lines: readonly Line[]) {
  const list = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const onScroll = () => {
      following.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      element.removeEventListener("scroll", onScroll);
    };
  }, []);
  useEffect(() => {
    if (following.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);
  return list;
}
