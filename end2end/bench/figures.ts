/** The figure below which a share of all lies; `share` is within 0 and 1. */
export function quantile(figures: number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function median(figures: number[]): number {
  return quantile(figures, 0.5);
}

/** One line of a report: what, how much, and what is to be reached. */
export function report(what: string, figure: string, reach = ''): void {
  console.log(`${what.padEnd(52)} ${figure.padStart(12)}   ${reach}`.trimEnd());
}
