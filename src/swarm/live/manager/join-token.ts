import { SwarmError } from '../../../errors/swarm-error.ts';

/** True for a text that is meant as a join token. */
export function isJoinToken(text: string): boolean {
  return text.startsWith('SWMTKN-');
}

/**
 * The SHA-256 of the swarm's root certificate that a join token holds, in hexadecimal digits. Throws
 * `ERR_SWARM_INVALID_ARGUMENT`; the message does not repeat the token, which is a secret.
 */
export function rootDigest(token: string): string {
  const digits = /^SWMTKN-(?:1|2-[01])-([0-9a-z]{50})-[0-9a-z]{25}$/.exec(token)?.[1];
  if (digits === undefined) {
    throw new SwarmError(
      'ERR_SWARM_INVALID_ARGUMENT',
      'the option ca is no join token; take it as docker swarm join-token -q worker prints it',
      { argument: 'ca' },
    );
  }
  let digest = 0n;
  for (const digit of digits) digest = digest * 36n + BigInt(parseInt(digit, 36));
  return digest.toString(16).padStart(64, '0');
}
