/** A quiet hum for a microphone: the person's ring moves, and nobody takes it for a word. Runs in the page. */
export function hum(): void {
  navigator.mediaDevices.getUserMedia = () => {
    const context = new AudioContext({ sampleRate: 48_000 });
    const out = context.createMediaStreamDestination();
    const voice = new OscillatorNode(context, { type: "sawtooth", frequency: 140 });
    voice.connect(new GainNode(context, { gain: 0.01 })).connect(out);
    voice.start();
    return Promise.resolve(out.stream);
  };
}
