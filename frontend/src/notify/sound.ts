/** Two soft tones, the second higher. Times in seconds from now, pitch in hertz. */
const TONES = [
  { at: 0, hertz: 659 },
  { at: 0.13, hertz: 880 },
];
const LOUD = 0.12;
const SHORT = 0.35;

let context: AudioContext | undefined;

/** Browsers let a page sound only after somebody touched it: this is for the first touch. */
export function allowSound() {
  context ??= new AudioContext();
  void context.resume();
}

/** Says nothing when the page was not touched yet. */
export function chime() {
  if (context?.state !== 'running') return;
  for (const { at, hertz } of TONES) tone(context, context.currentTime + at, hertz);
}

function tone(context: AudioContext, at: number, hertz: number) {
  const [voice, volume] = [context.createOscillator(), context.createGain()];
  voice.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUD, at + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.001, at + SHORT);
  voice.connect(volume).connect(context.destination);
  voice.start(at);
  voice.stop(at + SHORT);
}
