import type { ObjectEvent } from '../../model/events.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { Moment } from '../objects/moment.ts';
import { nameOf } from '../objects/names.ts';
import { nodeSentence, serviceSentence, taskSentence } from './sentences.ts';
import type { Said } from './sentences.ts';
import type { Tone } from '../objects/states.ts';

/** A line of the feed. The text is untrusted. */
export interface FeedLine {
  /** Increases from line to line. */
  readonly number: number;
  readonly at: number;
  readonly tone: Tone;
  readonly text: string;
  /** The object to look at; undefined for a line about several. */
  readonly kind: Kind;
  readonly id: string | undefined;
}

/** From so many like changes in one step on, one line tells all of them. */
const MANY = 4;

/**
 * What a step changed, in sentences: `web.3 failed on worker-2: exit 137`. Steps between states are left out. Like
 * changes of one service in one step are told together. `moment` is the state after the step.
 */
export function sentencesOf(events: readonly ObjectEvent[], moment: Moment): readonly Said[] {
  const groups = new Map<string, Said[]>();
  for (const event of events) {
    const said = sentenceOf(event, moment);
    if (said === undefined) continue;
    const key = `${said.kind} ${said.group} ${said.verb}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [said]);
    else group.push(said);
  }
  return [...groups.values()].flatMap((group) => (group.length < MANY ? group : [together(group)]));
}

function sentenceOf(event: ObjectEvent, moment: Moment): Said | undefined {
  switch (event.kind) {
    case 'task':
      return taskSentence(event, moment);
    case 'node':
      return nodeSentence(event, moment);
    case 'service':
      return serviceSentence(event, moment);
    case 'cluster':
    case 'config':
    case 'extension':
    case 'network':
    case 'resource':
    case 'secret':
    case 'volume': {
      const { kind, object, action } = event;
      const verb = action === 'create' ? 'was created' : action === 'delete' ? 'was deleted' : 'was changed';
      const text = `${kind} ${nameOf(kind, object, moment)} ${verb}`;
      return { kind, id: object.id, group: kind, verb, tone: 'off', text };
    }
  }
}

function together(group: readonly Said[]): Said {
  const first = group[0] as Said;
  const { kind, verb, tone, group: name } = first;
  const plural = verb.replace(/^was /, 'were ').replace(/^is /, 'are ');
  const text = `${name}: ${group.length} ${kind}s ${plural}`;
  return { kind, id: undefined, group: name, verb, tone, text };
}

/** The newest lines of what happened. */
export class Feed {
  readonly #most: number;
  #lines: readonly FeedLine[] = [];
  #number = 0;

  constructor(most = 300) {
    this.#most = most;
  }

  /** The lines, the newest first. A new array whenever they have changed. */
  get lines(): readonly FeedLine[] {
    return this.#lines;
  }

  add(at: number, events: readonly ObjectEvent[], moment: Moment): void {
    const said = sentencesOf(events, moment);
    if (said.length === 0) return;
    const added = said.map(({ tone, text, kind, id }): FeedLine => {
      this.#number += 1;
      return { number: this.#number, at, tone, text, kind, id };
    });
    this.#lines = [...added.reverse(), ...this.#lines].slice(0, this.#most);
  }
}
