import { builtinModule } from './builtin-module.ts';

/** Calls back in a later turn of the event loop. Taken at the import, so that fake timers of tests do not stop it. */
const schedule: (callback: () => void) => unknown =
  builtinModule('node:timers')?.setImmediate ??
  (globalThis as { readonly setImmediate?: (callback: () => void) => unknown }).setImmediate ??
  postMessage;

/** Resolves after the event loop has had a turn: after the timers, messages and input that are due. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    schedule(resolve);
  });
}

interface Ports {
  readonly port1: { onmessage: (() => void) | null };
  readonly port2: { postMessage(message: undefined): void };
}

let ports: Ports | undefined;
const waiting: (() => void)[] = [];

/** A browser's `setTimeout` waits 4 ms; a message does not. */
function postMessage(callback: () => void): void {
  if (ports === undefined) {
    const { MessageChannel } = globalThis as unknown as { readonly MessageChannel: new () => Ports };
    ports = new MessageChannel();
    ports.port1.onmessage = () => waiting.shift()?.();
  }
  waiting.push(callback);
  ports.port2.postMessage(undefined);
}
