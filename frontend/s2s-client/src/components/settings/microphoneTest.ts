/** A microphone that only shows its level. */

type Read = (out: Uint8Array<ArrayBuffer>) => void;

export interface TestedMicrophone {
  readonly read: Read;
  readonly close: () => void;
}

export function testMicrophone(stream: MediaStream): TestedMicrophone {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 512, minDecibels: -85, maxDecibels: -20 });
  context.createMediaStreamSource(stream).connect(analyser);
  return {
    read: (out) => {
      analyser.getByteFrequencyData(out);
    },
    close: () => {
      stream.getTracks().forEach((track) => {
        track.stop();
      });
      void context.close();
    },
  };
}

const spectrum = new Uint8Array(256);

/** 0 to 1: the loudest of the bands that speech uses. */
export function readLevel(read: Read): number {
  read(spectrum);
  return Math.max(...spectrum.subarray(2, 96)) / 255;
}
