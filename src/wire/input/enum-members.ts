import type { EnumType } from '../values/enum-type.ts';
import { nearestName } from './nearest-name.ts';

/** The part of a member's name in the .proto file that repeats the name of its enum. */
const droppedPrefix = /^(?:STORE|WATCH)_ACTION_/;

/** The name of a member in the exported enum, from its name in the .proto file. */
export function memberName(protoName: string): string {
  return protoName.replace(droppedPrefix, '');
}

/** The advice for a text that was given for an enum: the member that it names, or any of all members. */
export function enumAdvice(type: EnumType, text: string): string {
  const constant = type.name.replaceAll('.', '');
  const members = Object.keys(type.values).map(memberName);
  const near = nearestName(memberName(text), members);
  return near === undefined
    ? `Write a member of ${constant}: ${members.join(', ')}.`
    : `Write ${constant}.${near} instead.`;
}
