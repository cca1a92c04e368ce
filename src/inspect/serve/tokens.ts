import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The most browsers that are logged in at a time; the oldest is forgotten. */
const MOST_SESSIONS = 100;

/** One-time tokens of links, and the sessions that they begin. Only hashes are kept. */
export class Tokens {
  readonly #links: Uint8Array[] = [];
  #sessions: Uint8Array[] = [];

  /** A new token for a link. */
  newLink(given?: string): string {
    const token = given ?? newToken();
    this.#links.push(hash(token));
    return token;
  }

  /** Uses up a link's token, and begins a session. Undefined for a token that is unknown or used. */
  begin(token: string): string | undefined {
    const place = placeOf(this.#links, token);
    if (place === -1) return undefined;
    this.#links.splice(place, 1);
    const session = newToken();
    this.#sessions = [...this.#sessions, hash(session)].slice(-MOST_SESSIONS);
    return session;
  }

  isSession(session: string): boolean {
    return placeOf(this.#sessions, session) !== -1;
  }
}

/** 256 random bits. */
function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function hash(token: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(token).digest());
}

/** Compares with all hashes in constant time. */
function placeOf(hashes: readonly Uint8Array[], token: string): number {
  const wanted = hash(token);
  let place = -1;
  hashes.forEach((candidate, index) => {
    if (timingSafeEqual(candidate, wanted)) place = index;
  });
  return place;
}
