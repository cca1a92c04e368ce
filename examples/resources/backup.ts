import { defineResource } from 'swarmstate/resources';
import type { ResourceType } from 'swarmstate/resources';

/** The schedule and the last backup of a volume: an object of a kind that the store does not know. */
export interface Backup {
  readonly volumeId: string;
  readonly everyMs: number;
  /** Milliseconds since 1970; 0 for never. */
  readonly savedAt: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The kind `backup`. The members are always written in the same order, so that equal backups have equal bytes: an equal
 * value is then no change for the store. Backups are found by their volume: `byCustom('volume', id)`.
 */
export const backups: ResourceType<Backup> = defineResource<Backup>({
  kind: 'backup',
  description: 'Saves a volume every so often',
  codec: {
    encode: ({ volumeId, everyMs, savedAt }) => encoder.encode(JSON.stringify({ volumeId, everyMs, savedAt })),
    decode: (bytes) => JSON.parse(decoder.decode(bytes)) as Backup,
  },
  indices: ({ volumeId }) => ({ volume: volumeId }),
});
