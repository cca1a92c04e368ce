/** Reads the rules of SPEC.md: one line each, `- **E3** what can be observed`, below the heading of their area. */

export interface SpecRule {
  readonly id: string;
  readonly line: number;
}

const heading = /^## (\S+) · /;
const rule = /^- \*\*([A-Z]+)(\d+)\*\* \S/;
const almostRule = /^\s*[-*+] +(?:\*\*|__|`)?[A-Z]+\d+\b/;

/** The rules in their order, and what is wrong with how they are written. */
export function parseSpec(text: string): { readonly rules: readonly SpecRule[]; readonly problems: readonly string[] } {
  const rules = new Map<string, SpecRule>();
  const problems: string[] = [];
  let area: string | undefined;
  let previous = 0;
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    const report = (problem: string): void => void problems.push(`SPEC.md:${String(line)} ${problem}`);
    const headed = heading.exec(content)?.[1];
    if (headed !== undefined) {
      area = headed;
      previous = 0;
      continue;
    }
    const [, letters, digits] = rule.exec(content) ?? [];
    if (letters === undefined || digits === undefined) {
      if (almostRule.test(content))
        report('looks like a rule but is not written as one: `- **E3** what can be observed`');
      continue;
    }
    const id = letters + digits;
    const number = Number(digits);
    const first = rules.get(id);
    if (first !== undefined)
      report(`${id} is taken by line ${String(first.line)}; give the new rule the next free number of its area`);
    else if (letters !== area)
      report(`${id} stands in area ${area ?? '(none)'}; move it below the heading of area ${letters}`);
    else if (number <= previous)
      report(`${id} comes after ${letters}${String(previous)}; order the rules of an area by number`);
    if (String(number) !== digits) report(`${id} has leading zeros; write ${letters}${String(number)}`);
    previous = Math.max(previous, number);
    if (first === undefined) rules.set(id, { id, line });
  }
  return { rules: [...rules.values()], problems };
}
