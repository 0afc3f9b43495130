/** Every experiment, by the name that a person types. */
import { boltzmannKl } from './boltzmann-kl.ts';
import { denseCapacity } from './dense-capacity.ts';
import { dreamDaydream } from './dream-daydream.ts';
import { dreamWindow } from './dream-window.ts';
import type { Experiment } from './experiment.ts';
import { flyMap } from './fly-map.ts';
import { flyNovelty } from './fly-novelty.ts';
import { flyOdors } from './fly-odors.ts';
import { hopfieldCapacity } from './hopfield-capacity.ts';
import { hopfieldDynamics } from './hopfield-dynamics.ts';
import { hopfieldError } from './hopfield-error.ts';
import { hopfieldLetters } from './hopfield-letters.ts';
import { unifyTemperature } from './unify-temperature.ts';

/** In the order in which they are told of. */
export const experiments: Readonly<Record<string, Experiment>> = Object.fromEntries(
  [
    hopfieldError,
    hopfieldCapacity,
    hopfieldDynamics,
    hopfieldLetters,
    denseCapacity,
    dreamWindow,
    dreamDaydream,
    boltzmannKl,
    unifyTemperature,
    flyOdors,
    flyMap,
    flyNovelty,
  ].map((experiment) => [experiment.id, experiment]),
);
