import { FakeManager } from './fake-manager.ts';
import { FakeSwarm } from './fake-swarm.ts';
import type { FollowedSource, SourceCertificate } from './followed-source.ts';

/** A fake manager as a source of the contract. */
export function fakeSource(certificate?: SourceCertificate): FollowedSource {
  const swarm = new FakeSwarm();
  const manager = new FakeManager(swarm, certificate);
  return {
    path: manager.path,
    get lists() {
      return manager.lists;
    },
    get resumed() {
      return manager.requests.flatMap(({ resumeFrom }) => (resumeFrom === undefined ? [] : [resumeFrom.index]));
    },
    get silent() {
      return manager.silent;
    },
    set silent(silent) {
      manager.silent = silent;
    },
    get betweenLists() {
      return manager.betweenLists;
    },
    set betweenLists(call) {
      manager.betweenLists = () => call();
    },
    start: () => manager.start(),
    kill: () => Promise.resolve(manager.kill()),
    endWatches: () => manager.endWatches(),
    stop: () => Promise.resolve(manager.stop()),
    commit: (changes, options) => {
      swarm.commit(changes, options);
      return Promise.resolve();
    },
    compact: () => {
      swarm.compacted = swarm.commitIndex;
      return Promise.resolve();
    },
    rows: (kind) => swarm.rows(kind),
  };
}
