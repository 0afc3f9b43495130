/** Times to an event that not every trial lived to see (Kaplan and Meier 1958). */
import type { Interval } from './interval.ts';
import { wilson } from './wilson.ts';

/** One trial: when the event came, or until when it had not. */
export interface Observation {
  readonly time: number;
  readonly happened: boolean;
}

/** A step of the curve: from this time on, the share for which the event has not come yet. */
export interface SurvivalStep {
  readonly time: number;
  readonly surviving: number;
  /** The 95 % interval of `surviving`. */
  readonly band: Interval;
}

/**
 * S(t), the product over event times t_i <= t of (1 - d_i / n_i): d_i events at t_i among the n_i that were watched until
 * then. Whoever was watched until t_i itself counts as watched then.
 *
 * Its band is Rothman's (1978): Wilson's interval of S(t) on as many trials as would know it as well, S (1 - S) / V with
 * Greenwood's variance V = S^2 sum of d_i / (n_i (n_i - d_i)). Where all are watched to the end these are all trials, so
 * that the band is that of the share solved; where nobody survives, at which V is none, they are those before.
 */
export function survivalCurve(observations: readonly Observation[]): SurvivalStep[] {
  const times = [...new Set(observations.filter(({ happened }) => happened).map(({ time }) => time))];
  let surviving = 1;
  let greenwood = 0;
  let known = 0;
  return times
    .sort((a, b) => a - b)
    .map((time) => {
      const watched = observations.filter((one) => one.time >= time).length;
      const events = observations.filter((one) => one.happened && one.time === time).length;
      surviving *= 1 - events / watched;
      if (watched > events) {
        greenwood += events / (watched * (watched - events));
        known = (1 - surviving) / (surviving * greenwood);
      } else if (greenwood === 0) known = watched;
      return { time, surviving, band: wilson(surviving * known, known) };
    });
}

/** The time by which a share of all has seen the event; undefined where so many have not. */
export function timeBy(share: number, observations: readonly Observation[]): number | undefined {
  // 1 - 3 / 4 and the like are exact to a few units in the last place only.
  const atMost = 1 - share + 1e-12;
  return survivalCurve(observations).find(({ surviving }) => surviving <= atMost)?.time;
}
