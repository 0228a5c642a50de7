"""The core of one call: pure state machines, without I/O, clock or logging.

Theory of operation
===================

Events in, effects out. `SessionCore.handle(event, now)` takes one event (`events.py`) from the browser, from upstream
or from a tool, and returns effects (`effects.py`), which the shell (`s2s.session`) carries out in order. `deadline`
is when the core wants to be called again with DeadlineReached if nothing happens before. Apart from `open` and
`close` there is no other way in: so a call can be recorded and replayed byte for byte (`s2s.recording`), and random
stories can hold it against laws (`tests/core`).

Three machines look at each event, always in this order:

1. `UpstreamLink` (link/): the socket. It dials, backs off, resumes with the newest handle, tries the next model,
   gives up. Google ends a connection after ten minutes, so the link hands over to a new socket beforehand, at an idle
   moment (Idle, from the core) or after goAway. Events for it: SetupComplete, SocketLost, GoAway, ResumptionHandle,
   and so on.
2. `Conversation`: the call itself. SocketLost reaches it as LinkLost, a dial as UpstreamOpening.
3. `Watchdog` (watchdog/): sees the event, the effects and a read-only view of the conversation. Its verdicts go
   through the same entry points: RequestReply and others to the conversation, ReconnectUpstream to the link.

Turns. Model output is numbered in turns, and `TurnMachine` tells whose turn it is as the user hears it: LISTENING,
SPEAKING, DRAINING (generated, but still playing), CUT (interrupted; what upstream still sends is discarded). Upstream
is seconds ahead of the user's ear. `ModelSpeech` therefore keeps each turn until it was heard, and `Playout` sends
only 240 ms ahead of playback and keeps frames until the browser reports them as played.

Interruption. An upstream `interrupted`, the button or typed text flushes the playout (`Interruptions`); the Flush is
the first effect of the event. `AlignedTranscript` turns the milliseconds that were heard into words: they go to the
browser (`heard`), to the log, to the history and, as a note, to the model (`ContextNotes`).

What upstream hears. All input passes `UpstreamBuffer`. It sends, holds back (the microphone gate, while a tool blocks
a model that takes no audio then) or queues (no socket). It also keeps what the user said until it has been answered:
a resumed session knows only what was said before its handle, so the next socket hears the rest again. A session
without a handle gets the conversation so far (`ConversationHistory`); SessionCore adds that to the dial.

Tools. `ToolCalls` runs each call once and answers it once, also when the session that made it is lost and the next
one makes the same call under another id; `MicGate` sends the results and works the gate.

When the model does not reply. `DueReply` (a state table) knows whether a reply is due and why, `ResponseMonitor` what
the current turn holds. The watchdog acts on no reply, a stall, an empty or inaudible turn, a turn that never ends, a
repeated answer, an interruption without speech. For each failure in a row it goes one step further: ask, change the
socket, start a new session with the history, notify the user. A good reply leads back to the first step.

Where to look
=============

A state and what leads where    turn_machine.py, watchdog/reply_state.py, link/upstream_buffer_state.py; drawn in docs/
When is a message sent          link/upstream_buffer.py; notes and images between answers: context_notes.py, images.py
Reconnect, backoff, hand-over   link/upstream_link.py; which close code means what: s2s/upstream/refusals
How far ahead, jitter, heard    playout.py, model_speech.py, transcript_alignment.py
Does the user speak (VAD)       audio.py, user_speech.py; until when a reply is expected: deadlines.py
What the page shows             phase.py; texts to the model and to the user: prompts.py
How long the watchdog waits     watchdog/timeouts.py; per model: s2s/upstream/models
"""
