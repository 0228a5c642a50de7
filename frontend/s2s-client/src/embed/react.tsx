/** The voice agent for React: a component, and a hook for custom screens. */
import { type ReactElement, type Ref, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { S2SVoiceAgentElement } from "./s2s-voice-agent";
import type { Labels } from "./labels";
import type { SessionEvents } from "./sessionEvents";
import { createSession, type SessionOptions, type SessionSettings, type SessionState, type TokenSource, type VoiceSession } from "./s2s-client";
import "./s2s-voice-agent";

export type { S2SVoiceAgentElement } from "./s2s-voice-agent";
export type { Labels } from "./labels";

type Handlers = {
  readonly [Name in keyof SessionEvents as `on${Capitalize<Name>}`]?: (detail: SessionEvents[Name]) => void;
};

export interface VoiceAgentProps extends Handlers {
  /** The gateway's address, such as "https://talk.example.org". */
  readonly gateway: string;
  readonly options?: Partial<SessionSettings>;
  /** A join token, or what fetches one; see `createSession`. */
  readonly token?: string;
  readonly getToken?: TokenSource;
  readonly labels?: Partial<Labels>;
  /**
   * Class of the element itself. Its content is a shadow root: page styles do not apply inside; set colours and fonts by
   * --s2s-* variables.
   */
  readonly className?: string;
  /** Shows both speakers' words below the visualizer; on by default. */
  readonly captions?: boolean;
  /** Gives access to start, stop, interrupt and more. */
  readonly ref?: Ref<S2SVoiceAgentElement>;
}

const NO_OPTIONS: Partial<SessionSettings> = {};
const NO_LABELS: Partial<Labels> = {};

/** A complete voice agent: visualizer, buttons, transcript. The conversation ends when the component unmounts. */
export function VoiceAgent(props: VoiceAgentProps): ReactElement {
  const { gateway, options = NO_OPTIONS, labels = NO_LABELS, token, getToken, className, captions = true, ref, ...handlers } = props;
  // React sets objects as properties of the element, strings as attributes, and listens by the names after "on".
  const listeners = Object.fromEntries(Object.entries(handlers).map(([name, listener]) => [eventOf(name), told(listener as Listener)]));
  return (
    <s2s-voice-agent
      ref={ref}
      gateway={gateway}
      settings={options}
      labels={labels}
      token={token}
      getToken={getToken}
      className={className}
      captions={captions ? undefined : "off"}
      {...listeners}
    />
  );
}

type Listener = (detail: unknown) => void;

const eventOf = (prop: string): string => `ons2s-${prop.slice(2).toLowerCase()}`;
const told = (listener: Listener | undefined) => listener && ((event: CustomEvent) => { listener(event.detail); });

/** Creates a session for a custom screen: its state, and the session to act on. It ends when the component unmounts. */
export function useVoiceSession(options: SessionOptions): { readonly state: SessionState; readonly session: VoiceSession } {
  const [session] = useState(() => createSession(options));
  const mounted = useRef(false);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
      // In development React unmounts and remounts every component once.
      queueMicrotask(() => {
        if (!mounted.current) session.end();
      });
    };
  }, [session]);
  return { state: useSyncExternalStore(session.subscribe, session.getSnapshot), session };
}

type ElementProps = Pick<VoiceAgentProps, "gateway" | "labels"> & {
  readonly token?: string | undefined;
  readonly getToken?: TokenSource | undefined;
  readonly ref?: Ref<S2SVoiceAgentElement> | undefined;
  readonly settings?: Partial<SessionSettings>;
  readonly className?: string | undefined;
  readonly captions?: "off" | undefined;
};

declare module "react" {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- React's own place for this
  namespace JSX {
    interface IntrinsicElements {
      "s2s-voice-agent": ElementProps;
    }
  }
}
