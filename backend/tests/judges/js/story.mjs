// Judge: the official @google/genai SDK for JavaScript. Run as `node story.mjs genai-3 --backend developer --clips DIR`
// beside the installed packages; the first argument is a package of package.json. The SDK reads GOOGLE_API_KEY and the
// two base URLs from the environment by itself. On Vertex AI it uses the key, too (express mode).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const STEP_LIMIT_MS = 20_000;
const RATE_HZ = 16_000;
const FRAME_BYTES = 640;
const SILENCE = Buffer.alloc(RATE_HZ * 2);
const WAV_HEADER_BYTES = 44;

const { values: script, positionals } = parseArgs({
  options: { backend: { type: 'string' }, clips: { type: 'string' } },
  allowPositionals: true,
});
const vertex = script.backend === 'vertex';
const sdk = await import(positionals[0]);
const version = JSON.parse(readFileSync(join(import.meta.dirname, 'node_modules', positionals[0], 'package.json'))).version;

const model = vertex ? 'gemini-live-2.5-flash-native-audio' : 'gemini-3.8-live';
const tools = [
  {
    functionDeclarations: [
      {
        name: 'get_current_time',
        description: 'The current time in a city',
        parameters: { type: sdk.Type.OBJECT, properties: { city: { type: sdk.Type.STRING } }, required: ['city'] },
      },
    ],
  },
];

class StepFailed extends Error {}

function tell(fact, details = {}) {
  console.log(JSON.stringify({ fact, ...details }));
}

async function step(name, action) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new StepFailed(`${name}: not done within ${STEP_LIMIT_MS / 1000} s`)), STEP_LIMIT_MS);
  });
  try {
    return await Promise.race([action(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function clip(name) {
  const file = readFileSync(join(script.clips, `${name}.wav`));
  if (file.readUInt16LE(22) !== 1 || file.readUInt32LE(24) !== RATE_HZ) {
    throw new StepFailed(`${name}.wav is not 16 kHz mono`);
  }
  return Buffer.concat([file.subarray(WAV_HEADER_BYTES), SILENCE]);
}

/** One connection: what came in since the last `take`, and somebody who waits for it. */
class Talk {
  #waiting = null;
  handle = '';
  goAway = '';
  closed = '';

  static async connect(client, handle) {
    const talk = new Talk();
    talk.#fresh();
    talk.session = await client.live.connect({
      model,
      config: {
        responseModalities: [sdk.Modality.AUDIO],
        systemInstruction: 'You are a helpful assistant.',
        tools,
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        sessionResumption: handle ? { handle } : {},
        ...(vertex && { thinkingConfig: { includeThoughts: true } }),
      },
      callbacks: {
        onmessage: (message) => talk.#hear(message),
        onerror: (event) => tell('error', { message: String(event.message) }),
        onclose: (event) => talk.#change(() => (talk.closed = `${event.code} ${event.reason}`)),
      },
    });
    return talk;
  }

  #fresh() {
    this.answer = { heard: '', said: '', audio_bytes: 0 };
    this.interrupted = this.turnOver = false;
  }

  #change(action) {
    action();
    this.#waiting?.();
  }

  #hear(message) {
    this.#change(() => {
      const content = message.serverContent ?? {};
      for (const part of content.modelTurn?.parts ?? []) {
        this.answer.audio_bytes += Buffer.from(part.inlineData?.data ?? '', 'base64').length;
      }
      this.answer.heard += content.inputTranscription?.text ?? '';
      this.answer.said += content.outputTranscription?.text ?? '';
      this.interrupted ||= Boolean(content.interrupted);
      // A turn that only calls functions may end before their results are spoken in the next one.
      this.turnOver ||= Boolean(content.turnComplete) && this.answer.audio_bytes > 0;
      this.handle = message.sessionResumptionUpdate?.newHandle ?? this.handle;
      this.goAway = message.goAway?.timeLeft ?? this.goAway;
      if (message.toolCall) this.#answerCalls(message.toolCall.functionCalls);
    });
  }

  #answerCalls(calls) {
    const functionResponses = calls.map(({ id, name, args }) => {
      tell('called', { city: args.city });
      return { id, name, response: { output: `It is noon in ${args.city}.` } };
    });
    this.session.sendToolResponse({ functionResponses });
  }

  async until(condition) {
    while (!condition()) {
      if (this.closed) throw new StepFailed(`the connection was closed: ${this.closed}`);
      await new Promise((resolve) => (this.#waiting = resolve));
    }
  }

  take() {
    const answer = { ...this.answer, interrupted: this.interrupted };
    answer.heard = answer.heard.trim();
    answer.said = answer.said.trim();
    this.#fresh();
    return answer;
  }

  async answered() {
    await this.until(() => this.turnOver);
    return this.take();
  }

  write(text) {
    this.session.sendClientContent({ turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true });
  }

  say(name) {
    const pcm = clip(name);
    for (let at = 0; at < pcm.length; at += FRAME_BYTES) {
      const data = pcm.subarray(at, at + FRAME_BYTES).toString('base64');
      this.session.sendRealtimeInput({ audio: { data, mimeType: `audio/pcm;rate=${RATE_HZ}` } });
    }
  }
}

async function beforeGoAway(talk) {
  await step('the greeting', async () => {
    talk.write('My name is Robert.');
    tell('greeting', await talk.answered());
  });
  await step('the spoken question and the function call', async () => {
    talk.say('question');
    tell('question', await talk.answered());
  });
  await step('talking over the story', async () => {
    talk.write('Tell me a story');
    await talk.until(() => talk.answer.audio_bytes > 0);
    talk.say('interruption');
    tell('interruption', await talk.answered());
  });
  await step('the answer to what was said over the story', async () => {
    tell('after interruption', await talk.answered());
  });
  tell('ready for goAway');
  await step('goAway', async () => {
    await talk.until(() => talk.goAway);
    tell('goAway', { time_left: talk.goAway });
  });
}

async function tellStory() {
  tell('client', { name: '@google/genai', version });
  const client = vertex ? new sdk.GoogleGenAI({ vertexai: true, apiKey: process.env.GOOGLE_API_KEY }) : new sdk.GoogleGenAI({});
  const talk = await step('the connection', () => Talk.connect(client));
  await beforeGoAway(talk);
  const left = talk.until(() => talk.closed);
  talk.session.close();
  await step('the end of the first connection', () => left.catch(() => undefined));
  const again = await step('the connection with a handle', () => Talk.connect(client, talk.handle));
  await step('the question after the resumption', async () => {
    again.write('What is my name?');
    tell('remembered', await again.answered());
  });
  await step('the drop', async () => {
    tell('ready for the drop');
    await again.until(() => again.closed).catch(() => undefined);
    tell('dropped', { how: again.closed });
  });
  const atLast = await step('the connection after the drop', () => Talk.connect(client, again.handle));
  await step('the question after the drop', async () => {
    atLast.write('What is my name?');
    tell('remembered after the drop', await atLast.answered());
  });
  atLast.session.close();
  tell('end');
}

try {
  await tellStory();
} catch (error) {
  console.error(error instanceof StepFailed ? error.message : error);
  process.exit(1);
}
