import type { Check } from '../../repository/check.ts';
import { readText, repositoryFiles } from '../../repository/repository.ts';
import { lineAt } from '../../repository/source-text.ts';

/** A text that no file may hold. */
interface Ban {
  readonly pattern: RegExp;
  /** The files it is looked for in; all of them when left out. */
  readonly files?: RegExp;
  readonly advice: string;
}

const code = /\.(?:[cm]?[jt]s)$/;

/** A pattern put together from pieces, so that this file does not hold the text it looks for. */
function pieces(...parts: readonly string[]): RegExp {
  return new RegExp(parts.join(''), 'g');
}

const bans: readonly Ban[] = [
  { pattern: pieces('\\.\\./', 'shared\\b'), advice: 'a folder outside the repository; users do not have it' },
  {
    pattern: pieces('(?<![\\w.-])/', 'work(?![\\w-])'),
    advice: 'a path of one machine; use a path inside the repository',
  },
  {
    pattern: pieces('registry', '\\.(?:npmjs|npmmirror|yarnpkg)'),
    advice: 'a registry host; where packages come from is the user’s setting',
  },
  {
    pattern: pieces('\\b(?:TO', 'DO|FIX', 'ME)\\b'),
    advice: 'unfinished work; do it, or write down the limit as it is',
  },
  {
    pattern: pieces(
      '\\b(?:test|it|describe)(?:\\.\\w+)*\\.',
      '(?:skip|only|todo)\\b|\\b(?:xit|xtest|xdescribe|fit|fdescribe)\\(',
    ),
    files: code,
    advice: 'tests all run, always; delete it or make it pass',
  },
  {
    pattern: pieces('@ts-', '(?:ignore|nocheck)'),
    advice: 'the compiler is right or the type is wrong; mend the type',
  },
  {
    pattern: pieces('eslint-', 'disable'),
    advice: 'mend the code, or change the rule for everybody in eslint.config.js',
  },
  { pattern: pieces('\\bas ', 'any\\b(?!\\s+\\w)'), files: code, advice: 'use `unknown` and narrow it' },
];

export const places: Check = {
  name: 'places',
  about: 'no file mentions a foreign place or unfinished work',
  run() {
    const problems: string[] = [];
    for (const path of repositoryFiles()) {
      const text = readText(path);
      for (const { pattern, files, advice } of bans) {
        if (files !== undefined && !files.test(path)) continue;
        for (const match of text.matchAll(pattern)) {
          problems.push(`${path}:${String(lineAt(text, match.index))} has "${match[0]}": ${advice}`);
        }
      }
    }
    return Promise.resolve(problems);
  },
};
