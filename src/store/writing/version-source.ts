import { StoreError } from '../../errors/store-error.ts';
import type { Proposer } from '../../model/proposer.ts';
import { isAfter, shiftVersion, versionOf, versionText } from '../../model/version.ts';
import type { Version, VersionInput } from '../../wire/generated/common.ts';

/** The source of the versions of a store's transactions. */
export interface VersionSource {
  /** The version of the last transaction committed here. */
  readonly current: Version | undefined;
  /**
   * The version that is written into objects of a new transaction: the version before it. Undefined: objects are not
   * stamped.
   */
  base(): Version | undefined;
  /** Checks a version that a replayed transaction is given, before anything is changed. */
  check(given: VersionInput | undefined): void;
  /** Gives the version of a transaction that is being committed: the given one, else the source's next. */
  committed(given: VersionInput | undefined): Version | undefined;
}

/** Transactions have no versions. */
const noVersions: VersionSource = {
  current: undefined,
  base: () => undefined,
  check: () => undefined,
  committed: () => undefined,
};

/**
 * The store itself numbers its transactions; objects are not stamped. Until its first commit a store takes any given
 * version, so that a copy continues the versions of its source.
 */
class CountedVersions implements VersionSource {
  current: Version;
  #first = true;

  /** The first transaction gets the version `first`. */
  constructor(first: number) {
    this.current = versionOf({ index: first - 1 });
  }

  base(): undefined {
    return undefined;
  }

  check(given: VersionInput | undefined): void {
    if (given === undefined || isAfter(versionOf(given), this.current) || this.#first) return;
    throw new StoreError(
      'ERR_VERSION_OUT_OF_BOUNDS',
      `a commit of version ${versionText(versionOf(given))} cannot follow version ${versionText(this.current)}; ` +
        'replay commits once and in order',
      { version: versionOf(given), current: this.current },
    );
  }

  committed(given: VersionInput | undefined): Version {
    this.#first = false;
    this.current = given === undefined ? shiftVersion(this.current, 1) : versionOf(given);
    return this.current;
  }
}

/** Transactions have the proposer's versions. */
class ProposedVersions implements VersionSource {
  readonly #proposer: Proposer;
  #committed: Version | undefined;
  /** The last answer of the proposer. The store asks twice for each transaction, and most often gets the same. */
  #lastTold: Version | undefined;

  constructor(proposer: Proposer) {
    this.#proposer = proposer;
  }

  get current(): Version | undefined {
    return this.#committed ?? this.base();
  }

  base(): Version | undefined {
    const told = this.#told();
    // The proposer may not know yet that the store has applied an entry of its replica.
    return told !== undefined && this.#committed !== undefined && isAfter(this.#committed, told)
      ? this.#committed
      : told;
  }

  check(given: VersionInput | undefined): void {
    if (given !== undefined) versionOf(given);
  }

  committed(given: VersionInput | undefined): Version | undefined {
    const version = given === undefined ? this.#told() : versionOf(given);
    // `store.version` never goes back, whatever the proposer says.
    if (version !== undefined && (this.#committed === undefined || isAfter(version, this.#committed))) {
      this.#committed = version;
    }
    return version;
  }

  #told(): Version | undefined {
    const version = this.#proposer.getVersion();
    if (version === undefined) return undefined;
    // A value that is no version is refused below.
    const index = (version as VersionInput | null)?.index;
    if (this.#lastTold === undefined || index !== this.#lastTold.index) this.#lastTold = versionOf(version);
    return this.#lastTold;
  }
}

/** The source of a store's versions. */
export function versionSource(
  proposer: Proposer | undefined,
  history: number | undefined,
  firstVersion: number | undefined,
): VersionSource {
  if (proposer !== undefined) return new ProposedVersions(proposer);
  return history === undefined ? noVersions : new CountedVersions(firstVersion ?? microseconds());
}

/**
 * Microseconds since 1970: a version that no earlier process reached, unless it committed a million transactions a
 * second for all its life. A safe integer until the year 2255.
 */
function microseconds(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000);
}
