/** The quantile `share`, from 0 to 1. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

/** One line of a report: name, value and target. */
export function report(what: string, value: string, target = ''): void {
  console.log(`${what.padEnd(52)} ${value.padStart(12)}   ${target}`.trimEnd());
}
