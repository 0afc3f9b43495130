/**
 * The random operations of TensorFlow.js are refused: no seed of a run reaches them, so what they make differs each time,
 * and in a compiled cell they would be drawn once for all steps.
 */
import { UsageError } from '../errors.ts';

function refused(name: string, cure: string): (...args: unknown[]) => never {
  return () => {
    throw new UsageError(
      `${name}: expected numbers of the run's seed, got an operation that no seed reaches; ${cure}`,
    );
  };
}

const drawn =
  'in init, draw from its stream: normalTensor(rng, shape, deviation) or uniformTensor(rng, shape, bound)';
const noise = 'give the cell a noiseSize and use dropout(x, noise, rate) of engram/cell';

/** Refused: see `dropout` of the authoring kit. */
export const dropout: (...args: unknown[]) => never = refused('dropout', noise);
/** Refused: see `normalTensor`. */
export const randomNormal: (...args: unknown[]) => never = refused('randomNormal', drawn);
/** Refused: see `normalTensor`. */
export const randomStandardNormal: (...args: unknown[]) => never = refused('randomStandardNormal', drawn);
/** Refused: see `normalTensor`. */
export const truncatedNormal: (...args: unknown[]) => never = refused('truncatedNormal', drawn);
/** Refused: see `uniformTensor`. */
export const randomUniform: (...args: unknown[]) => never = refused('randomUniform', drawn);
/** Refused: see `uniformTensor`. */
export const randomUniformInt: (...args: unknown[]) => never = refused('randomUniformInt', drawn);
/** Refused: see `uniformTensor`. */
export const rand: (...args: unknown[]) => never = refused('rand', drawn);
/** Refused: see `normalTensor`. */
export const randomGamma: (...args: unknown[]) => never = refused('randomGamma', drawn);
/** Refused: see `dropout` of the authoring kit. */
export const multinomial: (...args: unknown[]) => never = refused('multinomial', noise);
