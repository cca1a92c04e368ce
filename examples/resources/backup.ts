import { defineResource } from 'swarmstate/resources';
import type { ResourceType } from 'swarmstate/resources';

/** When a volume is saved, and when it was last: an object of a kind that the store knows nothing of. */
export interface Backup {
  readonly volumeId: string;
  readonly everyMs: number;
  /** Milliseconds since 1970; 0 for never. */
  readonly savedAt: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The kind `backup`. The members are written in one order, so that the same backup always has the same bytes: what does
 * not change is then no change for the store either. Backups are found by their volume: `byCustom('volume', id)`.
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
