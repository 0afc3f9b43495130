/** Times to an event that not every trial lived to see (Kaplan and Meier 1958). */

/** One trial: when the event came, or until when it had not. */
export interface Observation {
  readonly time: number;
  readonly happened: boolean;
}

/** A step of the curve: from this time on, the share for which the event has not come yet. */
export interface SurvivalStep {
  readonly time: number;
  readonly surviving: number;
}

/**
 * S(t), the product over event times t_i <= t of (1 - d_i / n_i): d_i events at t_i among the n_i that were watched until
 * then. Whoever was watched until t_i itself counts as watched then.
 */
export function survivalCurve(observations: readonly Observation[]): SurvivalStep[] {
  const times = [...new Set(observations.filter(({ happened }) => happened).map(({ time }) => time))];
  let surviving = 1;
  return times
    .sort((a, b) => a - b)
    .map((time) => {
      const watched = observations.filter((one) => one.time >= time).length;
      const events = observations.filter((one) => one.happened && one.time === time).length;
      surviving *= 1 - events / watched;
      return { time, surviving };
    });
}

/** The time by which a share of all has seen the event; undefined where so many have not. */
export function timeBy(share: number, observations: readonly Observation[]): number | undefined {
  // 1 - 3 / 4 and the like are exact to a few units in the last place only.
  const atMost = 1 - share + 1e-12;
  return survivalCurve(observations).find(({ surviving }) => surviving <= atMost)?.time;
}
