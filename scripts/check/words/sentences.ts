import type { Comment } from './comments.ts';

/** A sentence has no more words. */
const maxWords = 25;

/** Beginnings that leave the reader without a subject. */
const emptyStart = /^(?:What|Whoever|Those who|One that|It)\b/;

/** A sentence that a reader has to read twice. */
export interface FlaggedSentence {
  readonly line: number;
  readonly sentence: string;
  readonly reason: string;
}

export function flaggedSentences(comments: readonly Comment[]): readonly FlaggedSentence[] {
  return comments.flatMap(({ line, text }) =>
    sentencesOf(text).flatMap(({ offset, sentence }) => {
      const reason = reasonOf(sentence);
      return reason === undefined ? [] : [{ line: line + offset, sentence, reason }];
    }),
  );
}

function reasonOf(sentence: string): string | undefined {
  const start = emptyStart.exec(sentence)?.[0];
  if (start !== undefined) return `starts with "${start}"`;
  const words = sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}`]/u.test(word)).length;
  return words > maxWords ? `has ${String(words)} words` : undefined;
}

/** The sentences of a comment, each with the number of lines before it. Code is no prose. */
function sentencesOf(text: string): readonly { readonly offset: number; readonly sentence: string }[] {
  const sentences: { offset: number; sentence: string }[] = [];
  let paragraph: { offset: number; text: string } | undefined;
  let code = false;
  const end = (): void => {
    const whole = paragraph?.text.replaceAll(/\{@link [^}]*\}|`[^`]*`/g, (part) => part.replaceAll(/\s+/g, '_')) ?? '';
    for (const sentence of whole.split(/(?<=[.!?]["”)]*)\s+(?=[\p{Lu}`"“({])/u)) {
      if (sentence.trim() !== '') sentences.push({ offset: paragraph?.offset ?? 0, sentence: sentence.trim() });
    }
    paragraph = undefined;
  };
  for (const [offset, line] of text.split('\n').entries()) {
    const fence = /^\s*(?:```|~~~)/.test(line);
    if (fence || code || line.trim() === '') {
      end();
      if (fence) code = !code;
      continue;
    }
    // A tag and an item of a list begin anew; names of parameters are no words of the sentence.
    if (/^\s*(?:@|[-*] |\d+\. )/.test(line)) end();
    const prose = line.replace(/^\s*(?:@param \S+|@template \S+|@\w+|[-*]|\d+\.)(?:\s+-)?\s*/, '').trim();
    paragraph =
      paragraph === undefined ? { offset, text: prose } : { ...paragraph, text: `${paragraph.text} ${prose}` };
  }
  end();
  return sentences;
}
