// Runs in the page before its own scripts: the person's mouth and ear for `python -m bench browser`.
//
// Mouth: `getUserMedia` gives the stream of a MediaStreamAudioDestinationNode into which recordings are played at an
// exact frame. Ear: what the page connects to its loudspeaker also goes into a tap. A third tap hears what the page's
// microphone graph got. Every tap tells, for each render quantum, its context's frame counter and the time; nothing is
// judged here. The page's own events are not used for any time, only to know what it sent and received.
(() => {
  const NativeContext = window.AudioContext;
  const log = { rest: [], opened: [], sent: [], came: [], control: [], told: [] };
  const taps = { mouth: newTap(), microphone: newTap(), ear: newTap() };
  let waiting = [];
  const look = () => {
    waiting = waiting.filter((wait) => !wait());
  };

  function newTap() {
    return { rate: 0, contexts: 0, stamps: [], pieces: [], loudUntil: -1 };
  }

  // 16 quanta a message. Date.now() is the one clock that worklets and the page share.
  const TAP = `registerProcessor("bench-tap", class extends AudioWorkletProcessor {
    constructor() { super(); this.clear(); }
    clear() { this.stamps = []; this.pcm = new Float32Array(2048); this.first = -1; this.at = 0; this.loud = -1; }
    process([input]) {
      if (this.first < 0) this.first = currentFrame;
      this.stamps.push(currentFrame, Date.now());
      const samples = input[0];
      if (samples) {
        this.pcm.set(samples, this.at);
        for (let i = 0; i < samples.length; i++) if (Math.abs(samples[i]) > 0.006) this.loud = currentFrame + i;
      }
      this.at += 128;
      if (this.at === 2048) {
        this.port.postMessage({ first: this.first, stamps: this.stamps, pcm: this.pcm, loud: this.loud });
        this.clear();
      }
      return true;
    }
  });`;
  const tapUrl = URL.createObjectURL(new Blob([TAP], { type: "text/javascript" }));

  const connect = AudioNode.prototype.connect;
  async function listen(node, context, name) {
    await context.audioWorklet.addModule(tapUrl);
    const tap = taps[name];
    Object.assign(tap, newTap(), { rate: context.sampleRate, contexts: tap.contexts + 1, context });
    const worklet = new AudioWorkletNode(context, "bench-tap", { channelCount: 1, channelCountMode: "explicit" });
    worklet.port.onmessage = ({ data }) => {
      if (tap.context !== context) return;
      tap.stamps.push(...data.stamps);
      tap.pieces.push([data.first, data.pcm]);
      if (data.loud >= 0) tap.loudUntil = data.loud;
      tap.newest = data.first + 2048;
      look();
    };
    connect.call(node, worklet);
    connect.call(worklet, new GainNode(context, { gain: 0 })).connect(context.destination);
  }
  let speaker = null;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && to.context.sampleRate === 24000 && to.context !== speaker) {
      speaker = to.context;
      void listen(this, speaker, "ear");
    }
    if (this instanceof MediaStreamAudioSourceNode && to instanceof AudioWorkletNode && !this.benched) {
      this.benched = true;
      void listen(this, this.context, "microphone");
    }
    return connect.call(this, to, ...rest);
  };

  // The mouth.
  let mouth = null;
  let lips = null;
  navigator.mediaDevices.getUserMedia = async () => {
    if (!mouth) {
      mouth = new NativeContext({ sampleRate: 48000, latencyHint: "interactive" });
      lips = new GainNode(mouth);
      // The faint hiss of a real microphone.
      const hiss = new AudioBuffer({ length: 48000, sampleRate: 48000 });
      const samples = hiss.getChannelData(0);
      for (let i = 0; i < samples.length; i++) samples[i] = (Math.random() - 0.5) * 2e-4;
      const source = new AudioBufferSourceNode(mouth, { buffer: hiss, loop: true });
      connect.call(source, lips);
      source.start();
      await listen(lips, mouth, "mouth");
    }
    const out = mouth.createMediaStreamDestination();
    connect.call(lips, out);
    return out.stream;
  };
  const clips = new Map();
  function bytesOf(base64) {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  }

  // The wire, as bytes.
  const headerOf = (buffer) => {
    const view = new DataView(buffer.buffer ?? buffer, buffer.byteOffset ?? 0);
    return [view.getUint16(2), view.getUint32(4), view.getUint32(8)];
  };
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (data) {
    const now = Date.now();
    if (typeof data === "string") log.told.push([now, data]);
    else if (this.label === "audio") log.sent.push([now, ...headerOf(data)]);
    return send.call(this, data);
  };
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (label, options) {
    const channel = create.call(this, label, options);
    channel.addEventListener("open", () => log.opened.push([Date.now(), label]));
    channel.addEventListener("message", ({ data }) => {
      const now = Date.now();
      if (typeof data === "string") {
        log.control.push([now, data]);
        // The page first does what it does with it.
        setTimeout(look);
      } else if (label === "audio") log.came.push([now, ...headerOf(data), data.slice(12)]);
    });
    return channel;
  };
  const nativeFetch = window.fetch;
  window.fetch = async (...request) => {
    const one = [Date.now(), String(request[0]?.url ?? request[0]), request[1]?.method ?? "GET", 0];
    log.rest.push(one);
    const answer = await nativeFetch(...request);
    one[3] = Date.now();
    return answer;
  };

  function base64(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  }
  /** Every sample since `forget`, without holes of the frame counter: they are told by `firsts`. */
  function recording(tap) {
    const pcm = new Int16Array(tap.pieces.length * 2048);
    tap.pieces.forEach(([, piece], at) => {
      for (let i = 0; i < 2048; i++) {
        pcm[at * 2048 + i] = Math.max(-32768, Math.min(32767, Math.round(piece[i] * 32768)));
      }
    });
    const firsts = tap.pieces.map(([first]) => first);
    return { rate: tap.rate, firsts, stamps: tap.stamps, pcm: base64(new Uint8Array(pcm.buffer)) };
  }
  const button = (name) => [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === name);

  /** Settles with true when `condition` holds, looked at after every message and piece of sound, or with false when time is up. */
  function until(condition, limitMs) {
    return new Promise((settle) => {
      let over = false;
      setTimeout(() => {
        over = true;
        settle(false);
      }, limitMs);
      waiting.push(() => {
        over ||= Boolean(condition());
        if (over) settle(true);
        return over;
      });
    });
  }
  const { ear } = taps;

  window.bench = {
    async load(name, wav) {
      clips.set(name, await mouth.decodeAudioData(bytesOf(wav).buffer));
    },
    /** Says it `inMs` from now; gives the frame of the mouth's context at which it begins. */
    say(name, inMs) {
      const frame = Math.ceil((mouth.currentTime + inMs / 1000) * 48000);
      const source = new AudioBufferSourceNode(mouth, { buffer: clips.get(name) });
      connect.call(source, lips);
      source.start(frame / 48000);
      return frame;
    },
    /** Gives the time of the press; null where there is no such button, or it is disabled. */
    press(name) {
      const found = button(name);
      if (!found || found.disabled) return null;
      const now = Date.now();
      found.click();
      return now;
    },
    async pressWhenOpen(name, limitMs) {
      const end = Date.now() + limitMs;
      // Before a call there is no sound and no message whose arrival could be waited for.
      while (!button(name) || button(name).disabled) {
        if (Date.now() > end) return null;
        await new Promise(requestAnimationFrame);
      }
      return this.press(name);
    },
    saidUntil: (frame, limitMs) => until(() => mouth.currentTime * 48000 >= frame, limitMs),
    /** The loudspeaker is loud, later than the time `afterMs`. */
    sounds: (afterMs, limitMs) =>
      until(() => {
        const at = taps.ear.stamps.findLastIndex((value, index) => index % 2 === 0 && value <= ear.loudUntil);
        return at >= 0 && ear.loudUntil > 0 && ear.stamps[at + 1] > afterMs;
      }, limitMs),
    /** The loudspeaker has been quiet for `ms`. */
    quietFor: (ms, limitMs) => until(() => ear.newest - ear.loudUntil > ms * 24, limitMs),
    rest: (ms) => new Promise((settle) => setTimeout(settle, ms)),
    earIsOpen: (limitMs) => until(() => ear.stamps.length > 0 && taps.microphone.stamps.length > 0, limitMs),
    told: (type, limitMs) => until(() => log.control.some(([, text]) => text.includes(`"type":"${type}"`)), limitMs),
    take() {
      const came = log.came.map(([now, turn, seq, clock]) => [now, turn, seq, clock]);
      const voice = new Uint8Array(log.came.length * 960);
      log.came.forEach(([, , , , pcm], at) => voice.set(new Uint8Array(pcm).subarray(0, 960), at * 960));
      const { rest, opened, sent, control, told } = log;
      const contexts = { output_ms: (speaker?.outputLatency ?? 0) * 1000, base_ms: (speaker?.baseLatency ?? 0) * 1000 };
      return {
        mouth: { rate: 48000, stamps: taps.mouth.stamps },
        microphone: recording(taps.microphone),
        ear: recording(taps.ear),
        contexts,
        log: { rest, opened, sent, control, told, came, voice: base64(voice) },
      };
    },
    forget() {
      for (const tap of Object.values(taps)) {
        tap.pieces = [];
        tap.stamps.splice(0, Math.max(0, tap.stamps.length - 64));
      }
      for (const list of Object.values(log)) list.length = 0;
    },
    /** Types a line and sends it; settles with the time, or null where the field stays closed. */
    async type(text, limitMs) {
      const field = () => document.querySelector(".text-box :is(input[type=text], textarea):enabled");
      if (!(await until(field, limitMs))) return null;
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field()), "value").set.call(field(), text);
      field().dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((settle) => setTimeout(settle));
      const now = Date.now();
      field().form.requestSubmit();
      return now;
    },
  };
})();
