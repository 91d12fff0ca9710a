import { sentence } from '../peer/sentence';

/** Runs one request at a time and keeps why the last one failed, for a line under the form. */
export class Doing {
  problem = $state('');
  busy = $state(false);

  /** Resolves to what was done, or undefined when it failed or another one is still on its way. */
  async run<T>(
    request: () => Promise<T>,
    say: (error: unknown) => string = sentence,
  ): Promise<T | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.problem = '';
    try {
      return await request();
    } catch (error) {
      this.problem = say(error);
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}
