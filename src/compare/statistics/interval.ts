/** What is not known to the last place is told from where to where. */

/** From where to where. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The quantile of the normal distribution that leaves 2.5 % on either side. */
export const NORMAL_95 = 1.959963984540054;
