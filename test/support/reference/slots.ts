/**
 * Gated slots in plain loops. What a slot holds is summed over the tokens: each has left there what it wrote, times all
 * that was kept since. The rules of prominence are in their literal forms: a sort for allocation, a search for the least used.
 */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { convolved, dot, product, rmsNorm, sigmoid, silu, stackReference, type Vector } from './stack.ts';

/** What the reference needs to know of a cell. */
export interface SlotsReferenceOptions {
  readonly layers: number;
  readonly heads: number;
  readonly slots: number;
  readonly routing: 'gated' | 'top-k';
  readonly topK: number;
  readonly prominence: 'none' | 'lru' | 'dnc' | 'recall';
  readonly convolution: boolean;
  /** Uniform numbers, the same in every step: h M for each layer, one layer after the other. */
  readonly noise?: readonly number[] | undefined;
}

const softplus = (x: number) => Math.log(1 + Math.exp(x));
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** One head's token. */
interface Token {
  readonly q: Vector;
  readonly k: Vector;
  readonly v: Vector;
  readonly scores: number[];
  /** The decay and then the rule's gates, before their functions. */
  readonly scalars: number[];
}

/** What goes on in a head beside its slots. */
interface Head {
  usage: number[];
  read: number[];
}

/** The rule's own numbers of a head. */
type Learned = (name: string) => number;

function shares(scores: readonly number[], topK: number): number[] {
  const best = [...range(scores.length)].sort((a, b) => scores[b]! - scores[a]!).slice(0, topK);
  const total = best.reduce((sum, i) => sum + sigmoid(scores[i]!), 0);
  return scores.map((score, i) => (best.includes(i) ? sigmoid(score) / (total + 1e-9) : 0));
}

/** The usual Methods of Graves et al. 2016: slots in the order of their usage, the freest first. */
function allocationOf(usage: readonly number[]): number[] {
  const grain = (i: number) => Math.round(usage[i]! / 1e-5);
  const order = range(usage.length).sort((a, b) => grain(a) - grain(b) || a - b);
  const found = Array<number>(usage.length).fill(0);
  let taken = 1;
  for (const i of order) {
    const u = 1e-6 + (1 - 1e-6) * usage[i]!;
    found[i] = (1 - u) * taken;
    taken *= u;
  }
  return found;
}

/** s of one head, its usage brought to where it stands before the write, and what is added when it is read. */
function routeOf(o: SlotsReferenceOptions, token: Token, head: Head, learned: Learned) {
  const { scores, scalars } = token;
  const [free, allocate, enable] = scalars.slice(1).map(sigmoid) as [number, number, number];
  if (o.prominence === 'dnc') {
    head.usage = head.usage.map((u, i) => u * (1 - free * head.read[i]!));
    const freest = allocationOf(head.usage);
    const own = shares(scores, o.topK);
    return { s: own.map((s, i) => enable * (allocate * freest[i]! + (1 - allocate) * s)), toRead: 0 };
  }
  if (o.prominence === 'lru') {
    const least = Math.min(...head.usage);
    const taken = head.usage.findIndex((u) => u <= least + 1e-4);
    const mix = sigmoid(learned('mix'));
    return {
      s: shares(scores, o.topK).map((s, i) => mix * s + (i === taken ? 1 - mix : 0)),
      toRead: 0,
    };
  }
  if (o.prominence === 'recall') {
    const prominence = head.usage.map((u) => softplus(learned('strength')) * Math.log(u + 1e-3));
    const seen = scores.map((score, i) => score - prominence[i]!);
    return { s: shares(seen, o.topK), toRead: prominence };
  }
  return { s: shares(scores, o.topK), toRead: 0 };
}

function usageAfter(o: SlotsReferenceOptions, head: Head, written: readonly number[], learned: Learned) {
  const { usage, read } = head;
  if (o.prominence === 'none') return usage;
  if (o.prominence === 'dnc') return usage.map((u, i) => u + (1 - u) * written[i]!);
  if (o.prominence === 'lru') return usage.map((u, i) => 0.95 * u + read[i]! + written[i]!);
  return usage.map((u, i) => sigmoid(learned('decay')) * u + read[i]!);
}

/** What one head reads at every step. */
function readOf(o: SlotsReferenceOptions, params: Numbers, tokens: readonly Token[], h: number): Vector[] {
  const learned: Learned = (name) => params[`prominence.${h}.${name}`]![0]!;
  const head: Head = {
    usage: Array<number>(o.slots).fill(o.prominence === 'recall' ? 1 : 0),
    read: Array<number>(o.slots).fill(0),
  };
  const kept: number[][] = [];
  return tokens.map((token, t) => {
    let toRead: number | number[] = 0;
    if (o.routing === 'gated') kept.push(token.scores.map((f) => sigmoid(f) ** (1 / 8)));
    else {
      const route = routeOf(o, token, head, learned);
      const speed =
        Math.exp(params['decay.A']![h]!) * softplus(token.scalars[0]! + params['decay.bias']![h]!);
      kept.push(route.s.map((s) => Math.exp(-speed * s)));
      toRead = route.toRead;
    }
    const left = (i: number, from: number) =>
      range(t - from).reduce((product, r) => product * kept[from + 1 + r]![i]!, 1 - kept[from]![i]!);
    const held = (part: 'k' | 'v', i: number) => {
      const sum = new Float64Array(token[part].length);
      for (let from = 0; from <= t; from++)
        tokens[from]![part].forEach((value, c) => {
          sum[c]! += left(i, from) * value;
        });
      return sum;
    };
    const masses = range(o.slots).map((i) =>
      Math.exp(dot(token.q, held('k', i)) + (typeof toRead === 'number' ? toRead : toRead[i]!)),
    );
    const total = masses.reduce((a, b) => a + b, 0);
    head.read = masses.map((mass) => mass / total);
    head.usage = usageAfter(
      o,
      head,
      kept[t]!.map((a) => 1 - a),
      learned,
    );
    const values = range(o.slots).map((i) => held('v', i));
    return token.v.map((_, c) => values.reduce((sum, value, i) => sum + head.read[i]! * value[c]!, 0));
  });
}

function tokensOf(
  o: SlotsReferenceOptions,
  params: Numbers,
  shown: Sequence,
  noise: readonly number[],
): Token[][] {
  const size = shown[0]!.length;
  const d = size / o.heads;
  const all = shown.map((x) => product(x, params.kernel!));
  const raw = all.map((row) => row.subarray(0, 3 * size));
  const rows = o.convolution ? convolved(raw, params.convolution!) : raw;
  return range(o.heads).map((h) =>
    rows.map((row, t): Token => {
      const part = (p: number) => row.slice(p * size + h * d, p * size + (h + 1) * d).map(silu);
      const rest = all[t]!.subarray(3 * size);
      const scores = range(o.slots).map((i) => {
        const u = noise[h * o.slots + i];
        return rest[h * o.slots + i]! + (u === undefined ? 0 : -Math.log(-Math.log(u)));
      });
      const scalars = [...rest.subarray(o.heads * o.slots)].filter((_, i) => i % o.heads === h);
      const normed = (x: Vector, name: string) =>
        o.routing === 'gated' ? x : rmsNorm(x, params[`norms.${name}`]!);
      return { q: normed(part(0), 'query'), k: normed(part(1), 'key'), v: part(2), scores, scalars };
    }),
  );
}

function layer(
  o: SlotsReferenceOptions,
  params: Numbers,
  shown: Sequence,
  noise: readonly number[],
): Sequence {
  const read = tokensOf(o, params, shown, noise).map((tokens, h) => readOf(o, params, tokens, h));
  return shown.map((_, t) => {
    const o_t = Float64Array.from(read.flatMap((outputs) => [...outputs[t]!].map(silu)));
    return product(rmsNorm(o_t, params.norm!), params.output!);
  });
}

/** The whole stack. */
export const slotsReference = (o: SlotsReferenceOptions) =>
  stackReference(
    range(o.layers).map((l) => {
      const own = (o.noise ?? []).slice(l * o.heads * o.slots, (l + 1) * o.heads * o.slots);
      return (params, shown) => layer(o, params, shown, own);
    }),
  );
