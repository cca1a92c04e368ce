type Schedule = (callback: () => void) => void;

/**
 * Calls `callback` after the event loop has served the timers and answers that are due. Node's own `setImmediate`, also
 * where a test fakes the global one; a message channel where there is none, as in a browser.
 */
export const afterTurn: Schedule = nodesImmediate() ?? byMessage;

function nodesImmediate(): Schedule | undefined {
  const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };
  const timers = process?.getBuiltinModule?.('node:timers');
  return timers === undefined ? undefined : (callback) => void timers.setImmediate(callback);
}

function byMessage(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  const receiver: { onmessage: (() => void) | null; close(): void } = port1 as unknown as typeof receiver;
  receiver.onmessage = () => {
    receiver.close();
    callback();
  };
  port2.postMessage(undefined);
}
