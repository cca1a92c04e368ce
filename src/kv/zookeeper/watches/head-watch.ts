import { WakeUp } from '../../backend/wake-up.ts';
import type { ZookeeperConnection } from '../connection/connection.ts';
import type { Session } from '../connection/session.ts';

/**
 * The one watch of a store: of its head, which every write changes. A watch of ZooKeeper tells once. So readers set it
 * again before each look, on the session that they look with: no write comes between.
 */
export class HeadWatch {
  readonly changed: WakeUp = new WakeUp();
  readonly #path: string;
  /** The session that has the watch. */
  #session: Session | undefined;

  constructor(connection: ZookeeperConnection, path: string) {
    this.#path = path;
    connection.onBreak(() => this.#tell());
  }

  /** Call it before the head is read. Wakes those who wait for `changed` after the next write. */
  set(session: Session): void {
    if (this.#session === session) return;
    this.#session = session;
    session.stat(this.#path, this.#tell).catch(this.#tell);
  }

  readonly #tell = (): void => {
    this.#session = undefined;
    this.changed.notify();
  };
}
