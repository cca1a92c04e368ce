import type { EnumModel } from '../schema/model.ts';
import { doc } from './doc.ts';

/** The constant and the type of an enum. */
export function emitEnum(model: EnumModel): string {
  const members = model.members.map(({ name, number, comment }) => `${doc([comment])}${name}: ${number},`);
  return `
${doc([model.comment, 'Decoders keep numbers that this release does not know.'])}export const ${model.name} = {
${members.join('\n')}
} as const;
export type ${model.name} = (typeof ${model.name})[keyof typeof ${model.name}];
`;
}
